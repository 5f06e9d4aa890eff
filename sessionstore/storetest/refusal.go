package storetest

import (
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// refusals makes changes that hold all that a change can, and one thing more
// with which it cannot be made.
func refusals() []scenario {
	wrong := func(name string, want error, bad func(e *env, rec *sessionstore.Record) part) scenario {
		return scenario{name: name, run: func(e *env) { refusesWhole(e, want, bad) }}
	}
	always := func(p part) func(*env, *sessionstore.Record) part {
		return func(*env, *sessionstore.Record) part { return p }
	}
	return []scenario{
		wrong("stale_epoch", sessionstore.ErrSuperseded, always(func(c *sessionstore.Change) { c.Epoch-- })),
		wrong("future_epoch", sessionstore.ErrSuperseded, always(func(c *sessionstore.Change) { c.Epoch++ })),
		wrong("conflict", sessionstore.ErrConflict, always(swapping("old", "not this", "new"))),
		wrong("conflict_with_nothing", sessionstore.ErrConflict, always(value(
			sessionstore.ValueChange{Op: sessionstore.SwapValue, Key: "old", Value: "new"}))),
		wrong("not_a_number", sessionstore.ErrInvalid, always(adding("old", 1))),
		wrong("overflow", sessionstore.ErrInvalid, always(adding("huge", 2))),
		wrong("value_too_large", sessionstore.ErrTooLarge, always(setting("big", strings.Repeat("x", 65<<10)))),
		wrong("line_too_large", sessionstore.ErrTooLarge, always(addingLine("plum", 999_999))),
		wrong("quantity_too_large", sessionstore.ErrTooLarge, always(addingLine("plum", 1_000_001))),
		wrong("empty_cart", sessionstore.ErrEmptyCart, always(func(c *sessionstore.Change) {
			line(sessionstore.ClearCart, "", 0)(c)
			checkingOut("2")(c)
		})),
		wrong("other_login", sessionstore.ErrSuperseded, always(func(c *sessionstore.Change) {
			c.EndLogin, c.Reauth = nil, &sessionstore.Reauth{Login: sessionstore.NewSpanID()}
		})),
		wrong("login_that_ends_is_proven", sessionstore.ErrInvalid, func(_ *env, rec *sessionstore.Record) part {
			return func(c *sessionstore.Change) { c.Reauth = &sessionstore.Reauth{Login: rec.Login.ID} }
		}),
		wrong("login_refused", sessionstore.ErrLoginRefused, func(e *env, rec *sessionstore.Record) part {
			login := e.login("ann")
			e.apply(over(rec.ID, leavingOnly(on(rec, login).Login.ID, analytics.ReasonEvicted)))
			return login
		}),
		wrong("too_many_logins", sessionstore.ErrTooManyLogins, func(e *env, _ *sessionstore.Record) part {
			e.create(e.login("bob"))
			return e.login("bob", atMost(1, sessionstore.DenyNew))
		}),
		wrong("login_without_new_secret", sessionstore.ErrInvalid, func(e *env, _ *sessionstore.Record) part {
			return func(c *sessionstore.Change) {
				e.login("ann")(c)
				c.Renew = nil
			}
		}),
		wrong("login_of_nobody", sessionstore.ErrInvalid, func(e *env, _ *sessionstore.Record) part { return e.login("") }),
		wrong("login_of_a_long_name", sessionstore.ErrInvalid, func(e *env, _ *sessionstore.Record) part {
			return e.login(strings.Repeat("a", 257))
		}),
		wrong("login_without_ID", sessionstore.ErrInvalid, func(e *env, _ *sessionstore.Record) part {
			return e.login("ann", func(l *sessionstore.LoginStart) { l.ID = "" })
		}),
		wrong("visit_without_ID", sessionstore.ErrInvalid, always(func(c *sessionstore.Change) { c.Visit = &sessionstore.VisitStart{} })),
		wrong("key_twice", sessionstore.ErrInvalid, always(setting("new", "again"))),
		wrong("key_empty", sessionstore.ErrInvalid, always(setting("", "value"))),
		wrong("key_too_long", sessionstore.ErrInvalid, always(setting(strings.Repeat("k", 257), "value"))),
		wrong("SKU_empty", sessionstore.ErrInvalid, always(addingLine("", 1))),
		wrong("SKU_too_long", sessionstore.ErrInvalid, always(addingLine(strings.Repeat("s", 129), 1))),
		wrong("login_ID_with_a_space", sessionstore.ErrInvalid, func(e *env, _ *sessionstore.Record) part {
			return e.login("ann", func(l *sessionstore.LoginStart) { l.ID = "a b" })
		}),
		wrong("visit_ID_too_long", sessionstore.ErrInvalid, always(func(c *sessionstore.Change) {
			c.Visit = &sessionstore.VisitStart{ID: strings.Repeat("v", 65)}
		})),
		wrong("unknown_reason", sessionstore.ErrInvalid, always(leaving("bored"))),
		wrong("unknown_reason_of_session", sessionstore.ErrInvalid, always(ending("bored"))),
	}
}

func refusesWhole(e *env, want error, bad func(*env, *sessionstore.Record) part) {
	rec := e.create(e.login("ann"), setting("old", "one"), setting("huge", "9223372036854775806"), addingLine("plum", 2))
	e.apply(over(rec.ID, renewing(newHash())))
	rec = e.load(rec.ID)
	p := bad(e, rec)
	rec = e.load(rec.ID)
	e.refused(want, on(rec,
		leaving(analytics.ReasonLogout), visiting(), rotating(rec.Credential.Current, newHash(), "sealed"), renewing(newHash()),
		setting("new", "two"), resetting("unseen", "base", "three"), adding("count", 1), deleting("gone", "base"),
		addingLine("plum", 1), addingLine("pear", 1), noting(analytics.ActionTaken, nil), by("ann"),
		func(c *sessionstore.Change) { c.Device = &sessionstore.Device{Agent: "agent"} },
		p,
	))
	e.wantUser("ann", rec.ID)
}
