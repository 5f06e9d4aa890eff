package storetest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func userSwitch() []scenario {
	return []scenario{
		{name: "first_login_keeps_state", run: firstLoginKeeps},
		{name: "same_user_keeps_state", run: sameUserKeeps},
		{name: "other_user_clears_state", run: otherUserClears},
		{name: "other_user_after_logout", run: otherUserAfterLogout},
		{name: "other_user_after_the_limit", run: otherUserAfterLimit},
		{name: "nothing_unseen_is_overwritten", run: clearedIsNoConflict},
	}
}

func (e *env) wantState(id sessionstore.ID, owner string, values map[string]string, cart map[string]int64) {
	e.Helper()
	rec := e.load(id)
	if rec.Owner != owner {
		e.Errorf("Owner = %q, want %q", rec.Owner, owner)
	}
	e.sameMap("Values", rec.Values, values)
	e.sameMap("Cart", rec.Cart, cart)
}

func firstLoginKeeps(e *env) {
	rec := e.create(setting("theme", "dark"), addingLine("apple", 1))
	e.apply(on(rec, e.login("ann")))
	e.wantState(rec.ID, "ann", map[string]string{"theme": "dark"}, map[string]int64{"apple": 1})
}

func sameUserKeeps(e *env) {
	rec := e.create(setting("theme", "dark"), addingLine("apple", 1), e.login("ann"))
	e.apply(on(rec, leaving(analytics.ReasonLogout)))
	e.apply(on(e.load(rec.ID), e.login("ann")))
	e.apply(on(e.load(rec.ID), e.login("ann")))
	e.wantState(rec.ID, "ann", map[string]string{"theme": "dark"}, map[string]int64{"apple": 1})
}

func otherUserClears(e *env) {
	rec := e.create(setting("theme", "dark"), addingLine("apple", 1), e.login("ann"))
	e.apply(on(rec, e.login("bob"), setting("lang", "en"), adding("seen", 1), addingLine("pear", 2)))
	e.wantState(rec.ID, "bob", map[string]string{"lang": "en", "seen": "1"}, map[string]int64{"pear": 2})
	e.wantUser("ann")
	e.wantUser("bob", rec.ID)
	e.apply(on(e.load(rec.ID), e.login("ann")))
	e.wantState(rec.ID, "ann", map[string]string{}, map[string]int64{})
}

func otherUserAfterLogout(e *env) {
	rec := e.create(setting("theme", "dark"), e.login("ann"))
	e.apply(on(rec, leaving(analytics.ReasonLogout)))
	e.refused(sessionstore.ErrEmptyCart, on(e.load(rec.ID), e.login("bob"), checkingOut("1")))
	e.wantState(rec.ID, "ann", map[string]string{"theme": "dark"}, map[string]int64{})
	e.apply(on(e.load(rec.ID), addingLine("apple", 1)))
	e.refused(sessionstore.ErrEmptyCart, on(e.load(rec.ID), e.login("bob"), checkingOut("1"))) // it is ann's cart
	e.apply(on(e.load(rec.ID), e.login("bob")))
	e.wantState(rec.ID, "bob", map[string]string{}, map[string]int64{})
}

func otherUserAfterLimit(e *env) {
	rec := e.create(setting("theme", "dark"), e.login("ann", func(l *sessionstore.LoginStart) { l.Max = time.Minute }))
	e.Advance(time.Hour)
	e.apply(on(rec, e.login("bob")))
	e.wantState(rec.ID, "bob", map[string]string{}, map[string]int64{})
	e.wantHistory(rec.ID, "session.started", "login.started", "login.ended lifetime", "login.started", "credential.rotated")
}

// clearedIsNoConflict changes values in the same step that clears them: what
// their author saw is what was cleared.
func clearedIsNoConflict(e *env) {
	for _, clear := range []part{clearing, e.login("bob")} {
		rec := e.create(setting("theme", "dark"), setting("lang", "en"), e.login("ann"))
		res := e.apply(on(rec, resetting("theme", "dark", "light"), deleting("lang", "en"), clear))
		if len(res.Conflicts) > 0 || len(only(e.history(rec.ID), analytics.StateConflicted)) > 0 {
			e.Errorf("I2: Conflicts = %q, want none: the same change removed the values", res.Conflicts)
		}
		e.sameMap("Values", e.load(rec.ID).Values, map[string]string{"theme": "light"})
		e.apply(over(rec.ID, ending(analytics.ReasonLogout)))
	}
}
