package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func faults() []scenario {
	return []scenario{
		{name: "cancelled_context", run: cancelledContext},
		{name: "unreachable", run: unreachable, breaks: true},
		{name: "acknowledged_is_kept_and_nothing_is_made_twice", run: flapping, breaks: true},
		{name: "interrupted_logins_are_repaired", run: interruptedLogins, breaks: true},
	}
}

// answers are the errors that say something of a session. A store that failed
// must not give one.
var answers = []error{
	sessionstore.ErrEnded, sessionstore.ErrExists, sessionstore.ErrSuperseded, sessionstore.ErrConflict, sessionstore.ErrLoginRefused,
	sessionstore.ErrTooManyLogins, sessionstore.ErrEmptyCart, sessionstore.ErrTooLarge, sessionstore.ErrInvalid,
}

// calls are all that can be asked of a store.
func calls(s sessionstore.Store, rec *sessionstore.Record) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Load": func(ctx context.Context) error { _, err := s.Load(ctx, rec.ID); return err },
		"Apply": func(ctx context.Context) error {
			_, err := s.Apply(ctx, on(rec, setting("key", "value")))
			return err
		},
		"Apply, creating": func(ctx context.Context) error { _, err := s.Apply(ctx, creationOf(newHash())); return err },
		"Touch": func(ctx context.Context) error {
			return s.Touch(ctx, []sessionstore.Touch{{Session: rec.ID, At: rec.Seen}})
		},
		"Append": func(ctx context.Context) error {
			return s.Append(ctx, analytics.Event{Type: analytics.LoginFailed})
		},
		"UserSessions": func(ctx context.Context) error { _, err := s.UserSessions(ctx, "ann"); return err },
		"EndUser": func(ctx context.Context) error {
			_, err := s.EndUser(ctx, "nobody", sessionstore.EndUser{Reason: analytics.ReasonRevoked})
			return err
		},
		"Sessions": func(ctx context.Context) error { _, err := s.Sessions(ctx, 10); return err },
		"Sweep":    func(ctx context.Context) error { _, err := s.Sweep(ctx, 0); return err },
		"Remember": func(ctx context.Context) error { _, err := s.Remember(ctx, rand.Text(), time.Minute); return err },
		"Ping":     s.Ping,
		"Read":     func(ctx context.Context) error { _, err := s.Read(ctx, "group", "consumer", 10); return err },
		"Events":   func(ctx context.Context) error { _, err := s.Events(ctx, analytics.Query{}); return err },
	}
}

func cancelledContext(e *env) {
	rec := e.create(e.login("ann"))
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		for name, call := range calls(s, rec) {
			if err := call(ctx); isOneOf(err, answers...) {
				e.Errorf("I6: %s with a cancelled ctx = %v, which is an answer about the session", name, err)
			}
		}
	}
	e.load(rec.ID)
	e.wantUser("ann", rec.ID)
}

// fails asserts that a call fails, in time, and does not answer.
func (e *env) fails(name string, call func(ctx context.Context) error) {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 2*time.Second)
	defer cancel()
	start := time.Now()
	switch err := call(ctx); {
	case err == nil:
		e.Errorf("I6: %s on a store that is unreachable = nil, want an error", name)
	case isOneOf(err, answers...):
		e.Errorf("I6: %s on a store that is unreachable = %v, which is an answer about the session", name, err)
	}
	if took := time.Since(start); took > 10*time.Second {
		e.Errorf("%s took %v with a ctx of 2 s", name, took)
	}
}

// recovers waits until both handles work again.
func (e *env) recovers() {
	e.Helper()
	for i := range 2 {
		rec := (*sessionstore.Record)(nil)
		e.eventually("the store works after it was restored", func() bool {
			ctx, cancel := context.WithTimeout(e.Context(), 5*time.Second)
			defer cancel()
			c := creationOf(newHash())
			if _, err := e.handle(i).Apply(ctx, c); err != nil {
				return false
			}
			var err error
			rec, err = e.handle(i).Load(ctx, c.Session)
			return err == nil
		})
		for name, call := range calls(e.handle(i), rec) {
			e.eventually(name+" works after the store was restored", func() bool {
				ctx, cancel := context.WithTimeout(e.Context(), 5*time.Second)
				defer cancel()
				return call(ctx) == nil
			})
		}
	}
}

func unreachable(e *env) {
	rec := e.create(e.login("ann"), setting("theme", "dark"), addingLine("apple", 1))
	before := e.Store.Now()
	restore := e.Break()
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		var wg sync.WaitGroup
		for name, call := range calls(s, rec) {
			wg.Go(func() { e.fails(name, call) })
		}
		wg.Wait()
		if now := s.Now(); now.Before(before.Add(-time.Second)) {
			e.Errorf("I7: Now = %v while the store is unreachable, and was %v before", now, before)
		}
	}
	restore()
	e.recovers()
	got := e.load(rec.ID)
	if v := got.Values["theme"]; v != "dark" || got.Cart["apple"] != 1 || got.Login == nil {
		e.Errorf("I2: after the failure the session is %+v, want what was acknowledged before", got)
	}
	e.wantUser("ann", rec.ID)
}

// flap breaks and restores the store while work is done n times.
func (e *env) flap(n int, work func(ctx context.Context, i int)) {
	e.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pace := time.NewTicker(5 * time.Millisecond) // so that the store fails and works in between
		defer pace.Stop()
		for i := range n {
			<-pace.C
			ctx, cancel := context.WithTimeout(e.Context(), time.Second)
			work(ctx, i)
			cancel()
		}
	}()
	for working := true; working; {
		select {
		case <-done:
			working = false
		case <-time.After(60 * time.Millisecond):
			restore := e.Break()
			<-time.After(40 * time.Millisecond)
			restore()
		}
	}
	e.recovers()
}

// flapping counts while the store comes and goes. What was acknowledged must be
// there; of what failed the outcome is unknown, but it happened once at most.
func flapping(e *env) {
	rec := e.create(adding("n", 0))
	var acknowledged, unknown counter
	var ended []sessionstore.ID
	e.flap(scale(200, 60), func(ctx context.Context, i int) {
		switch _, err := e.any().Apply(ctx, on(rec, adding("n", 1))); {
		case err == nil:
			acknowledged.add(1)
		case isOneOf(err, answers...):
			e.Errorf("I6: a change while the store comes and goes = %v, which is an answer about the session", err)
		default:
			unknown.add(1)
		}
		c := creationOf(newHash(), visiting(), setting("i", strconv.Itoa(i)))
		if _, err := e.any().Apply(ctx, c); err == nil {
			ended = append(ended, c.Session)
			_, _ = e.any().Apply(ctx, over(c.Session, ending(analytics.ReasonLogout))) // it may fail
		}
	})
	got, err := strconv.ParseInt(e.load(rec.ID).Values["n"], 10, 64)
	if err != nil || got < acknowledged.get() || got > acknowledged.get()+unknown.get() {
		e.Errorf("I2: n = %d (%v) after %d additions that were acknowledged and %d of unknown outcome", got, err, acknowledged.get(), unknown.get())
	}
	for _, id := range ended {
		_, err := e.any().Apply(e.Context(), over(id, ending(analytics.ReasonRevoked)))
		if err != nil && !errors.Is(err, sessionstore.ErrEnded) {
			e.Errorf("I1: ending a session again = %v, want success or ErrEnded", err)
		}
		e.wantEnded(id)
		if n := len(only(e.history(id), analytics.SessionEnded)); n != 1 {
			e.Errorf("I3: session %v has %d ends, want 1", id, n)
		}
	}
}

// interruptedLogins leaves logins, ends and evictions half done. Afterwards
// every login that is under way must be listed, none that is not, and the limit
// must count neither more nor fewer.
func interruptedLogins(e *env) {
	const users = 4
	var sessions []sessionstore.ID
	name := func(i int) string { return fmt.Sprint("ann ", i%users) }
	e.flap(scale(160, 60), func(ctx context.Context, i int) {
		e.Advance(time.Second)
		c := creationOf(newHash(), e.login(name(i), atMost(3, sessionstore.EvictOldest)))
		_, _ = e.any().Apply(ctx, c) // it may fail
		sessions = append(sessions, c.Session)
		if i%10 == 9 {
			_, _ = e.any().EndUser(ctx, name(i/10), sessionstore.EndUser{Reason: analytics.ReasonRevoked}) // it may fail
		}
	})
	for range 5 {
		e.Advance(2 * time.Minute)
		e.sweep(0)
	}
	for i := range users {
		var live []sessionstore.ID
		for _, id := range sessions {
			if rec, err := e.any().Load(e.Context(), id); err == nil && rec.Login != nil && rec.Login.User == name(i) {
				live = append(live, id)
			}
		}
		if len(live) > 3 {
			e.Errorf("%d logins of %s are under way, want 3 at most", len(live), name(i))
		}
		e.wantUser(name(i), live...)
		for range 3 - len(live) {
			live = append(live, e.create(e.login(name(i), atMost(3, sessionstore.DenyNew))).ID)
		}
		e.refused(sessionstore.ErrTooManyLogins, creationOf(newHash(), e.login(name(i), atMost(3, sessionstore.DenyNew))))
		ended, err := e.any().EndUser(e.Context(), name(i), sessionstore.EndUser{Reason: analytics.ReasonRevoked})
		if err != nil || !slices.Equal(sorted(ended), sorted(live)) {
			e.Errorf("EndUser = %v, %v, want %v", ended, err, live)
		}
	}
}
