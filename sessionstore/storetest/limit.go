package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// limitCase is one limit of ten minutes.
type limitCase struct {
	name string
	ends analytics.Type
	why  analytics.Reason
	make func(e *env) part
}

const tenMinutes = 10 * time.Minute

func limitCases() []limitCase {
	login := func(idle, lifetime time.Duration) func(*env) part {
		return func(e *env) part {
			return e.login("ann", func(l *sessionstore.LoginStart) { l.Idle, l.Max = idle, lifetime })
		}
	}
	fixed := func(p part) func(*env) part { return func(*env) part { return p } }
	return []limitCase{
		{"session_idle", analytics.SessionEnded, analytics.ReasonIdle, fixed(limited(tenMinutes, 0))},
		{"session_lifetime", analytics.SessionEnded, analytics.ReasonLifetime, fixed(limited(sessionIdle, tenMinutes))},
		{"login_idle", analytics.LoginEnded, analytics.ReasonIdle, login(tenMinutes, 0)},
		{"login_lifetime", analytics.LoginEnded, analytics.ReasonLifetime, login(0, tenMinutes)},
		{"visit_idle", analytics.VisitEnded, analytics.ReasonIdle, fixed(visitingFor(tenMinutes, 0))},
		{"visit_lifetime", analytics.VisitEnded, analytics.ReasonLifetime, fixed(visitingFor(visitIdle, tenMinutes))},
	}
}

// live reports whether what the case limits is within its limits.
func (l limitCase) live(rec *sessionstore.Record, now time.Time) bool {
	switch l.ends {
	case analytics.LoginEnded:
		return rec.LiveLogin(now) != nil
	case analytics.VisitEnded:
		return rec.LiveVisit(now) != nil
	default:
		return rec.Alive(now)
	}
}

func limits() []scenario {
	var all []scenario
	for _, l := range limitCases() {
		all = append(all,
			scenario{name: l.name + "/apply", run: func(e *env) { limitShows(e, l, throughApply) }},
			scenario{name: l.name + "/refused_apply", run: func(e *env) { limitShows(e, l, throughRefusal) }},
			scenario{name: l.name + "/load", run: func(e *env) { limitShows(e, l, throughLoad) }},
			scenario{name: l.name + "/sweep", run: func(e *env) { limitShows(e, l, throughSweep) }},
			scenario{name: l.name + "/touch", run: func(e *env) { limitShows(e, l, throughTouch) }},
		)
	}
	return append(all,
		scenario{name: "activity_puts_idle_off", run: activityCounts},
		scenario{name: "others_are_no_activity", run: othersDoNotCount},
		scenario{name: "what_begins_was_not_idle", run: beginsInTime},
		scenario{name: "each_for_its_own_reason", run: ownReasons},
		scenario{name: "in_the_order_of_time", run: endsInOrder},
		scenario{name: "login_over_state_stays", run: stateOutlivesLogin},
	)
}

// limitShows lets a limit pass and looks at it in one way: it must have taken
// effect, and in the end there must be one end event, of the moment it passed.
func limitShows(e *env, l limitCase, look func(*env, limitCase, *sessionstore.Record)) {
	rec := e.create(l.make(e))
	passes := rec.Seen.Add(tenMinutes)
	if !l.live(rec, passes.Add(-time.Millisecond)) || l.live(rec, passes) {
		e.Fatalf("I7: the limit does not pass at %v, ten minutes after %v", passes, rec.Seen)
	}
	e.Advance(tenMinutes - time.Minute)
	e.sweep(0)
	if !l.live(e.load(rec.ID), e.Store.Now()) || len(only(e.history(rec.ID), l.ends)) > 0 {
		e.Fatalf("I7: ended a minute before its limit")
	}
	e.Advance(21 * time.Minute)
	look(e, l, rec)
	e.sweep(0)
	ends := only(e.history(rec.ID), l.ends)
	if len(ends) != 1 {
		e.Fatalf("I3: %d × %s, want 1", len(ends), l.ends)
	}
	if end := ends[0]; end.Reason != l.why || !end.Time.Equal(passes) || end.Detected.Before(passes.Add(20*time.Minute-time.Second)) {
		e.Errorf("I7: %s %s at %v, detected %v, want %s at %v, when the limit passed, and detected 20 minutes later",
			end.Type, end.Reason, end.Time, end.Detected, l.why, passes)
	}
	again, err := e.any().Load(e.Context(), rec.ID)
	if l.ends == analytics.SessionEnded {
		e.wantEnded(rec.ID)
		if end, ok := errors.AsType[*sessionstore.EndedError](err); ok && (end.Reason != l.why || !end.At.Equal(passes)) {
			e.Errorf("Load says the session ended by %s at %v, want %s at %v", end.Reason, end.At, l.why, passes)
		}
	} else if err != nil || l.live(again, e.Store.Now()) {
		e.Errorf("I7: after the end, Load = %+v, %v, want the session alone", again, err)
	}
}

func throughApply(e *env, l limitCase, rec *sessionstore.Record) {
	_, err := e.any().Apply(e.Context(), on(rec, setting("key", "value")))
	if l.ends == analytics.SessionEnded {
		if !errors.Is(err, sessionstore.ErrEnded) {
			e.Errorf("I7: a save after the session's limit = %v, want ErrEnded", err)
		}
	} else if err != nil {
		e.Errorf("a save after the limit = %v, want success: the session lives", err)
	}
	if n := len(only(e.history(rec.ID), l.ends)); n != 1 {
		e.Errorf("I3: %d × %s right after a change, want 1: limits take effect in the same step", n, l.ends)
	}
}

func throughRefusal(e *env, l limitCase, rec *sessionstore.Record) {
	_, err := e.any().Apply(e.Context(), on(rec, checkingOut("1")))
	want := sessionstore.ErrEmptyCart
	if l.ends == analytics.SessionEnded {
		want = sessionstore.ErrEnded
	}
	if !errors.Is(err, want) {
		e.Errorf("a checkout of nothing after the limit = %v, want %v", err, want)
	}
	if n := len(only(e.history(rec.ID), l.ends)); n != 1 {
		e.Errorf("I7: %d × %s after a refused change, want 1: limits take effect also then", n, l.ends)
	}
}

func throughLoad(e *env, l limitCase, rec *sessionstore.Record) {
	for _, s := range []sessionstore.Store{e.Store, e.Peer} {
		got, err := s.Load(e.Context(), rec.ID)
		if errors.Is(err, sessionstore.ErrEnded) && l.ends == analytics.SessionEnded {
			continue
		}
		if err != nil || l.live(got, s.Now()) {
			e.Errorf("I7: 20 minutes after the limit, Load = %+v, %v, want it to show", got, err)
		}
	}
	if l.ends != analytics.VisitEnded {
		e.wantUser("ann")
	}
}

func throughSweep(*env, limitCase, *sessionstore.Record) {}

// throughTouch touches like a request that came after the limit, and found the
// session without login or visit: that must not bring them back.
func throughTouch(e *env, l limitCase, rec *sessionstore.Record) {
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now()})
	got, err := e.any().Load(e.Context(), rec.ID)
	if err == nil && l.live(got, e.Store.Now()) {
		e.Errorf("I1: a touch 20 minutes after the limit brought it back: %+v", got)
	} else if err != nil && !errors.Is(err, sessionstore.ErrEnded) {
		e.Errorf("Load = %v", err)
	}
	if l.ends != analytics.VisitEnded {
		e.wantUser("ann")
	}
}

func activityCounts(e *env) {
	rec := e.create(limited(tenMinutes, 0), visitingFor(tenMinutes, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	for i := range 6 {
		e.Advance(7 * time.Minute)
		if i%2 == 0 {
			e.apply(on(rec))
		} else {
			e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now()})
		}
		e.sweep(0)
		now := e.Store.Now()
		if got := e.load(rec.ID); !got.Alive(now) || got.LiveLogin(now) == nil || got.LiveVisit(now) == nil || now.Sub(got.Seen) > time.Minute {
			e.Fatalf("I7: after activity every 7 minutes %+v is over its limit of 10, seen %v", got, got.Seen)
		}
		e.wantUser("ann", rec.ID)
	}
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started")
}

func othersDoNotCount(e *env) {
	rec := e.create(limited(tenMinutes, 0))
	e.Advance(7 * time.Minute)
	e.apply(over(rec.ID, setting("flag", "1")))
	if got := e.load(rec.ID); !got.Seen.Equal(rec.Seen) {
		e.Errorf("Seen = %v after a change with AnyEpoch, want %v: it is not the client's", got.Seen, rec.Seen)
	}
	e.Advance(7 * time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "session.ended idle")
}

// beginsInTime begins a login and a visit on behalf of a client that has been
// silent for longer than their idle limit: they have not been idle yet.
func beginsInTime(e *env) {
	rec := e.create()
	e.Advance(time.Hour)
	res := e.apply(over(rec.ID, visitingFor(tenMinutes, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes })))
	e.Advance(9 * time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started", "credential.rotated")
	e.wantUser("ann", rec.ID)
	e.Advance(2 * time.Minute)
	e.sweep(0)
	for _, ev := range e.wantHistory(rec.ID, "session.started", "visit.started", "login.started", "credential.rotated",
		"visit.ended idle", "login.ended idle")[4:] {
		if want := res.At.Add(tenMinutes); !ev.Time.Equal(want) {
			e.Errorf("I7: %s at %v, want %v, ten minutes after it began", ev.Type, ev.Time, want)
		}
	}
}

func ownReasons(e *env) {
	rec := e.create(limited(50*time.Minute, 0), visitingFor(30*time.Minute, 0), e.login("ann", func(l *sessionstore.LoginStart) {
		l.Idle, l.Max = 2*time.Hour, 40*time.Minute
	}))
	e.Advance(5 * time.Hour)
	e.sweep(0)
	events := e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
		"visit.ended idle", "login.ended lifetime", "session.ended idle")
	for i, d := range []time.Duration{30 * time.Minute, 40 * time.Minute, 50 * time.Minute} {
		if ev := events[3+i]; !ev.Time.Equal(rec.Seen.Add(d)) {
			e.Errorf("I7: %s at %v, want %v after %v", ev.Type, ev.Time, d, rec.Seen)
		}
	}

	rec = e.create(limited(tenMinutes, 0), visiting(), e.login("ann"))
	e.Advance(time.Hour)
	e.sweep(0)
	for _, ev := range e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
		"visit.ended idle", "login.ended idle", "session.ended idle")[3:] {
		if !ev.Time.Equal(rec.Seen.Add(tenMinutes)) {
			e.Errorf("I7: %s at %v, want the moment at which the session ended, %v", ev.Type, ev.Time, rec.Seen.Add(tenMinutes))
		}
	}
}

// endsInOrder finds a visit and a login both over, the login first. The events
// must be appended in that order and name what was under way at their time.
func endsInOrder(e *env) {
	rec := e.create(visitingFor(30*time.Minute, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Max = tenMinutes }))
	e.Advance(5 * time.Hour)
	e.sweep(0)
	entries, err := e.any().Read(e.Context(), "group", "consumer", 100)
	if err != nil {
		e.Fatalf("Read = %v, want success", err)
	}
	var events []analytics.Event
	for _, en := range entries {
		events = append(events, en.Event)
	}
	want := []string{"session.started", "visit.started", "login.started", "login.ended lifetime", "visit.ended idle"}
	if got := titles(events); !slices.Equal(got, want) {
		e.Fatalf("I3: the feed is %q, want %q, in the order of time", got, want)
	}
	if ev := events[3]; ev.Visit != rec.Visit.ID || ev.User != "ann" {
		e.Errorf("I3: %s names visit %q and user %q, want %q, under way at the time, and ann", ev.Type, ev.Visit, ev.User, rec.Visit.ID)
	}
	if ev := events[4]; ev.Visit != rec.Visit.ID || ev.Login != "" || ev.User != "" {
		e.Errorf("I3: %s names login %q of %q, which had ended", ev.Type, ev.Login, ev.User)
	}
}

func stateOutlivesLogin(e *env) {
	rec := e.create(setting("theme", "dark"), addingLine("apple", 1), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.Advance(time.Hour)
	e.sweep(0)
	got := e.load(rec.ID)
	e.sameMap("Values after the login's end", got.Values, map[string]string{"theme": "dark"})
	e.sameMap("Cart after the login's end", got.Cart, map[string]int64{"apple": 1})
	if got.Owner != "ann" {
		e.Errorf("Owner = %q, want ann", got.Owner)
	}
	e.wantUser("ann")
}
