package storetest

import (
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func transitions() []scenario {
	return []scenario{
		{name: "login_and_logout", run: loginAndLogout},
		{name: "login_replaces_login", run: loginReplaces},
		{name: "logout_and_login_in_one_step", run: logoutThenLogin},
		{name: "login_that_one_is_not", run: leavesOtherLogin},
		{name: "reauthentication", run: reauthentication},
		{name: "notes_and_actor", run: notesAndActor},
		{name: "device", run: deviceChanges},
		{name: "append", run: appends},
		{name: "append_after_the_end", run: appendsAfterEnd},
		{name: "append_many", run: appendsMany},
	}
}

func loginAndLogout(e *env) {
	rec := e.create()
	in := on(rec, e.login("ann"))
	began := e.apply(in)
	rec = e.load(rec.ID)
	if rec.Login == nil || rec.Login.ID != in.Login.ID {
		e.Fatalf("Login = %+v, want %s", rec.Login, in.Login.ID)
	}
	e.wantUser("ann", rec.ID)
	e.Advance(time.Minute)
	left := e.apply(on(rec, leaving(analytics.ReasonLogout), by("admin")))
	e.wantUser("ann")

	events := e.wantHistory(rec.ID, "session.started", "login.started", "credential.rotated", "login.ended logout")
	if ev := events[1]; ev.Login != in.Login.ID || ev.User != "ann" || !ev.Time.Equal(began.At) {
		e.Errorf("I3: the start is %+v, want login %s of ann at %v", ev, in.Login.ID, began.At)
	}
	if ev := events[3]; ev.Login != in.Login.ID || ev.User != "ann" || !ev.Time.Equal(left.At) || ev.Actor != "admin" {
		e.Errorf("I3: the end is %+v, want login %s of ann by admin at %v", ev, in.Login.ID, left.At)
	}
	e.apply(on(e.load(rec.ID), leaving(analytics.ReasonLogout))) // without a login it does nothing
	e.wantHistory(rec.ID, "session.started", "login.started", "credential.rotated", "login.ended logout")
	if owner := e.load(rec.ID).Owner; owner != "ann" {
		e.Errorf("Owner = %q after the logout, want ann: the state is still hers", owner)
	}
}

func loginReplaces(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(on(rec, e.login("ann")))
	now := e.load(rec.ID)
	if now.Login == nil || now.Login.ID == rec.Login.ID {
		e.Fatalf("Login = %+v, want the new one", now.Login)
	}
	e.wantUser("ann", rec.ID)
	events := e.wantHistory(rec.ID, "session.started", "login.started", "login.ended logout", "login.started", "credential.rotated")
	if events[2].Login != rec.Login.ID || events[3].Login != now.Login.ID {
		e.Errorf("I3: ended %s and started %s, want %s and %s", events[2].Login, events[3].Login, rec.Login.ID, now.Login.ID)
	}
	e.apply(on(now, e.login("bob")))
	e.wantUser("ann")
	e.wantUser("bob", rec.ID)
}

func logoutThenLogin(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(on(rec, leaving(analytics.ReasonRevoked), e.login("ann")))
	e.wantHistory(rec.ID, "session.started", "login.started", "login.ended revoked", "login.started", "credential.rotated")
	e.wantUser("ann", rec.ID)
	if got := e.load(rec.ID).Credential.Epoch; got != rec.Credential.Epoch+1 {
		e.Errorf("epoch = %d, want %d: the renewal is one step", got, rec.Credential.Epoch+1)
	}
}

func leavesOtherLogin(e *env) {
	rec := e.create(e.login("ann"))
	e.apply(over(rec.ID, leavingOnly(rec.Login.ID, analytics.ReasonRevoked)))
	if got := e.load(rec.ID).Login; got != nil {
		e.Errorf("Login = %+v, want none: the end named it", got)
	}
	e.wantHistory(rec.ID, "session.started", "login.started", "login.ended revoked")
}

func reauthentication(e *env) {
	rec := e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.Idle, l.Max = time.Hour, 2*time.Hour }))
	reauth := func(login string) part {
		return func(c *sessionstore.Change) {
			c.Reauth = &sessionstore.Reauth{Login: login, Idle: 3 * time.Hour, Max: 5 * time.Hour, AMR: []string{"otp"}, ACR: "higher"}
		}
	}
	e.Advance(30 * time.Minute)
	e.refused(sessionstore.ErrSuperseded, on(rec, reauth(sessionstore.NewSpanID())))
	res := e.apply(on(rec, reauth(rec.Login.ID), renewing(newHash())))
	l := e.load(rec.ID).Login
	if l == nil || l.ID != rec.Login.ID || !l.Started.Equal(rec.Login.Started) || !l.Authenticated.Equal(res.At) ||
		l.Idle != 3*time.Hour || !l.Until.Equal(res.At.Add(5*time.Hour)) || len(l.AMR) != 1 || l.AMR[0] != "otp" || l.ACR != "higher" {
		e.Errorf("Login = %+v, want both limits and the proof renewed at %v", l, res.At)
	}
	events := e.wantHistory(rec.ID, "session.started", "login.started", "login.reauthenticated", "credential.rotated")
	e.sameMap("attributes", events[2].Attributes, map[string]string{"amr": "otp", "acr": "higher"})
	e.refused(sessionstore.ErrSuperseded, on(e.create(), reauth("")))
}

func notesAndActor(e *env) {
	rec := e.create(e.login("ann"), visiting())
	e.Advance(time.Minute)
	res := e.apply(on(rec, by("admin"),
		noting(analytics.ActionTaken, map[string]string{"action": "export", "odd {key}": "\x00ü"}),
		noting("report.made", nil)))
	events := e.wantHistory(rec.ID, "session.started", "visit.started", "login.started", "action.taken", "report.made")
	for _, ev := range events[3:] {
		if ev.Actor != "admin" || ev.Login != rec.Login.ID || ev.Visit != rec.Visit.ID || ev.User != "ann" || !ev.Time.Equal(res.At) {
			e.Errorf("I3: the note is %+v, want actor, login, visit, user and time filled in", ev)
		}
	}
	e.sameMap("attributes", events[3].Attributes, map[string]string{"action": "export", "odd {key}": "\x00ü"})
}

func deviceChanges(e *env) {
	rec := e.create()
	d := sessionstore.Device{Agent: "Safari", Address: "198.51.100.0/24"}
	e.apply(on(rec, func(c *sessionstore.Change) { c.Device = &d }))
	e.apply(on(rec, setting("key", "value")))
	if got := e.load(rec.ID).Device; got != d {
		e.Errorf("Device = %+v, want %+v: a change without one leaves it", got, d)
	}
	e.apply(on(rec, func(c *sessionstore.Change) { c.Device = &sessionstore.Device{} }))
	if got := e.load(rec.ID).Device; got != (sessionstore.Device{}) {
		e.Errorf("Device = %+v, want none: it was overwritten", got)
	}
}

func appends(e *env) {
	id := sessionstore.NewID().String()
	at := e.Store.Now()
	e.Advance(time.Minute)
	err := e.any().Append(e.Context(),
		analytics.Event{Type: analytics.LoginFailed, Session: id, User: "ann", Attributes: map[string]string{"why": "password"}},
		analytics.Event{Type: analytics.LoginFailed, ID: "mine", User: "ann"},
		analytics.Event{Type: analytics.LoginFailed},
	)
	if err != nil {
		e.Fatalf("Append = %v, want success", err)
	}
	if err := e.any().Append(e.Context()); err != nil {
		e.Fatalf("Append of nothing = %v, want success", err)
	}
	events := e.events(analytics.Query{Type: analytics.LoginFailed})
	if len(events) != 3 {
		e.Fatalf("%d events appended, want 3", len(events))
	}
	for _, ev := range events {
		if ev.ID == "" || ev.ID == "mine" || !ev.Time.After(at.Add(30*time.Second)) {
			e.Errorf("Append left %+v, want an ID and a time of the store's", ev)
		}
	}
	if got := e.events(analytics.Query{Session: id}); len(got) != 1 || got[0].User != "ann" || got[0].Attributes["why"] != "password" {
		e.Errorf("the event of session %s is %+v, want it as it was appended", id, got)
	}
}

// appendsAfterEnd tells of what a session did before it ended: the event keeps
// its moment, and brings nothing back.
func appendsAfterEnd(e *env) {
	rec := e.create(visiting())
	at := e.Store.Now().Add(1234 * time.Microsecond).In(time.FixedZone("", 3600))
	e.Advance(time.Minute)
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	view := analytics.Event{
		Type: analytics.PageViewed, Time: at, Session: rec.ID.String(), Visit: rec.Visit.ID, User: "ann",
		Attributes: map[string]string{"view": "v.1", "path": "/ü?"},
	}
	if err := e.any().Append(e.Context(), view); err != nil {
		e.Fatalf("Append = %v, want success: it happened before the end", err)
	}
	e.wantEnded(rec.ID)
	events := e.wantHistory(rec.ID, "session.started", "visit.started", "page.viewed", "visit.ended logout", "session.ended logout")
	got := events[2]
	if !got.Time.Equal(at.Truncate(time.Millisecond)) || got.Time.Location() != time.UTC || !got.Detected.IsZero() {
		e.Errorf("Time = %v, Detected = %v, want %v in UTC, to the millisecond", got.Time, got.Detected, at)
	}
	if got.Visit != view.Visit || got.User != "ann" {
		e.Errorf("the event is %+v, want it as it was appended", got)
	}
	e.sameMap("attributes", got.Attributes, view.Attributes)
}

// appendsMany appends as many events as a collector may hold: each is there, and
// those of a session come in order.
func appendsMany(e *env) {
	const sessions = 50
	n := scale(100, 20)
	var events []analytics.Event
	for i := range n {
		for id := range sessions {
			events = append(events, analytics.Event{
				Type: analytics.PageViewed, Session: sessionstore.ID{1, byte(id)}.String(), Attributes: map[string]string{"i": strconv.Itoa(i)},
			})
		}
	}
	if err := e.any().Append(e.Context(), events...); err != nil {
		e.Fatalf("Append of %d events = %v, want success", len(events), err)
	}
	next := map[string]int{}
	for _, en := range e.drain("group", "consumer") {
		if got := en.Event.Attributes["i"]; got != strconv.Itoa(next[en.Event.Session]) {
			e.Fatalf("I3: event %s of a session is delivered in place of %d: they come in order", got, next[en.Event.Session])
		}
		next[en.Event.Session]++
	}
	for id := range sessions {
		if got := next[sessionstore.ID{1, byte(id)}.String()]; got != n {
			e.Errorf("I3: %d events of a session, want %d", got, n)
		}
	}
}
