package storetest

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func cart() []scenario {
	return []scenario{
		{name: "add_set_clear", run: fillsCart},
		{name: "several_changes_of_one_line", run: changesLineTwice},
		{name: "events", run: cartEvents},
		{name: "events_of_a_clearing", run: clearingEvents},
		{name: "checkout", run: checksOut},
		{name: "checkout_of_what_the_change_adds", run: checksOutAdded},
		{name: "checkout_of_nothing", run: checksOutNothing},
		{name: "checkout_claimed_once", run: checksOutOnce},
		{name: "many_lines", run: manyLines},
	}
}

func (e *env) wantCart(id sessionstore.ID, want map[string]int64) {
	e.Helper()
	e.sameMap("Cart", e.load(id).Cart, want)
	e.sameMap("Cart", e.load(id).Cart, want)
}

func fillsCart(e *env) {
	rec := e.create()
	for _, step := range []struct {
		part part
		want map[string]int64
	}{
		{addingLine("apple", 2), map[string]int64{"apple": 2}},
		{addingLine("apple", 3), map[string]int64{"apple": 5}},
		{addingLine("pear", 1), map[string]int64{"apple": 5, "pear": 1}},
		{line(sessionstore.SetLine, "apple", 7), map[string]int64{"apple": 7, "pear": 1}},
		{addingLine("apple", -3), map[string]int64{"apple": 4, "pear": 1}},
		{addingLine("apple", -4), map[string]int64{"pear": 1}},
		{addingLine("plum", -1), map[string]int64{"pear": 1}},
		{line(sessionstore.SetLine, "pear", -5), map[string]int64{}},
		{line(sessionstore.SetLine, "fig", 0), map[string]int64{}},
		{line(sessionstore.SetLine, "fig", 3), map[string]int64{"fig": 3}},
		{line(sessionstore.ClearCart, "", 0), map[string]int64{}},
		{line(sessionstore.ClearCart, "", 0), map[string]int64{}},
	} {
		e.apply(on(rec, step.part))
		e.wantCart(rec.ID, step.want)
	}
	e.sameMap("Values, which are none of the cart's business", e.load(rec.ID).Values, map[string]string{})
}

func changesLineTwice(e *env) {
	rec := e.create(addingLine("apple", 1), addingLine("fig", 9))
	e.apply(on(rec, addingLine("apple", 2), addingLine("apple", 3), line(sessionstore.SetLine, "pear", 5), addingLine("pear", -1)))
	e.wantCart(rec.ID, map[string]int64{"apple": 6, "pear": 4, "fig": 9})
	e.apply(on(rec, addingLine("apple", 1), line(sessionstore.ClearCart, "", 0), addingLine("pear", 2), addingLine("plum", 1), addingLine("plum", -1)))
	e.wantCart(rec.ID, map[string]int64{"pear": 2})
	e.apply(on(rec, addingLine("pear", -5), addingLine("pear", 1)))
	e.wantCart(rec.ID, map[string]int64{"pear": 1})
}

func cartEvents(e *env) {
	rec := e.create(e.login("ann"), visiting())
	e.apply(on(rec, addingLine("apple", 2), addingLine("apple", 1), line(sessionstore.SetLine, "fig", -1), line(sessionstore.ClearCart, "", 0)))
	events := only(e.history(rec.ID), analytics.CartChanged)
	want := []map[string]string{
		{"sku": "apple", "quantity": "2"}, {"sku": "apple", "quantity": "3"}, {"sku": "fig", "quantity": "0"}, {"quantity": "0"},
	}
	if len(events) != len(want) {
		e.Fatalf("I3: %d × cart.changed, want %d", len(events), len(want))
	}
	for i, ev := range events {
		e.sameMap("attributes", ev.Attributes, want[i])
		if ev.Login != rec.Login.ID || ev.Visit != rec.Visit.ID || ev.User != "ann" {
			e.Errorf("I3: %+v names another login, visit or user than are under way", ev)
		}
	}
}

// clearingEvents is about carts that are emptied along with the values: whoever
// follows carts through events learns of it, once and only if there was something
// in it.
func clearingEvents(e *env) {
	for _, p := range []func() part{
		func() part { return clearing },
		func() part { return e.login("bob") },
	} {
		rec := e.create(e.login("ann"), addingLine("apple", 2), addingLine("pear", 1))
		e.apply(on(rec, p(), addingLine("fig", 3)))
		events := only(e.history(rec.ID), analytics.CartChanged)
		if len(events) != 4 {
			e.Fatalf("I3: %d × cart.changed, want 4: two lines, the clearing and another line", len(events))
		}
		e.sameMap("attributes", events[2].Attributes, map[string]string{"quantity": "0"})
		if events[2].User != "ann" {
			e.Errorf("I3: %+v names another user than was logged in with the cart", events[2])
		}
		e.sameMap("attributes", events[3].Attributes, map[string]string{"sku": "fig", "quantity": "3"})

		empty := e.create(e.login("ann"), setting("theme", "dark"))
		e.apply(on(empty, p()))
		if n := len(only(e.history(empty.ID), analytics.CartChanged)); n != 0 {
			e.Errorf("I3: %d × cart.changed of a cart that was empty before", n)
		}
	}
}

func checksOut(e *env) {
	rec := e.create(addingLine("apple", 2), addingLine("pear", 3), setting("theme", "dark"))
	res := e.apply(on(rec, checkingOut("order 1")))
	e.sameMap("I2: Lines", res.Lines, map[string]int64{"apple": 2, "pear": 3})
	e.wantCart(rec.ID, map[string]int64{})
	e.wantValues(rec.ID, map[string]string{"theme": "dark"})
	events := only(e.history(rec.ID), analytics.CheckoutCompleted)
	if len(events) != 1 {
		e.Fatalf("I3: %d × checkout.completed, want 1", len(events))
	}
	e.sameMap("attributes", events[0].Attributes, map[string]string{"order": "order 1", "lines": "2", "items": "5"})
	e.refused(sessionstore.ErrEmptyCart, on(rec, checkingOut("order 1")))
	e.apply(on(rec, addingLine("fig", 1)))
	e.wantCart(rec.ID, map[string]int64{"fig": 1})
}

func checksOutAdded(e *env) {
	rec := e.create(addingLine("apple", 2), addingLine("pear", 3))
	res := e.apply(on(rec, addingLine("apple", -2), addingLine("fig", 4), addingLine("pear", 1), checkingOut("1")))
	e.sameMap("I2: Lines", res.Lines, map[string]int64{"fig": 4, "pear": 4})
	e.wantCart(rec.ID, map[string]int64{})
	res = e.apply(on(rec, addingLine("plum", 1), checkingOut("2")))
	e.sameMap("I2: Lines", res.Lines, map[string]int64{"plum": 1})
	e.wantCart(rec.ID, map[string]int64{})
}

func checksOutNothing(e *env) {
	rec := e.create(addingLine("apple", 2))
	e.refused(sessionstore.ErrEmptyCart, on(rec, addingLine("apple", -2), checkingOut("1")))
	e.refused(sessionstore.ErrEmptyCart, on(rec, clearing, checkingOut("1")))
	e.refused(sessionstore.ErrEmptyCart, on(e.create(), checkingOut("1")))
}

func checksOutOnce(e *env) {
	for round := range scale(10, 3) {
		want := map[string]int64{"apple": 2, "pear": int64(round + 1)}
		rec := e.create(addingLine("apple", 2), addingLine("pear", int64(round+1)))
		var won counter
		e.together(20, func(i int, s sessionstore.Store) {
			res, err := s.Apply(e.Context(), on(rec, checkingOut(strconv.Itoa(i))))
			switch {
			case err == nil:
				won.add(1)
				if !maps.Equal(res.Lines, want) {
					e.Errorf("I2: Lines = %v, want the whole cart, %v", res.Lines, want)
				}
			case !isOneOf(err, sessionstore.ErrEmptyCart):
				e.Errorf("I2: a checkout among many = %v, want success or ErrEmptyCart", err)
			}
		})
		if won.get() != 1 {
			e.Fatalf("I2: %d of 20 checkouts at once got the cart, want 1", won.get())
		}
		if n := len(only(e.history(rec.ID), analytics.CheckoutCompleted)); n != 1 {
			e.Fatalf("I3: %d × checkout.completed, want 1", n)
		}
	}
}

func manyLines(e *env) {
	rec := e.create(setting("theme", "dark"))
	want := map[string]int64{}
	var parts []part
	for i := range 500 {
		sku := fmt.Sprint("sku ", i)
		want[sku] = int64(i + 1)
		parts = append(parts, addingLine(sku, int64(i+1)))
	}
	e.apply(on(rec, parts...))
	e.wantCart(rec.ID, want)
	res := e.apply(on(rec, checkingOut("1")))
	e.sameMap("I2: Lines", res.Lines, want)
	e.wantCart(rec.ID, map[string]int64{})
	e.wantValues(rec.ID, map[string]string{"theme": "dark"})
}
