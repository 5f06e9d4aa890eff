package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func watching() []scenario {
	return []scenario{
		{name: "signals", run: signals},
		{name: "signals_by_limit", run: signalsByLimit},
		{name: "signals_of_EndUser_and_eviction", run: signalsOfOthers},
		{name: "until_done", run: watchEnds},
		{name: "after_a_failure", run: watchAfterFailure, breaks: true},
	}
}

// watcher collects the signals that one handle gives.
type watcher struct {
	name string
	mu   sync.Mutex
	all  []sessionstore.Signal
}

// watch watches both handles until the sub-test ends. When it returns, both are
// known to watch.
func (e *env) watch() []*watcher {
	e.Helper()
	ctx, cancel := context.WithCancel(e.Context())
	var wg sync.WaitGroup
	e.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	watchers := []*watcher{{name: "Store"}, {name: "Peer"}}
	for i, w := range watchers {
		wg.Go(func() {
			err := e.handle(i).Watch(ctx, func(s sessionstore.Signal) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.all = append(w.all, s)
			})
			if !errors.Is(err, context.Canceled) {
				e.Errorf("Watch = %v, want the error of its ctx", err)
			}
		})
	}
	e.awaken(watchers)
	return watchers
}

// awaken ends sessions until all watchers have heard of one.
func (e *env) awaken(watchers []*watcher) {
	e.Helper()
	probes := map[sessionstore.ID]bool{}
	e.eventually("Watch tells of the end of a session", func() bool {
		rec := e.create()
		e.apply(on(rec, ending(analytics.ReasonLogout)))
		probes[rec.ID] = true
		for _, w := range watchers {
			if !w.heard(func(s sessionstore.Signal) bool { return probes[s.Session] && s.Ended }) {
				return false
			}
		}
		return true
	})
}

func (w *watcher) heard(match func(sessionstore.Signal) bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.all, match)
}

func (w *watcher) of(id sessionstore.ID) []sessionstore.Signal {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []sessionstore.Signal
	for _, s := range w.all {
		if s.Session == id {
			found = append(found, s)
		}
	}
	return found
}

// wantSignal waits until all watchers have heard a signal.
func (e *env) wantSignal(watchers []*watcher, want sessionstore.Signal) {
	e.Helper()
	for _, w := range watchers {
		e.eventually(fmt.Sprintf("%s gives %+v; so far of that session: %+v", w.name, want, w.of(want.Session)), func() bool {
			return w.heard(func(s sessionstore.Signal) bool {
				if want.Ended {
					return s.Session == want.Session && s.Ended && s.Login == want.Login
				}
				return s == want
			})
		})
	}
}

func signals(e *env) {
	watchers := e.watch()
	rec := e.create()
	login := on(rec, e.login("ann"))
	for i, step := range []struct {
		part  part
		login string
	}{
		{func(c *sessionstore.Change) { c.Login, c.Renew = login.Login, login.Renew }, ""},
		{renewing(newHash()), ""},
		{leaving(analytics.ReasonLogout), login.Login.ID},
		{e.login("bob"), ""},
	} {
		e.apply(on(e.load(rec.ID), step.part))
		e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Login: step.login, Epoch: int64(i + 1)})
	}
	now := e.load(rec.ID)
	e.apply(on(now, e.login("ann")))
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Login: now.Login.ID, Epoch: 5})
	now = e.load(rec.ID)
	e.apply(on(now, ending(analytics.ReasonLogout)))
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Login: now.Login.ID, Ended: true})

	for _, w := range watchers {
		for i, s := range w.of(rec.ID) {
			if s.Lost || s.Ended != (i == 5) || !s.Ended && s.Epoch != int64(i+1) {
				e.Errorf("%s: signal %d is %+v, want them in the order of the changes", w.name, i, s)
			}
		}
	}
}

func signalsByLimit(e *env) {
	watchers := e.watch()
	rec := e.create(limited(30*time.Minute, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.Advance(20 * time.Minute)
	e.sweep(0)
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Login: rec.Login.ID})
	e.Advance(20 * time.Minute)
	e.sweep(0)
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Ended: true})

	rec = e.create(limited(30*time.Minute, 0))
	e.Advance(time.Hour)
	if _, err := e.any().Apply(e.Context(), on(rec)); !errors.Is(err, sessionstore.ErrEnded) {
		e.Errorf("I7: a change after the limit = %v, want ErrEnded", err)
	}
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Ended: true})
}

func signalsOfOthers(e *env) {
	watchers := e.watch()
	rec := e.create(e.login("ann"))
	e.Advance(time.Minute)
	other := e.create(e.login("ann", atMost(1, sessionstore.EvictOldest)))
	e.wantSignal(watchers, sessionstore.Signal{Session: rec.ID, Login: rec.Login.ID, Epoch: 1})
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}, other.ID)
	e.wantSignal(watchers, sessionstore.Signal{Session: other.ID, Login: other.Login.ID, Ended: true})
}

func watchEnds(e *env) {
	for i := range 2 {
		ctx, cancel := context.WithCancelCause(e.Context())
		done := make(chan error, 1)
		go func() { done <- e.handle(i).Watch(ctx, func(sessionstore.Signal) {}) }()
		cancel(errors.New("enough"))
		select {
		case err := <-done:
			if !errors.Is(err, context.Canceled) {
				e.Errorf("Watch = %v after its ctx was cancelled, want the ctx's error", err)
			}
		case <-time.After(10 * time.Second):
			e.Fatal("Watch goes on after its ctx was cancelled")
		}
	}
}

// watchAfterFailure ends sessions while the store comes and goes. Of each end
// that took effect a watcher hears, or else that it may have missed some.
func watchAfterFailure(e *env) {
	watchers := e.watch()
	var recs []*sessionstore.Record
	n := scale(80, 30)
	for range n {
		recs = append(recs, e.create())
	}
	e.flap(n, func(ctx context.Context, i int) {
		_, _ = e.any().Apply(ctx, over(recs[i].ID, ending(analytics.ReasonLogout))) // it may fail
	})
	e.awaken(watchers)
	for _, rec := range recs {
		if _, err := e.any().Load(e.Context(), rec.ID); err == nil {
			continue
		}
		for _, w := range watchers {
			e.eventually(w.name+" tells of an end while the store came and went, or that it may have missed it", func() bool {
				return w.heard(func(s sessionstore.Signal) bool { return s.Lost || s.Session == rec.ID && s.Ended })
			})
		}
	}
}
