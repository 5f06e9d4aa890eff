package storetest

import (
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func touching() []scenario {
	return []scenario{
		{name: "never_goes_back", run: touchForward},
		{name: "batch", run: touchBatch},
		{name: "begins_the_grace", run: touchUses},
		{name: "fractions_of_a_millisecond", run: touchFractions},
		{name: "keeps_a_login_idle_policy_honest", run: touchSeenByUser},
	}
}

func touchForward(e *env) {
	rec := e.create(setting("theme", "dark"), e.login("ann"))
	e.Advance(time.Hour)
	at := e.Store.Now()
	for _, t := range []time.Time{at, at.Add(-time.Minute), rec.Created.Add(-time.Hour), at.Add(-time.Millisecond)} {
		e.touch(sessionstore.Touch{Session: rec.ID, At: t})
		if got := e.load(rec.ID); !got.Seen.Equal(at) {
			e.Fatalf("Seen = %v after a touch of %v, want %v: an older touch never takes back a newer one", got.Seen, t, at)
		}
	}
	want := lookAt(rec)
	want.Seen = millis(at)
	e.same("the record after touches", lookAt(e.load(rec.ID)), want)
	e.wantHistory(rec.ID, "session.started", "login.started")
	e.Advance(time.Minute)
	res := e.apply(on(rec))
	e.touch(sessionstore.Touch{Session: rec.ID, At: at})
	if got := e.load(rec.ID); !got.Seen.Equal(res.At) {
		e.Errorf("Seen = %v, want %v, when the last change was made", got.Seen, res.At)
	}
}

func touchBatch(e *env) {
	var touches []sessionstore.Touch
	var live []*sessionstore.Record
	for i := range 150 {
		rec := e.create()
		if i%5 == 0 {
			e.apply(on(rec, ending("logout")))
		} else {
			live = append(live, rec)
		}
		touches = append(touches, sessionstore.Touch{Session: rec.ID}, sessionstore.Touch{Session: sessionstore.NewID()})
	}
	e.Advance(time.Hour)
	at := e.Store.Now()
	for i := range touches {
		touches[i].At = at
	}
	e.touch(append(touches, touches...)...)
	for _, rec := range live {
		if got := e.load(rec.ID); !got.Seen.Equal(at) {
			e.Fatalf("Seen = %v after a batch of touches, want %v", got.Seen, at)
		}
	}
	e.touch()
}

func touchUses(e *env) {
	first, second := newHash(), newHash()
	c := creationOf(first)
	e.apply(c)
	rec := e.load(c.Session)
	used := func() time.Time { return e.load(c.Session).Credential.Used }
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now(), Used: first})
	if !used().IsZero() {
		e.Errorf("Used = %v, want none: there is no grace to begin before the first rotation", used())
	}
	e.apply(on(rec, rotating(first, second, "sealed")))
	e.Advance(time.Minute)
	e.touch(
		sessionstore.Touch{Session: rec.ID, At: e.Store.Now(), Used: first},
		sessionstore.Touch{Session: rec.ID, At: e.Store.Now(), Used: newHash()},
		sessionstore.Touch{Session: rec.ID, At: e.Store.Now()},
	)
	if !used().IsZero() {
		e.Errorf("I5: Used = %v, want none: the secret in force was not presented yet", used())
	}
	at := e.Store.Now()
	e.touch(sessionstore.Touch{Session: rec.ID, At: at, Used: second})
	e.Advance(time.Minute)
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now(), Used: second})
	if !used().Equal(at) {
		e.Errorf("I5: Used = %v, want %v, when the secret in force was first presented", used(), at)
	}
}

func touchFractions(e *env) {
	rec := e.create(limited(tenMinutes, 0))
	e.touch(sessionstore.Touch{Session: rec.ID, At: rec.Seen.Add(time.Minute + 345*time.Microsecond)})
	e.sweep(0)
	e.Advance(tenMinutes + 30*time.Second)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started")
	e.Advance(time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "session.ended idle")
}

func touchSeenByUser(e *env) {
	rec := e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.Advance(9 * time.Minute)
	e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now()})
	e.Advance(9 * time.Minute)
	e.wantUser("ann", rec.ID)
	e.refused(sessionstore.ErrTooManyLogins, creationOf(newHash(), e.login("ann", atMost(1, sessionstore.DenyNew))))
	e.Advance(2 * time.Minute)
	e.wantUser("ann")
	other := e.create(e.login("ann", atMost(1, sessionstore.DenyNew)))
	e.wantUser("ann", other.ID)
}
