package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func loginLimits() []scenario {
	all := []scenario{
		{name: "deny_new", run: deniesNew},
		{name: "evict_oldest", run: evictsOldest},
		{name: "evict_idle", run: evictsIdle},
		{name: "evicts_as_many_as_it_takes", run: evictsSeveral},
		{name: "own_login_does_not_count", run: ownLoginIsFree},
		{name: "I7_what_ended_leaves_room", run: endedLeavesRoom},
		{name: "other_users_do_not_count", run: othersAreFree},
		{name: "refused_login_evicts_nobody", run: refusedEvictsNobody},
		{name: "cap", run: capOfLogins},
	}
	for name, policy := range map[string]sessionstore.LoginPolicy{
		"deny_new_at_once": sessionstore.DenyNew, "evict_oldest_at_once": sessionstore.EvictOldest, "evict_idle_at_once": sessionstore.EvictIdle,
	} {
		all = append(all, scenario{name: name, run: func(e *env) { limitAtOnce(e, policy) }})
	}
	return all
}

// atMost limits the logins of the user.
func atMost(n int, policy sessionstore.LoginPolicy) func(*sessionstore.LoginStart) {
	return func(l *sessionstore.LoginStart) { l.Limit = sessionstore.LoginLimit{Max: n, Policy: policy} }
}

func deniesNew(e *env) {
	two := atMost(2, sessionstore.DenyNew)
	a, b := e.create(e.login("ann", two)), e.create(e.login("ann", two))
	c := e.create(setting("theme", "dark"), visiting())
	e.refused(sessionstore.ErrTooManyLogins, on(c, e.login("ann", two)))
	e.refused(sessionstore.ErrTooManyLogins, creationOf(newHash(), e.login("ann", two)))
	e.wantUser("ann", a.ID, b.ID)
	e.apply(on(a, leaving(analytics.ReasonLogout)))
	e.apply(on(c, e.login("ann", two)))
	e.wantUser("ann", b.ID, c.ID)
	e.refused(sessionstore.ErrTooManyLogins, on(e.load(a.ID), e.login("ann", two)))
	e.apply(on(b, ending(analytics.ReasonLogout)))
	e.apply(on(e.load(a.ID), e.login("ann", two)))
	e.wantUser("ann", a.ID, c.ID)
}

// wantEvicted asserts that a login, and nothing but it, ended to make room.
func (e *env) wantEvicted(res sessionstore.Result, rec *sessionstore.Record) {
	e.Helper()
	if len(res.Evicted) != 1 || res.Evicted[0] != rec.ID {
		e.Fatalf("Evicted = %v, want %v", res.Evicted, rec.ID)
	}
	got := e.load(rec.ID)
	if got.Login != nil || got.Credential.Epoch != rec.Credential.Epoch+1 || !got.Seen.Equal(rec.Seen) {
		e.Errorf("the session whose login was evicted is %+v, want it without login, in a new epoch, as active as before", got)
	}
	ends := only(e.history(rec.ID), analytics.LoginEnded)
	if len(ends) != 1 || ends[0].Reason != analytics.ReasonEvicted || ends[0].Login != rec.Login.ID {
		e.Errorf("I3: the ends of the session's logins are %+v, want one, evicted", ends)
	}
}

func evictsOldest(e *env) {
	two := atMost(2, sessionstore.EvictOldest)
	var recs []*sessionstore.Record
	for range 5 {
		c := creationOf(newHash(), e.login("ann", two), setting("theme", "dark"))
		res := e.apply(c)
		if n := len(recs); n >= 2 {
			e.wantEvicted(res, recs[n-2])
		} else if len(res.Evicted) > 0 {
			e.Errorf("Evicted = %v below the limit, want none", res.Evicted)
		}
		recs = append(recs, e.load(c.Session))
		e.Advance(time.Minute)
	}
	e.wantUser("ann", recs[3].ID, recs[4].ID)
	e.wantState(recs[0].ID, "ann", map[string]string{"theme": "dark"}, map[string]int64{})
}

func evictsIdle(e *env) {
	three := atMost(3, sessionstore.EvictIdle)
	var recs []*sessionstore.Record
	for range 3 {
		recs = append(recs, e.create(e.login("ann", three)))
		e.Advance(time.Minute)
	}
	e.touch(sessionstore.Touch{Session: recs[0].ID, At: e.Store.Now()})
	e.Advance(time.Minute)
	e.apply(on(recs[1], setting("key", "value")))
	e.Advance(time.Minute)
	e.wantEvicted(e.apply(on(e.create(), e.login("ann", three))), e.reload(recs[2]))
	e.Advance(time.Minute)
	e.wantEvicted(e.apply(on(e.create(), e.login("ann", three))), e.reload(recs[0]))
	e.Advance(time.Minute)
	e.wantEvicted(e.apply(on(e.create(), e.login("ann", three))), e.reload(recs[1]))
}

// reload returns rec as it was before its login was evicted, but for the
// activity since it was loaded.
func (e *env) reload(rec *sessionstore.Record) *sessionstore.Record {
	e.Helper()
	now := *rec
	now.Seen = e.load(rec.ID).Seen
	return &now
}

func evictsSeveral(e *env) {
	var recs []*sessionstore.Record
	for range 4 {
		recs = append(recs, e.create(e.login("ann")))
		e.Advance(time.Minute)
	}
	e.refused(sessionstore.ErrTooManyLogins, creationOf(newHash(), e.login("ann", atMost(2, sessionstore.DenyNew))))
	c := creationOf(newHash(), e.login("ann", atMost(2, sessionstore.EvictOldest)))
	res := e.apply(c)
	if len(res.Evicted) != 3 {
		e.Errorf("Evicted = %v, want three of four: a limit of 2 leaves room for one beside the new", res.Evicted)
	}
	e.wantUser("ann", recs[3].ID, c.Session)
}

func ownLoginIsFree(e *env) {
	for _, policy := range []sessionstore.LoginPolicy{sessionstore.DenyNew, sessionstore.EvictOldest, sessionstore.EvictIdle} {
		user := fmt.Sprint("ann ", policy)
		rec := e.create(e.login(user, atMost(1, policy)))
		for range 3 {
			e.Advance(time.Minute)
			if res := e.apply(on(e.load(rec.ID), e.login(user, atMost(1, policy)))); len(res.Evicted) > 0 {
				e.Errorf("Evicted = %v, want none: the session's own login ends anyway", res.Evicted)
			}
			e.wantUser(user, rec.ID)
		}
	}
}

func endedLeavesRoom(e *env) {
	one := atMost(1, sessionstore.DenyNew)
	short := func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }
	for i, p := range [][]part{
		{e.login("ann", short)},
		{e.login("ann", func(l *sessionstore.LoginStart) { l.Max = tenMinutes })},
		{e.login("ann"), limited(tenMinutes, 0)},
	} {
		rec := e.create(p...)
		e.refused(sessionstore.ErrTooManyLogins, creationOf(newHash(), e.login("ann", one)))
		e.Advance(20 * time.Minute)
		c := creationOf(newHash(), e.login("ann", one))
		e.apply(c) // nobody swept
		e.wantUser("ann", c.Session)
		e.apply(over(c.Session, ending(analytics.ReasonLogout)))
		if i < 2 && e.load(rec.ID).LiveLogin(e.Store.Now()) != nil {
			e.Errorf("I7: the login of %v is live after its limit", rec.ID)
		}
	}
	e.sweep(0)
	for _, ev := range e.events(analytics.Query{Type: analytics.LoginEnded}) {
		if ev.Reason == analytics.ReasonEvicted {
			e.Errorf("I7: login %s was evicted, want no evictions: its limit had passed", ev.Login)
		}
	}
}

func othersAreFree(e *env) {
	one := atMost(1, sessionstore.DenyNew)
	var want []sessionstore.ID
	for i := range 5 {
		rec := e.create(e.login(fmt.Sprint("ann", i), one))
		want = append(want, rec.ID)
	}
	for i := range want {
		e.wantUser(fmt.Sprint("ann", i), want[i])
	}
	// A session that changes hands gives up its place.
	e.apply(on(e.load(want[0]), e.login("zoe")))
	e.create(e.login("ann0", one))
}

func refusedEvictsNobody(e *env) {
	one := atMost(1, sessionstore.EvictOldest)
	rec := e.create(e.login("ann", one))
	e.Advance(time.Minute)
	other := e.create(setting("k", "theirs"))
	for range 2 {
		e.refused(sessionstore.ErrConflict, on(other, e.login("ann", one), swapping("k", "mine", "next")))
		e.wantUser("ann", rec.ID)
		e.wantHistory(rec.ID, "session.started", "login.started")
	}
	stale := on(other, e.login("ann", one))
	stale.Epoch++
	e.refused(sessionstore.ErrSuperseded, stale)
	e.wantUser("ann", rec.ID)
	e.refused(sessionstore.ErrEnded, over(sessionstore.NewID(), e.login("ann", one)))
	e.wantUser("ann", rec.ID)

	// Nor does it take up room.
	e.Advance(time.Minute)
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	e.refused(sessionstore.ErrConflict, on(other, e.login("ann", one), swapping("k", "mine", "next")))
	c := creationOf(newHash(), e.login("ann", atMost(1, sessionstore.DenyNew)))
	e.apply(c)
	e.wantUser("ann", c.Session)
}

func capOfLogins(e *env) {
	const most = 1000
	e.together(10, func(_ int, s sessionstore.Store) {
		for range most / 10 {
			if _, err := s.Apply(e.Context(), creationOf(newHash(), e.login("bot"))); err != nil {
				e.Errorf("I8: a login below the cap = %v, want success", err)
			}
		}
	})
	e.Advance(time.Minute)
	res := e.apply(creationOf(newHash(), e.login("bot")))
	recs, err := e.any().UserSessions(e.Context(), "bot")
	if err != nil || len(recs) != most || len(res.Evicted) != 1 {
		e.Errorf("I8: %d logins (%v), evicted %v, want the cap of %d held by evicting one", len(recs), err, res.Evicted, most)
	}
	ended, err := e.any().EndUser(e.Context(), "bot", sessionstore.EndUser{Reason: analytics.ReasonRevoked})
	if err != nil || len(ended) != most {
		e.Errorf("EndUser = %d sessions, %v, want all %d", len(ended), err, most)
	}
	e.wantUser("bot")
}

// limitAtOnce logs one user in from many sessions at the same moment.
func limitAtOnce(e *env, policy sessionstore.LoginPolicy) {
	const most, tries = 3, 10
	for round := range scale(12, 4) {
		user := fmt.Sprint("ann ", round)
		var changes []sessionstore.Change
		for i := range tries {
			login := e.login(user, atMost(most, policy))
			if i%2 == 0 {
				changes = append(changes, creationOf(newHash(), login))
			} else {
				changes = append(changes, on(e.create(), login))
			}
		}
		var begun, refused counter
		e.together(tries, func(i int, s sessionstore.Store) {
			_, err := s.Apply(e.Context(), changes[i])
			switch {
			case err == nil:
				begun.add(1)
			case policy == sessionstore.DenyNew && errors.Is(err, sessionstore.ErrTooManyLogins),
				policy != sessionstore.DenyNew && errors.Is(err, sessionstore.ErrLoginRefused): // evicted before it took effect
				refused.add(1)
			default:
				e.Errorf("a login among many = %v, want success or a refusal by the limit", err)
			}
		})
		if policy == sessionstore.DenyNew && begun.get() != most {
			e.Errorf("%d of %d logins at once succeeded, want %d: the limit is exact", begun.get(), tries, most)
		}
		live := 0
		for _, c := range changes {
			if rec, err := e.any().Load(e.Context(), c.Session); err == nil && rec.LiveLogin(e.Store.Now()) != nil {
				live++
			}
		}
		recs, err := e.any().UserSessions(e.Context(), user)
		if err != nil || len(recs) != most || live != most {
			e.Fatalf("%d logins are live and %d are listed (%v) after %d at once, want %d: the limit is exact", live, len(recs), err, tries, most)
		}
		if n := len(only(e.events(analytics.Query{User: user}), analytics.LoginStarted)); n != int(begun.get()) {
			e.Errorf("I3: %d × login.started, want %d, one for each success", n, begun.get())
		}
	}
}
