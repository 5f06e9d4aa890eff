package storetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// env is a sub-test with its store.
type env struct {
	*testing.T
	Instance
	turn atomic.Uint32
}

// any returns the two handles in turn.
func (e *env) any() sessionstore.Store {
	return e.handle(int(e.turn.Add(1)))
}

// handle returns one handle for even numbers and the other for odd ones.
func (e *env) handle(i int) sessionstore.Store {
	if i%2 == 0 {
		return e.Store
	}
	return e.Peer
}

// apply makes a change that has to succeed.
func (e *env) apply(c sessionstore.Change) sessionstore.Result {
	e.Helper()
	res, err := e.any().Apply(e.Context(), c)
	if err != nil {
		e.Fatalf("Apply(%s) = %v, want success", describe(c), err)
	}
	return res
}

// load returns a record that has to be there.
func (e *env) load(id sessionstore.ID) *sessionstore.Record {
	e.Helper()
	rec, err := e.any().Load(e.Context(), id)
	if err != nil {
		e.Fatalf("Load(%v) = %v, want the record", id, err)
	}
	return rec
}

// create makes a session with the given parts, and loads it.
func (e *env) create(parts ...part) *sessionstore.Record {
	e.Helper()
	c := creationOf(newHash(), parts...)
	e.apply(c)
	return e.load(c.Session)
}

// refused makes a change that has to fail with the error want, and to leave the
// session, if there is one, and its events as they were.
func (e *env) refused(want error, c sessionstore.Change) {
	e.Helper()
	before := e.snapshot(c.Session)
	res, err := e.any().Apply(e.Context(), c)
	if !errors.Is(err, want) {
		e.Fatalf("Apply(%s) = %v, want %v", describe(c), err, want)
	}
	if !reflect.DeepEqual(res, sessionstore.Result{}) {
		e.Errorf("Apply(%s) was refused with %v, yet returned the result %+v", describe(c), err, res)
	}
	if after := e.snapshot(c.Session); !reflect.DeepEqual(before, after) {
		e.Errorf("I3: Apply(%s) was refused with %v, yet changed the session\nfrom %+v\nto   %+v", describe(c), err, before, after)
	}
}

// wantEnded asserts that there is no such session any more.
func (e *env) wantEnded(id sessionstore.ID) {
	e.Helper()
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		if rec, err := s.Load(e.Context(), id); !errors.Is(err, sessionstore.ErrEnded) {
			e.Fatalf("I1: Load of a session that ended = %+v, %v, want ErrEnded", rec, err)
		}
	}
}

// touch records activity now.
func (e *env) touch(touches ...sessionstore.Touch) {
	e.Helper()
	if err := e.any().Touch(e.Context(), touches); err != nil {
		e.Fatalf("Touch(%+v) = %v, want success", touches, err)
	}
}

// sweep sweeps until there is no more to do.
func (e *env) sweep(slack time.Duration) {
	e.Helper()
	for range 1000 {
		more, err := e.any().Sweep(e.Context(), slack)
		if err != nil {
			e.Fatalf("Sweep(%v) = %v, want success", slack, err)
		}
		if !more {
			return
		}
	}
	e.Fatalf("Sweep(%v) still reports more to do after 1000 calls", slack)
}

// eventually waits for a condition that another process or goroutine brings
// about.
func (e *env) eventually(what string, ok func() bool) {
	e.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	give := time.After(15 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-give:
			e.Fatalf("gave up waiting: %s", what)
		}
	}
}

// together runs f in n goroutines that start at the same moment, the handles
// shared out among them.
func (e *env) together(n int, f func(i int, s sessionstore.Store)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i, e.handle(i))
		})
	}
	close(start)
	wg.Wait()
}

// scale returns n, or fewer where short tests are asked for.
func scale(n, short int) int {
	if testing.Short() {
		return short
	}
	return n
}

// newHash returns the hash of a new secret.
func newHash() sessionstore.Hash { return sessionstore.HashSecret([]byte(rand.Text())) }

// snapshot is what can be seen of a session. It holds no pointers and no empty
// maps, so that two of them can be compared with [reflect.DeepEqual].
type snapshot struct {
	Err    string
	Record look
	Events int
}

type look struct {
	ID                        sessionstore.ID
	Created, Seen, Until      int64
	Idle                      time.Duration
	Epoch                     int64
	Current, Previous, Sealed string
	Since, Used               int64
	Owner                     string
	Login, Visit              string
	Device                    sessionstore.Device
	Client                    sessionstore.Client
	Values                    map[string]string
	Cart                      map[string]int64
}

func (e *env) snapshot(id sessionstore.ID) snapshot {
	e.Helper()
	s := snapshot{Events: len(e.history(id))}
	rec, err := e.any().Load(e.Context(), id)
	if err != nil {
		s.Err = err.Error()
		return s
	}
	s.Record = lookAt(rec)
	return s
}

func lookAt(r *sessionstore.Record) look {
	l := look{
		ID: r.ID, Created: millis(r.Created), Seen: millis(r.Seen), Until: millis(r.Until), Idle: r.Idle,
		Epoch: r.Credential.Epoch, Current: r.Credential.Current.String(), Previous: r.Credential.Previous.String(),
		Sealed: string(r.Credential.Sealed), Since: millis(r.Credential.Since), Used: millis(r.Credential.Used),
		Owner: r.Owner, Device: r.Device, Client: r.Client, Values: map[string]string{}, Cart: map[string]int64{},
	}
	maps.Copy(l.Values, r.Values)
	maps.Copy(l.Cart, r.Cart)
	if n := r.Login; n != nil {
		l.Login = fmt.Sprint(n.ID, n.User, millis(n.Started), millis(n.Authenticated), n.Idle, millis(n.Until), n.AMR, n.ACR)
	}
	if v := r.Visit; v != nil {
		l.Visit = fmt.Sprint(v.ID, millis(v.Started), v.Idle, millis(v.Until))
	}
	return l
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// history returns the events of a session, oldest first.
func (e *env) history(id sessionstore.ID) []analytics.Event {
	e.Helper()
	return e.events(analytics.Query{Session: id.String()})
}

func (e *env) events(q analytics.Query) []analytics.Event {
	e.Helper()
	events, err := e.any().Events(e.Context(), q)
	if err != nil {
		e.Fatalf("Events(%+v) = %v, want success", q, err)
	}
	return events
}
