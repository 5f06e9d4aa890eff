package storetest

import (
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func clients() []scenario {
	return []scenario{
		{name: "kept_for_good", run: keepsClient},
		{name: "one_that_cannot_be", run: refusesClient},
	}
}

// held makes a session one whose client holds tokens.
func held(by sessionstore.Client) part {
	return func(c *sessionstore.Change) { c.Create.Client = by }
}

func keepsClient(e *env) {
	key := newHash().String()
	for _, client := range []sessionstore.Client{
		{ID: "app"},
		{ID: "app", Key: key},
		{Key: key},
		{ID: "-", Key: strings.Repeat("A", 43)},
		{ID: `https://app.example/oauth?a=b&c={0}:"'\~!`, Key: key},
		{ID: strings.Repeat("x", 128), Key: key},
		{},
	} {
		c := creationOf(newHash(), held(client))
		e.apply(c)
		rec := e.load(c.Session)
		want := lookAt(rec)
		if rec.Client != client {
			e.Errorf("Client = %+v, want %+v", rec.Client, client)
		}
		e.apply(on(rec, e.login("ann"), visiting(), setting("theme", "dark")))
		e.apply(over(c.Session, clearing, leaving(analytics.ReasonLogout), renewing(newHash())))
		rec = e.load(c.Session)
		e.apply(on(rec, e.login("ann"), rotating(rec.Credential.Current, newHash(), "sealed")))
		e.touch(sessionstore.Touch{Session: c.Session, At: e.Store.Now()})
		e.sweep(0)
		if got := e.load(c.Session).Client; got != want.Client {
			e.Errorf("Client = %+v after changes, want %+v for good", got, want.Client)
		}
		recs, err := e.any().UserSessions(e.Context(), "ann")
		if err != nil || len(recs) != 1 || recs[0].Client != client {
			e.Errorf("UserSessions = %+v, %v, want the one of %+v", recs, err, client)
		}
		recs, err = e.any().Sessions(e.Context(), 10)
		if err != nil || len(recs) != 1 || recs[0].Client != client {
			e.Errorf("Sessions = %+v, %v, want the one of %+v", recs, err, client)
		}
		e.apply(over(c.Session, ending(analytics.ReasonLogout)))
	}
}

func refusesClient(e *env) {
	key := newHash().String()
	for _, client := range []sessionstore.Client{
		{ID: strings.Repeat("x", 129)},
		{ID: "my app", Key: key},
		{ID: "app\n"},
		{ID: "äpp"},
		{ID: " ", Key: key},
		{ID: "app", Key: key[:42]},
		{ID: "app", Key: key + "A"},
		{ID: "app", Key: key[:42] + "="},
		{ID: "app", Key: "+" + key[1:]},
		{ID: "app", Key: key[:41] + "\n" + key[42:]},
		{ID: "app", Key: strings.Repeat("A", 42) + "B"}, // says in its last bits what a hash cannot
		{ID: "app", Key: strings.Repeat("A", 86)},
	} {
		c := creationOf(newHash(), held(client), visiting())
		e.refused(sessionstore.ErrInvalid, c)
		e.wantEnded(c.Session)
		held(sessionstore.Client{ID: "app"})(&c)
		e.apply(c) // the ID was not used
	}
}
