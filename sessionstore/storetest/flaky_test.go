package storetest_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

var errUnreachable = errors.New("the store cannot be reached")

// flaky is a handle on a store that can be made unreachable. Half of what it is
// then asked to do is done all the same, as when only the answer is lost.
type flaky struct {
	sessionstore.Store
	down *atomic.Bool
	n    *atomic.Int64
}

func (f flaky) call(do func() error) error {
	if !f.down.Load() {
		return do()
	}
	if f.n.Add(1)%2 == 0 {
		do()
	}
	return errUnreachable
}

func get[T any](f flaky, do func() (T, error)) (v T, err error) {
	err = f.call(func() error {
		v, err = do()
		return err
	})
	if errors.Is(err, errUnreachable) {
		var none T
		return none, err
	}
	return v, err
}

func (f flaky) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	return get(f, func() (*sessionstore.Record, error) { return f.Store.Load(ctx, id) })
}

func (f flaky) Apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	return get(f, func() (sessionstore.Result, error) { return f.Store.Apply(ctx, c) })
}

func (f flaky) Touch(ctx context.Context, touches []sessionstore.Touch) error {
	return f.call(func() error { return f.Store.Touch(ctx, touches) })
}

func (f flaky) Append(ctx context.Context, events ...analytics.Event) error {
	return f.call(func() error { return f.Store.Append(ctx, events...) })
}

func (f flaky) UserSessions(ctx context.Context, user string) ([]*sessionstore.Record, error) {
	return get(f, func() ([]*sessionstore.Record, error) { return f.Store.UserSessions(ctx, user) })
}

func (f flaky) EndUser(ctx context.Context, user string, how sessionstore.EndUser) ([]sessionstore.ID, error) {
	return get(f, func() ([]sessionstore.ID, error) { return f.Store.EndUser(ctx, user, how) })
}

func (f flaky) Sessions(ctx context.Context, limit int) ([]*sessionstore.Record, error) {
	return get(f, func() ([]*sessionstore.Record, error) { return f.Store.Sessions(ctx, limit) })
}

func (f flaky) Sweep(ctx context.Context, slack time.Duration) (bool, error) {
	return get(f, func() (bool, error) { return f.Store.Sweep(ctx, slack) })
}

func (f flaky) Remember(ctx context.Context, word string, ttl time.Duration) (bool, error) {
	return get(f, func() (bool, error) { return f.Store.Remember(ctx, word, ttl) })
}

func (f flaky) Ping(ctx context.Context) error {
	return f.call(func() error { return f.Store.Ping(ctx) })
}

func (f flaky) Read(ctx context.Context, group, consumer string, limit int) ([]analytics.Entry, error) {
	return get(f, func() ([]analytics.Entry, error) { return f.Store.Read(ctx, group, consumer, limit) })
}

func (f flaky) Ack(ctx context.Context, group string, positions []string) error {
	return f.call(func() error { return f.Store.Ack(ctx, group, positions) })
}

func (f flaky) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	return get(f, func() ([]analytics.Event, error) { return f.Store.Events(ctx, q) })
}

// Watch loses the signals that come while the store is down, and says so.
func (f flaky) Watch(ctx context.Context, notify func(sessionstore.Signal)) error {
	var mu sync.Mutex
	lost := false
	tell := func(s sessionstore.Signal) {
		mu.Lock()
		defer mu.Unlock()
		if f.down.Load() {
			lost = true
			return
		}
		if lost {
			notify(sessionstore.Signal{Lost: true})
			lost = false
		}
		if s != (sessionstore.Signal{}) {
			notify(s)
		}
	}
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				tell(sessionstore.Signal{})
			}
		}
	}()
	return f.Store.Watch(ctx, tell)
}

// openMemory opens a [sessionstore.Memory] whose clock stands still until it is
// advanced.
func openMemory(o storetest.Options) (*sessionstore.Memory, func(time.Duration)) {
	var mu sync.Mutex
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m := sessionstore.NewMemory(sessionstore.MemoryOptions{Limits: o.Limits, Feed: o.Feed, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	return m, func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
}

// TestRun_I6 holds a store that fails to the suite.
func TestRun_I6(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Open: func(_ testing.TB, o storetest.Options) storetest.Instance {
		m, advance := openMemory(o)
		f := flaky{m, new(atomic.Bool), new(atomic.Int64)}
		return storetest.Instance{Store: f, Peer: f, Advance: advance, Break: func() func() {
			f.down.Store(true)
			return func() { f.down.Store(false) }
		}}
	}})
}
