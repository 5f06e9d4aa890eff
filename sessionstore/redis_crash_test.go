package sessionstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// crash is a store in which a process died between two steps of a login or of
// the end of a user, and another one lives on.
type crash struct {
	*testing.T
	*sessionstore.Redis
}

func newCrash(t *testing.T) *crash {
	t.Helper()
	t.Parallel()
	return &crash{t, newRedis(t, redistest.Shared(t).Client(), sessionstore.RedisOptions{})}
}

// login returns a change that logs ann in, in a new session, with room for max.
func (c *crash) login(limit int, policy sessionstore.LoginPolicy) sessionstore.Change {
	c.Advance(time.Millisecond)
	change := usual()
	change.Login.Began = c.Now()
	change.Login.Limit = sessionstore.LoginLimit{Max: limit, Policy: policy}
	return change
}

func (c *crash) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *crash) apply(change sessionstore.Change) sessionstore.Result {
	c.Helper()
	res, err := c.Apply(c.Context(), change)
	c.must(err)
	return res
}

// repair lets the time pass after which a step is given up, and sweeps.
func (c *crash) repair() {
	c.Helper()
	for range 3 {
		c.Advance(20 * time.Second)
		for more := true; more; {
			var err error
			more, err = c.Sweep(c.Context(), 0)
			c.must(err)
		}
	}
}

// wantLive wants ann to be logged in in just these sessions.
func (c *crash) wantLive(want ...sessionstore.Change) {
	c.Helper()
	recs, err := c.UserSessions(c.Context(), "ann")
	c.must(err)
	var all []sessionstore.ID
	for _, w := range want {
		all = append(all, w.Session)
	}
	if got := ids(recs); diff(sorted(all), sorted(got)) != "" {
		c.Errorf("ann is logged in in %v, want %v", got, all)
	}
	states, err := c.Indexed(c.Context(), "ann")
	c.must(err)
	if len(states) != len(want) {
		c.Errorf("the index holds %v, want the %d live logins", states, len(want))
	}
}

func (c *crash) wantEvents(id sessionstore.ID, kind analytics.Type, want ...analytics.Reason) {
	c.Helper()
	events, err := c.Events(c.Context(), analytics.Query{Session: id.String(), Type: kind})
	c.must(err)
	var got []analytics.Reason
	for _, e := range events {
		got = append(got, e.Reason)
	}
	if diff(want, got) != "" {
		c.Errorf("%s of %v for %q, want %q", kind, id, got, want)
	}
}

func TestI1_RedisCrash_afterReserving(t *testing.T) {
	c := newCrash(t)
	old := c.login(1, sessionstore.EvictOldest)
	c.apply(old)
	lost := c.login(1, sessionstore.EvictOldest)
	c.must(c.Reserve(c.Context(), lost))
	c.repair()
	c.wantLive(old) // what never began evicts nobody
	if _, err := c.Apply(c.Context(), lost); !errors.Is(err, sessionstore.ErrLoginRefused) {
		t.Errorf("the login that was given up begins: %v", err)
	}
	c.must(c.Begin(c.Context(), c.login(0, sessionstore.EvictOldest))) // never reserved: no step of ours
}

// A login that is refused leaves nothing in the index, also where its ID is used
// again, against the rules, by somebody else.
func TestI3_RedisCrash_refusedUnderAnID(t *testing.T) {
	c := newCrash(t)
	ann := c.login(0, 0)
	ann.Cart = nil
	c.apply(ann)
	bob := c.login(0, 0)
	bob.Login.ID, bob.Login.User = ann.Login.ID, "bob"
	bob.Session, bob.Create, bob.AnyEpoch, bob.Cart, bob.Checkout = ann.Session, nil, true, nil, &sessionstore.Checkout{}
	if _, err := c.Apply(c.Context(), bob); !errors.Is(err, sessionstore.ErrEmptyCart) {
		t.Fatalf("Apply = %v, want ErrEmptyCart", err)
	}
	if states, err := c.Indexed(c.Context(), "bob"); err != nil || len(states) > 0 {
		t.Errorf("the index holds %v, %v, want nothing of bob", states, err)
	}
	c.wantLive(ann)
}

// A login that was given up must not begin when its change arrives at last.
func TestI1_RedisCrash_lateChange(t *testing.T) {
	c := newCrash(t)
	session := plain()
	c.apply(session)
	for _, late := range []sessionstore.Change{c.login(0, 0), func() sessionstore.Change {
		change := c.login(0, 0)
		change.Session, change.Create, change.AnyEpoch = session.Session, nil, true
		return change
	}()} {
		c.must(c.Reserve(c.Context(), late))
		c.repair()
		if err := c.Begin(c.Context(), late); !errors.Is(err, sessionstore.ErrLoginRefused) {
			t.Errorf("the change that comes late = %v, want it refused", err)
		}
	}
	c.wantLive()
}

func TestI1_RedisCrash_beforeEvicting(t *testing.T) {
	c := newCrash(t)
	old := c.login(1, sessionstore.EvictOldest)
	c.apply(old)
	next := c.login(1, sessionstore.EvictOldest)
	c.must(c.Reserve(c.Context(), next))
	c.must(c.Begin(c.Context(), next))
	c.repair()
	c.wantLive(next)
	c.wantEvents(old.Session, analytics.LoginEnded, analytics.ReasonEvicted)
}

// TestRedis_evictionPassesOn has a login take the place of one that has taken
// the place of a third, and is refused.
func TestRedis_evictionPassesOn(t *testing.T) {
	for _, begins := range []bool{true, false} {
		t.Run(map[bool]string{true: "begins", false: "refused too"}[begins], func(t *testing.T) {
			c := newCrash(t)
			first := c.login(1, sessionstore.EvictOldest)
			c.apply(first)
			second, third := c.login(1, sessionstore.EvictOldest), c.login(1, sessionstore.EvictOldest)
			c.must(c.Reserve(c.Context(), second))
			c.must(c.Reserve(c.Context(), third))
			if err := c.Reserve(c.Context(), second); !errors.Is(err, sessionstore.ErrLoginRefused) {
				t.Errorf("a login that has given way, tried again = %v, want it refused", err)
			}
			if begins {
				c.must(c.Begin(c.Context(), third))
			}
			c.Undo(c.Context(), second)
			if begins {
				c.wantLive(third)
				return
			}
			c.Undo(c.Context(), third)
			c.wantLive(first)
		})
	}
}

func TestI1_RedisCrash_endUser(t *testing.T) {
	c := newCrash(t)
	live, spared, pending, creating := c.login(0, 0), c.login(0, 0), c.login(0, 0), c.login(0, 0)
	c.apply(live)
	c.apply(spared)
	session := plain()
	c.apply(session)
	pending.Session, pending.Create, pending.AnyEpoch = session.Session, nil, true
	c.must(c.Reserve(c.Context(), pending))
	c.must(c.Reserve(c.Context(), creating))
	c.must(c.MarkUser(c.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked, Actor: "root 1", Except: spared.Session}))
	c.repair()
	c.wantLive(spared)
	c.wantEvents(live.Session, analytics.SessionEnded, analytics.ReasonRevoked)
	for _, late := range []sessionstore.Change{pending, creating} {
		if err := c.Begin(c.Context(), late); !errors.Is(err, sessionstore.ErrLoginRefused) {
			t.Errorf("a login that began before the user's end = %v, want it refused", err)
		}
	}
	events, err := c.Events(c.Context(), analytics.Query{Session: live.Session.String(), Type: analytics.SessionEnded})
	if err != nil || len(events) != 1 || events[0].Actor != "root 1" {
		t.Errorf("session.ended %+v, %v, want the actor root 1", events, err)
	}
}

// TestI1_RedisEndUserBeatsLogin ends a user between the steps of a login.
func TestI1_RedisEndUserBeatsLogin(t *testing.T) {
	c := newCrash(t)
	creating, pending := c.login(0, 0), c.login(0, 0)
	session := plain()
	c.apply(session)
	pending.Session, pending.Create, pending.AnyEpoch = session.Session, nil, true
	c.must(c.Reserve(c.Context(), creating))
	c.must(c.Reserve(c.Context(), pending))
	c.Advance(time.Millisecond)
	if ended, err := c.EndUser(c.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}); err != nil || len(ended) != 0 {
		t.Errorf("EndUser = %v, %v, want no session: none was logged in yet", ended, err)
	}
	for _, change := range []sessionstore.Change{creating, pending} {
		if err := c.Begin(c.Context(), change); !errors.Is(err, sessionstore.ErrLoginRefused) {
			t.Errorf("the login under way = %v, want it refused", err)
		}
	}
	if _, err := c.Load(c.Context(), session.Session); err != nil {
		t.Errorf("the session without a login = %v, want it alive", err)
	}
	c.wantLive()
	c.Advance(time.Millisecond)
	next := c.login(0, 0)
	c.apply(next)
	c.wantLive(next)
}

// TestI1_RedisChangeAgain makes a change again whose reply was lost.
func TestI1_RedisChangeAgain(t *testing.T) {
	c := newCrash(t)
	session := plain()
	c.apply(session)
	change := c.login(0, 0)
	change.Session, change.Create = session.Session, nil
	c.apply(change)
	if _, err := c.Apply(c.Context(), change); !errors.Is(err, sessionstore.ErrSuperseded) {
		t.Errorf("the same change again = %v, want ErrSuperseded", err)
	}
	c.wantLive(session)
	if ended, err := c.EndUser(c.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}); err != nil || len(ended) != 1 {
		t.Errorf("EndUser = %v, %v, want the session", ended, err)
	}
}

// TestRedis_staleIndexIsCleaned leaves logins in the index that ended.
func TestRedis_staleIndexIsCleaned(t *testing.T) {
	c := newCrash(t)
	gone, live := c.login(0, 0), c.login(0, 0)
	c.apply(gone)
	c.apply(live)
	// An end whose author died before it took the login out of the index.
	c.must(c.Begin(c.Context(), sessionstore.Change{Session: gone.Session, AnyEpoch: true, End: &sessionstore.End{Reason: analytics.ReasonLogout}}))
	c.repair()
	c.wantLive(live)
}
