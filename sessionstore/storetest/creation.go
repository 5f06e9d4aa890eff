package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func creation() []scenario {
	return []scenario{
		{name: "record", run: createsRecord},
		{name: "everything_in_one_step", run: createsEverything},
		{name: "update_only", run: updatesOnly},
		{name: "live_ID", run: refusesLiveID},
		{name: "ended_ID", run: refusesEndedID},
		{name: "one_of_many_at_once", run: createsOnce},
		{name: "refused_creation_leaves_nothing", run: refusedCreation},
		{name: "odd_bytes", run: keepsOddBytes},
		{name: "list", run: listsSessions},
	}
}

func createsRecord(e *env) {
	hash, before := newHash(), e.Store.Now()
	c := creationOf(hash, limited(time.Hour, 5*time.Hour))
	res := e.apply(c)
	rec := e.load(c.Session)
	want := look{
		ID: c.Session, Created: millis(res.At), Seen: millis(res.At), Until: millis(res.At.Add(5 * time.Hour)), Idle: time.Hour,
		Current: hash.String(), Previous: sessionstore.Hash{}.String(), Since: millis(res.At),
		Values: map[string]string{}, Cart: map[string]int64{},
	}
	e.same("a new record", lookAt(rec), want)
	if res.At.Before(before.Add(-time.Minute)) || res.At.After(before.Add(time.Minute)) {
		e.Errorf("Result.At = %v, want the store's clock, %v", res.At, before)
	}
	if loc := res.At.Location(); loc != time.UTC {
		e.Errorf("Result.At is in %v, want UTC", loc)
	}
	ev := e.wantHistory(c.Session, "session.started")[0]
	if !ev.Time.Equal(res.At) || !ev.Detected.IsZero() || ev.Session != c.Session.String() {
		e.Errorf("I3: the start is %+v, want session %v at %v", ev, c.Session, res.At)
	}
}

func createsEverything(e *env) {
	c := creationOf(newHash(), e.login("ann", func(l *sessionstore.LoginStart) {
		l.Idle, l.Max, l.AMR, l.ACR = time.Hour, 2*time.Hour, []string{"pwd", "otp"}, "high"
	}), visitingFor(time.Hour, 3*time.Hour), setting("theme", "dark"), adding("seen", 3), addingLine("apple", 2),
		noting(analytics.ActionTaken, map[string]string{"action": "signup"}))
	c.Device = &sessionstore.Device{Agent: "Firefox 140 on Linux", Address: "192.0.2.0/24"}
	res := e.apply(c)
	rec := e.load(c.Session)

	at := res.At
	if rec.Owner != "ann" || rec.Login == nil || rec.Login.ID != c.Login.ID || rec.Login.User != "ann" ||
		!rec.Login.Started.Equal(at) || !rec.Login.Authenticated.Equal(at) || rec.Login.Idle != time.Hour ||
		!rec.Login.Until.Equal(at.Add(2*time.Hour)) || strings.Join(rec.Login.AMR, " ") != "pwd otp" || rec.Login.ACR != "high" {
		e.Errorf("Login = %+v of owner %q, want that of the change", rec.Login, rec.Owner)
	}
	if rec.Visit == nil || rec.Visit.ID != c.Visit.ID || !rec.Visit.Started.Equal(at) || !rec.Visit.Until.Equal(at.Add(3*time.Hour)) {
		e.Errorf("Visit = %+v, want that of the change", rec.Visit)
	}
	if res.Visit == nil || res.Visit.ID != c.Visit.ID {
		e.Errorf("Result.Visit = %+v, want %s", res.Visit, c.Visit.ID)
	}
	e.sameMap("Values", rec.Values, map[string]string{"theme": "dark", "seen": "3"})
	e.sameMap("Cart", rec.Cart, map[string]int64{"apple": 2})
	e.sameMap("Result.Added", res.Added, map[string]int64{"seen": 3})
	if rec.Device != *c.Device {
		e.Errorf("Device = %+v, want %+v", rec.Device, *c.Device)
	}

	events := e.wantHistory(c.Session, "session.started", "visit.started", "login.started", "cart.changed", "action.taken")
	e.sameMap("attributes of the start", events[0].Attributes, map[string]string{"agent": "Firefox 140 on Linux", "address": "192.0.2.0/24"})
	e.sameMap("attributes of the login", events[2].Attributes,
		map[string]string{"agent": "Firefox 140 on Linux", "address": "192.0.2.0/24", "amr": "pwd otp", "acr": "high"})
	e.sameMap("attributes of the note", events[4].Attributes, map[string]string{"action": "signup"})
	for i, ev := range events {
		visit, login, user := c.Visit.ID, c.Login.ID, "ann"
		if i == 0 {
			visit = ""
		}
		if i < 2 {
			login, user = "", ""
		}
		if ev.Visit != visit || ev.Login != login || ev.User != user || !ev.Time.Equal(at) {
			e.Errorf("I3: %s names visit %q, login %q, user %q at %v, want %q, %q, %q at %v",
				ev.Type, ev.Visit, ev.Login, ev.User, ev.Time, visit, login, user, at)
		}
	}
}

func updatesOnly(e *env) {
	id := sessionstore.NewID()
	for name, p := range everyChange(e, e.create(e.login("ann"), visiting())) {
		res, err := e.any().Apply(e.Context(), over(id, p))
		if !errors.Is(err, sessionstore.ErrEnded) {
			e.Errorf("I1: %s on a session that never was = %+v, %v, want ErrEnded: a change updates only", name, res, err)
		}
		e.wantEnded(id)
	}
	e.wantHistory(id)
}

func refusesLiveID(e *env) {
	rec := e.create(e.login("ann"), visiting(), setting("theme", "dark"))
	c := creationOf(newHash(), e.login("bob"), visiting())
	c.Session = rec.ID
	e.refused(sessionstore.ErrExists, c)
	e.wantUser("bob")
	e.wantUser("ann", rec.ID)
}

func refusesEndedID(e *env) {
	for _, end := range []part{ending(analytics.ReasonLogout), ending(analytics.ReasonErased)} {
		rec := e.create()
		e.apply(on(rec, end))
		c := creationOf(newHash(), e.login("bob"))
		c.Session = rec.ID
		e.refused(sessionstore.ErrEnded, c)
		e.wantEnded(rec.ID)
		e.wantUser("bob")
	}
}

func createsOnce(e *env) {
	for range scale(20, 5) {
		id := sessionstore.NewID()
		var won counter
		e.together(8, func(i int, s sessionstore.Store) {
			c := creationOf(newHash(), visiting())
			c.Session = id
			switch _, err := s.Apply(e.Context(), c); {
			case err == nil:
				won.add(1)
			case !errors.Is(err, sessionstore.ErrExists):
				e.Errorf("I1: creating an ID eight times at once (%d) = %v, want success or ErrExists", i, err)
			}
		})
		if won.get() != 1 {
			e.Fatalf("I1: %d creations of one ID succeeded, want 1", won.get())
		}
		e.wantHistory(id, "session.started", "visit.started")
	}
}

func refusedCreation(e *env) {
	c := creationOf(newHash(), visiting(), value(sessionstore.ValueChange{
		Op: sessionstore.SwapValue, Key: "k", Value: "new", Base: "old", HasBase: true,
	}))
	e.refused(sessionstore.ErrConflict, c)
	e.wantEnded(c.Session)
	c.Values = nil
	e.apply(c) // the ID was not used
	e.wantHistory(c.Session, "session.started", "visit.started")

	for name, bad := range map[string]sessionstore.Change{
		"no idle limit":    creationOf(newHash(), limited(0, 0)),
		"created to end":   creationOf(newHash(), ending(analytics.ReasonLogout)),
		"an unknown cause": creationOf(newHash(), leaving("bored")),
	} {
		e.refused(sessionstore.ErrInvalid, bad)
		if got := titles(e.history(bad.Session)); len(got) > 0 {
			e.Errorf("I3: a creation refused (%s) left the events %q", name, got)
		}
	}
}

func keepsOddBytes(e *env) {
	odd := "a:b{c}d *?[x]\x00\r\n\xff\xfe é \"'\\"
	c := creationOf(newHash(), e.login(odd, func(l *sessionstore.LoginStart) { l.ACR = odd[:13] }), setting(odd, odd), setting("empty", ""), addingLine(odd, 1))
	c.Device = &sessionstore.Device{Agent: "Ünï \"agent\" {1}", Address: "2001:db8::/48"}
	e.apply(c)
	rec := e.load(c.Session)
	if rec.Owner != odd || rec.Login == nil || rec.Login.User != odd || rec.Login.ACR != odd[:13] {
		e.Errorf("Login = %+v of %q, want user %q", rec.Login, rec.Owner, odd)
	}
	e.sameMap("Values", rec.Values, map[string]string{odd: odd, "empty": ""})
	e.sameMap("Cart", rec.Cart, map[string]int64{odd: 1})
	if rec.Device != *c.Device {
		e.Errorf("Device = %+v, want %+v", rec.Device, *c.Device)
	}
	e.wantUser(odd, rec.ID)
	if n := len(e.events(analytics.Query{User: odd})); n != 2 {
		e.Errorf("%d events of a user with an odd name, want 2: the login and the cart", n)
	}
	ended, err := e.any().EndUser(e.Context(), odd, sessionstore.EndUser{Reason: analytics.ReasonRevoked})
	if err != nil || len(ended) != 1 {
		e.Errorf("EndUser of a user with an odd name = %v, %v, want the session", ended, err)
	}
}

func listsSessions(e *env) {
	if recs, err := e.any().Sessions(e.Context(), 10); err != nil || len(recs) != 0 {
		e.Fatalf("Sessions of an empty store = %v, %v, want none", recs, err)
	}
	live := map[sessionstore.ID]bool{}
	for range 12 {
		live[e.create().ID] = true
	}
	for range 3 {
		e.apply(on(e.create(), ending(analytics.ReasonLogout)))
		e.create(limited(time.Minute, 0))
	}
	e.Advance(time.Hour)
	recs, err := e.any().Sessions(e.Context(), 100)
	if err != nil || len(recs) != len(live) {
		e.Errorf("I7: Sessions = %d, %v, want the %d that are alive", len(recs), err, len(live))
	}
	for _, rec := range recs {
		if !live[rec.ID] {
			e.Errorf("I7: Sessions lists %v, which ended", rec.ID)
		}
	}
	if recs, err = e.any().Sessions(e.Context(), 5); err != nil || len(recs) != 5 {
		e.Errorf("Sessions(5) = %d, %v, want 5 of %d", len(recs), err, len(live))
	}
}
