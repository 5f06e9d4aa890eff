package storetest

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func endUser() []scenario {
	return []scenario{
		{name: "all", run: endsUser},
		{name: "except", run: endsUserExcept},
		{name: "nobody", run: endsNobody},
		{name: "not_where_logged_out", run: endsOnlyLoggedIn},
		{name: "login_that_began_before", run: endUserBeatsLogin},
		{name: "logins_in_flight", run: endUserBeatsFlight},
		{name: "twice_at_once", run: endsUserTwice},
	}
}

func (e *env) endUser(user string, how sessionstore.EndUser, want ...sessionstore.ID) {
	e.Helper()
	got, err := e.any().EndUser(e.Context(), user, how)
	if err != nil || !slices.Equal(sorted(got), sorted(want)) {
		e.Fatalf("EndUser(%q, %+v) = %v, %v, want the sessions %v", user, how, got, err, want)
	}
}

func endsUser(e *env) {
	a, b, other := e.create(e.login("ann"), visiting()), e.create(e.login("ann")), e.create(e.login("bob"))
	e.Advance(time.Minute)
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked, Actor: "admin"}, a.ID, b.ID)
	e.wantEnded(a.ID)
	e.wantEnded(b.ID)
	e.wantUser("ann")
	e.wantUser("bob", other.ID)
	events := e.wantHistory(a.ID, "session.started", "visit.started", "login.started",
		"visit.ended revoked", "login.ended revoked", "session.ended revoked")
	if events[5].Actor != "admin" || events[4].User != "ann" {
		e.Errorf("I3: the ends are %+v, want those of ann by admin", events[4:])
	}
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked})
	e.Advance(time.Minute)
	again := e.create(e.login("ann"))
	e.wantUser("ann", again.ID)
}

func endsUserExcept(e *env) {
	a, b, c := e.create(e.login("ann")), e.create(e.login("ann")), e.create(e.login("ann"))
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked, Except: b.ID}, a.ID, c.ID)
	e.wantUser("ann", b.ID)
	e.same("the session that was spared", lookAt(e.load(b.ID)), lookAt(b))
	e.wantHistory(b.ID, "session.started", "login.started")
}

func endsNobody(e *env) {
	rec := e.create()
	e.endUser("nobody", sessionstore.EndUser{Reason: analytics.ReasonErased})
	e.load(rec.ID)
	if _, err := e.any().EndUser(e.Context(), "nobody", sessionstore.EndUser{Reason: "bored"}); !isOneOf(err, sessionstore.ErrInvalid) {
		e.Errorf("EndUser for an unknown reason = %v, want ErrInvalid", err)
	}
}

func endsOnlyLoggedIn(e *env) {
	left := e.create(e.login("ann"))
	e.apply(on(left, leaving(analytics.ReasonLogout)))
	switched := e.create(e.login("ann"))
	e.apply(on(switched, e.login("bob")))
	idle := e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.Advance(time.Hour)
	in := e.create(e.login("ann"))
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked}, in.ID)
	for _, rec := range []*sessionstore.Record{left, switched, idle} {
		e.load(rec.ID)
	}
	e.wantUser("bob", switched.ID)
	e.sweep(0)
	e.wantHistory(idle.ID, "session.started", "login.started", "login.ended idle")
}

func endUserBeatsLogin(e *env) {
	rec := e.create()
	before := e.login("ann")
	e.Advance(time.Minute)
	e.endUser("ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked})
	e.refused(sessionstore.ErrLoginRefused, on(rec, before))
	e.refused(sessionstore.ErrLoginRefused, creationOf(newHash(), before))
	e.wantUser("ann")
	e.Advance(time.Minute)
	e.refused(sessionstore.ErrLoginRefused, on(rec, before))
	e.apply(on(rec, e.login("ann")))
	e.wantUser("ann", rec.ID)
	e.apply(on(e.create(), e.login("bob"))) // others may
}

// endUserBeatsFlight ends a user's sessions while logins that began before are
// taking effect. Whichever comes first, nobody stays logged in.
func endUserBeatsFlight(e *env) {
	for round := range scale(20, 6) {
		user := fmt.Sprint("ann ", round)
		var changes []sessionstore.Change
		for i := range 8 {
			login := e.login(user, atMost(20, sessionstore.EvictOldest))
			if i%2 == 0 {
				changes = append(changes, creationOf(newHash(), login))
			} else {
				changes = append(changes, on(e.create(), login))
			}
		}
		e.Advance(time.Second)
		e.together(len(changes)+1, func(i int, s sessionstore.Store) {
			if i == len(changes) {
				if _, err := s.EndUser(e.Context(), user, sessionstore.EndUser{Reason: analytics.ReasonRevoked}); err != nil {
					e.Errorf("I1: EndUser while logins take effect = %v, want success", err)
				}
				return
			}
			_, err := s.Apply(e.Context(), changes[i])
			if err != nil && !isOneOf(err, sessionstore.ErrLoginRefused, sessionstore.ErrEnded) {
				e.Errorf("I1: a login while the user's sessions end = %v, want success or ErrLoginRefused", err)
			}
		})
		e.wantUser(user)
		for _, c := range changes {
			if rec, err := e.any().Load(e.Context(), c.Session); err == nil && rec.Login != nil {
				e.Fatalf("I1: %v is logged in after EndUser, by a login that began before it", c.Session)
			}
		}
		e.Advance(time.Second)
		next := e.create(e.login(user))
		e.wantUser(user, next.ID)
	}
}

func endsUserTwice(e *env) {
	for round := range scale(10, 3) {
		user := fmt.Sprint("ann ", round)
		for range 10 {
			e.create(e.login(user))
		}
		var ended counter
		e.together(4, func(_ int, s sessionstore.Store) {
			got, err := s.EndUser(e.Context(), user, sessionstore.EndUser{Reason: analytics.ReasonRevoked})
			if err != nil {
				e.Errorf("EndUser, four at once = %v, want success", err)
			}
			ended.add(int64(len(got)))
		})
		if ended.get() != 10 {
			e.Errorf("I1: four EndUser at once report %d sessions ended, want 10", ended.get())
		}
	}
	e.auditAllEnded()
}

func userSessions() []scenario {
	return []scenario{
		{name: "latest_first", run: latestFirst},
		{name: "never_lists_what_ended", run: listsNoDead},
		{name: "never_misses_what_is_live", run: listsAllLive},
	}
}

func latestFirst(e *env) {
	var want []sessionstore.ID
	for range 6 {
		want = append([]sessionstore.ID{e.create(e.login("ann"), setting("theme", "dark")).ID}, want...)
		e.Advance(time.Minute)
	}
	// Activity does not count, a new login does.
	e.apply(on(e.load(want[4]), setting("key", "value")))
	e.apply(on(e.load(want[5]), e.login("ann")))
	want = append([]sessionstore.ID{want[5]}, want[:5]...)
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		recs, err := s.UserSessions(e.Context(), "ann")
		if got := ids(recs); err != nil || !slices.Equal(got, want) {
			e.Fatalf("UserSessions = %v, %v, want the latest login first: %v", got, err, want)
		}
		for _, rec := range recs {
			e.same("a record in the list", lookAt(rec), lookAt(e.load(rec.ID)))
		}
	}
}

func listsNoDead(e *env) {
	live := e.create(e.login("ann"))
	e.apply(on(e.create(e.login("ann")), ending(analytics.ReasonLogout)))
	e.apply(on(e.create(e.login("ann")), leaving(analytics.ReasonLogout)))
	e.apply(on(e.create(e.login("ann")), e.login("bob")))
	e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.Max = tenMinutes }))
	e.create(e.login("ann"), limited(tenMinutes, 0))
	e.create(e.login("ann"), limited(sessionIdle, tenMinutes))
	e.Advance(11 * time.Minute)
	e.wantUser("ann", live.ID)
	e.sweep(0)
	e.wantUser("ann", live.ID)
	e.Advance(3 * time.Hour)
	e.sweep(0)
	e.wantUser("ann", live.ID)
	e.wantUser("nobody")
}

// listsAllLive lists while the sessions listed are busy, without ever being
// logged out.
func listsAllLive(e *env) {
	var recs []*sessionstore.Record
	var want []sessionstore.ID
	for range 4 {
		rec := e.create(e.login("ann"))
		recs, want = append(recs, rec), append(want, rec.ID)
	}
	var done atomic.Int32
	rounds := scale(40, 10)
	e.together(len(recs)+2, func(i int, s sessionstore.Store) {
		if i >= len(recs) {
			for done.Load() < int32(len(recs)) { //nolint:gosec // four
				if got, err := s.UserSessions(e.Context(), "ann"); err != nil || !slices.Equal(sorted(ids(got)), sorted(want)) {
					e.Errorf("UserSessions = %v, %v, want %v: all are logged in the whole time", ids(got), err, want)
					return
				}
			}
			return
		}
		defer done.Add(1)
		for j := range rounds {
			parts := []part{adding("n", 1)}
			switch j % 4 {
			case 0:
				parts = append(parts, e.login("ann"))
			case 1:
				parts = append(parts, renewing(newHash()))
			}
			if _, err := s.Apply(e.Context(), over(recs[i].ID, parts...)); err != nil {
				e.Errorf("a change of a live session = %v, want success", err)
			}
			if err := s.Touch(e.Context(), []sessionstore.Touch{{Session: recs[i].ID, At: s.Now()}}); err != nil {
				e.Errorf("Touch = %v, want success", err)
			}
		}
	})
	e.wantUser("ann", want...)
}
