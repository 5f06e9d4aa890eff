package storetest

import (
	"errors"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func finality() []scenario {
	all := []scenario{
		{name: "by_limit", run: endedByLimit},
		{name: "reasons", run: endsForEveryReason},
		{name: "touch", run: touchOfEnded},
		{name: "EndUser", run: endUserOfEnded},
		{name: "sweep", run: sweepOfEnded},
		{name: "login_that_ended", run: endedLogin},
		{name: "login_that_was_ended_before_it_began", run: loginEndedBefore},
		{name: "visit_that_ended", run: endedVisit},
	}
	for _, name := range []string{
		"save", "delete", "add", "swap", "cart", "checkout", "clear", "rotate", "renew", "login",
		"reauthenticate", "logout", "visit", "device", "note", "nothing", "end",
	} {
		all = append(all, scenario{name: name, run: func(e *env) { changesEnded(e, name) }})
	}
	return all
}

// everyChange returns one change of each kind, which rec would take while it
// lives.
func everyChange(e *env, rec *sessionstore.Record) map[string]part {
	login := ""
	if rec.Login != nil {
		login = rec.Login.ID
	}
	return map[string]part{
		"save":     setting("key", "value"),
		"delete":   deleting("key", "value"),
		"add":      adding("count", 1),
		"swap":     value(sessionstore.ValueChange{Op: sessionstore.SwapValue, Key: "key", Value: "value"}),
		"cart":     addingLine("apple", 1),
		"checkout": checkingOut("1"),
		"clear":    clearing,
		"rotate":   rotating(rec.Credential.Current, newHash(), "sealed"),
		"renew":    renewing(newHash()),
		"login":    e.login("ann"),
		"reauthenticate": func(c *sessionstore.Change) {
			c.Reauth = &sessionstore.Reauth{Login: login, Idle: time.Hour}
		},
		"logout":  leaving(analytics.ReasonLogout),
		"visit":   visiting(),
		"device":  func(c *sessionstore.Change) { c.Device = &sessionstore.Device{Agent: "agent"} },
		"note":    noting(analytics.ActionTaken, nil),
		"nothing": func(*sessionstore.Change) {},
		"end":     ending(analytics.ReasonRevoked),
	}
}

// changesEnded makes one kind of change on a session that somebody ended while
// the change was in flight.
func changesEnded(e *env, name string) {
	rec := e.create(e.login("ann"), visiting(), setting("theme", "dark"), addingLine("pear", 1))
	p := everyChange(e, rec)[name]
	e.apply(over(rec.ID, ending(analytics.ReasonLogout)))
	for _, c := range []sessionstore.Change{on(rec, p), over(rec.ID, p)} {
		e.refused(sessionstore.ErrEnded, c)
		e.wantEnded(rec.ID)
	}
	e.wantUser("ann")
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started", "cart.changed",
		"visit.ended logout", "login.ended logout", "session.ended logout")
}

func endedByLimit(e *env) {
	rec := e.create(limited(time.Minute, 0))
	e.Advance(time.Hour)
	_, err := e.any().Apply(e.Context(), on(rec, setting("key", "value")))
	if !errors.Is(err, sessionstore.ErrEnded) {
		e.Fatalf("I7: a save an hour after the idle limit of a minute = %v, want ErrEnded", err)
	}
	for name, p := range everyChange(e, rec) {
		if _, err := e.any().Apply(e.Context(), on(rec, p)); !errors.Is(err, sessionstore.ErrEnded) {
			e.Errorf("I1: %s after the session's end = %v, want ErrEnded", name, err)
		}
	}
	e.touch(sessionstore.Touch{Session: rec.ID, At: rec.Seen.Add(30 * time.Second)})
	e.wantEnded(rec.ID)
	e.wantHistory(rec.ID, "session.started", "session.ended idle")
}

func endsForEveryReason(e *env) {
	for _, why := range []analytics.Reason{
		analytics.ReasonLogout, analytics.ReasonIdle, analytics.ReasonLifetime, analytics.ReasonRevoked,
		analytics.ReasonEvicted, analytics.ReasonReused, analytics.ReasonErased,
	} {
		rec := e.create(e.login("ann"), visiting())
		res := e.apply(over(rec.ID, ending(why), by("admin"), noting(analytics.ActionTaken, nil)))
		e.wantEnded(rec.ID)
		_, err := e.any().Load(e.Context(), rec.ID)
		if end, ok := errors.AsType[*sessionstore.EndedError](err); ok && (end.Reason != why || !end.At.Equal(res.At)) {
			e.Errorf("Load says the session ended by %s at %v, want %s at %v", end.Reason, end.At, why, res.At)
		}
		w := " " + string(why)
		events := e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
			"action.taken", "visit.ended"+w, "login.ended"+w, "session.ended"+w)
		for _, ev := range events[4:] {
			if !ev.Time.Equal(res.At) || !ev.Detected.IsZero() {
				e.Errorf("I3: %s at %v, detected %v, want %v", ev.Type, ev.Time, ev.Detected, res.At)
			}
		}
		if got := events[6].Actor; got != "admin" {
			e.Errorf("the end of the session names the actor %q, want admin", got)
		}
		if v := events[4]; v.Visit != rec.Visit.ID || v.User != "ann" {
			e.Errorf("I3: visit.ended is %+v, want visit %s of ann", v, rec.Visit.ID)
		}
		if l := events[5]; l.Login != rec.Login.ID || l.User != "ann" || l.Actor != "admin" {
			e.Errorf("I3: login.ended is %+v, want login %s of ann, ended by admin", l, rec.Login.ID)
		}
	}
	e.refused(sessionstore.ErrInvalid, on(e.create(), ending("bored")))
}

func touchOfEnded(e *env) {
	rec := e.create(e.login("ann"), visiting())
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	e.touch(
		sessionstore.Touch{Session: rec.ID, At: e.Store.Now().Add(time.Minute), Used: rec.Credential.Current},
		sessionstore.Touch{Session: sessionstore.NewID(), At: e.Store.Now()},
	)
	e.wantEnded(rec.ID)
	e.wantUser("ann")
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
		"visit.ended logout", "login.ended logout", "session.ended logout")
}

func endUserOfEnded(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	ended, err := e.any().EndUser(e.Context(), "ann", sessionstore.EndUser{Reason: analytics.ReasonRevoked})
	if err != nil || len(ended) != 0 {
		e.Errorf("I1: EndUser = %v, %v, want nothing: the session ended before", ended, err)
	}
	e.wantHistory(rec.ID, "session.started", "login.started", "login.ended logout", "session.ended logout")
}

func sweepOfEnded(e *env) {
	rec := e.create(limited(10*time.Minute, 0), visitingFor(time.Minute, 0))
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	for range 4 {
		e.Advance(20 * time.Minute)
		e.sweep(0)
	}
	e.wantHistory(rec.ID, "session.started", "visit.started", "visit.ended logout", "session.ended logout")
}

func endedLogin(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(on(rec, leaving(analytics.ReasonLogout)))
	now := e.load(rec.ID)
	if now.Login != nil || now.LiveLogin(e.Store.Now()) != nil {
		e.Fatalf("I1: the login is %+v after its end, want none", now.Login)
	}
	reauth := everyChange(e, rec)["reauthenticate"]
	e.refused(sessionstore.ErrSuperseded, on(now, reauth))
	e.refused(sessionstore.ErrSuperseded, on(rec, setting("key", "value"))) // logged in, when its author looked
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now(), Used: rec.Credential.Current})
	e.apply(on(now, leaving(analytics.ReasonLogout)))
	if got := e.load(rec.ID); got.Login != nil {
		e.Errorf("I1: the login is back: %+v", got.Login)
	}
	e.wantUser("ann")
	e.wantHistory(rec.ID, "session.started", "login.started", "login.ended logout")
}

func loginEndedBefore(e *env) {
	rec := e.create()
	login := e.login("ann")
	e.apply(over(rec.ID, leavingOnly(on(rec, login).Login.ID, analytics.ReasonEvicted)))
	e.refused(sessionstore.ErrLoginRefused, on(e.load(rec.ID), login))
	e.wantUser("ann")
	e.apply(on(e.load(rec.ID), e.login("ann"))) // another login is another matter
	e.wantUser("ann", rec.ID)

	now := e.load(rec.ID)
	e.apply(on(now, leavingOnly(sessionstore.NewSpanID(), analytics.ReasonLogout)))
	if e.load(rec.ID).Login == nil {
		e.Errorf("the end of one login ended another")
	}
	e.wantHistory(rec.ID, "session.started", "login.started", "credential.rotated")
}

func endedVisit(e *env) {
	rec := e.create(visitingFor(time.Minute, 0))
	e.Advance(time.Hour)
	e.sweep(0)
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now()})
	e.touch(sessionstore.Touch{Session: rec.ID, At: rec.Seen.Add(30 * time.Second)})
	if v := e.load(rec.ID).Visit; v != nil {
		e.Errorf("I1: the visit %+v is back", v)
	}
	e.wantHistory(rec.ID, "session.started", "visit.started", "visit.ended idle")
}
