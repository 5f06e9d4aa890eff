package storetest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func values() []scenario {
	return []scenario{
		{name: "set_and_delete", run: setsAndDeletes},
		{name: "different_keys", run: differentKeys},
		{name: "conflict", run: conflicts},
		{name: "add", run: addsValues},
		{name: "add_at_the_ends_of_int64", run: addsHuge},
		{name: "add_to_no_number", run: addsToText},
		{name: "swap", run: swaps},
		{name: "swap_of_nothing", run: swapsNothing},
		{name: "swap_by_many_at_once", run: swapsAtOnce},
		{name: "clear", run: clears},
		{name: "many_keys", run: manyKeys},
	}
}

// wantValues compares the values of a session, on both handles.
func (e *env) wantValues(id sessionstore.ID, want map[string]string) {
	e.Helper()
	e.sameMap("Values", e.load(id).Values, want)
	e.sameMap("Values", e.load(id).Values, want)
}

func setsAndDeletes(e *env) {
	rec := e.create()
	res := e.apply(on(rec, setting("a", "1"), setting("b", ""), setting("c", "3")))
	e.wantValues(rec.ID, map[string]string{"a": "1", "b": "", "c": "3"})
	e.apply(on(rec, resetting("a", "1", "one"), deleting("b", ""), value(sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "never"})))
	e.wantValues(rec.ID, map[string]string{"a": "one", "c": "3"})
	e.apply(on(rec, deleting("a", "one"), deleting("c", "3")))
	e.wantValues(rec.ID, map[string]string{})
	if len(res.Conflicts) > 0 {
		e.Errorf("I2: Conflicts = %q for new keys, want none", res.Conflicts)
	}
	e.wantHistory(rec.ID, "session.started")
	if seen := e.load(rec.ID).Seen; seen.Before(res.At) {
		e.Errorf("Seen = %v, want no earlier than %v: a change is activity", seen, res.At)
	}
}

func differentKeys(e *env) {
	rec := e.create(setting("old", "0"))
	for i := range 10 { // all made from the same record, as by requests side by side
		e.apply(on(rec, setting(fmt.Sprint("key ", i), "value")))
	}
	if got := e.load(rec.ID).Values; len(got) != 11 || got["old"] != "0" {
		e.Errorf("I2: Values = %v, want all eleven: writes to different keys all survive", got)
	}
	e.wantHistory(rec.ID, "session.started")
}

func conflicts(e *env) {
	cases := []struct {
		name     string
		before   []part // makes the value that is there
		change   sessionstore.ValueChange
		conflict bool
	}{
		{"set, loaded before", []part{setting("k", "mine")}, sessionstore.ValueChange{Key: "k", Value: "next", Base: "mine", HasBase: true}, false},
		{"set over another value", []part{setting("k", "theirs")}, sessionstore.ValueChange{Key: "k", Value: "next", Base: "mine", HasBase: true}, true},
		{"set over a new value", []part{setting("k", "theirs")}, sessionstore.ValueChange{Key: "k", Value: "next"}, true},
		{"set over a new empty value", []part{setting("k", "")}, sessionstore.ValueChange{Key: "k", Value: "next"}, true},
		{"set over a deletion", nil, sessionstore.ValueChange{Key: "k", Value: "next", Base: "mine", HasBase: true}, true},
		{"set to the same", []part{setting("k", "next")}, sessionstore.ValueChange{Key: "k", Value: "next", Base: "mine", HasBase: true}, false},
		{"set of a new key", nil, sessionstore.ValueChange{Key: "k", Value: "next"}, false},
		{"delete, loaded before", []part{setting("k", "mine")}, sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "k", Base: "mine", HasBase: true}, false},
		{"delete of another value", []part{setting("k", "theirs")}, sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "k", Base: "mine", HasBase: true}, true},
		{"delete of a new value", []part{setting("k", "theirs")}, sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "k"}, true},
		{"delete of what is gone", nil, sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "k", Base: "mine", HasBase: true}, false},
	}
	for _, c := range cases {
		rec := e.create(c.before...)
		res := e.apply(on(rec, value(c.change), setting("other", "1")))
		got, exists := e.load(rec.ID).Values["k"]
		if c.change.Op == sessionstore.SetValue && got != "next" || c.change.Op == sessionstore.DeleteValue && exists {
			e.Errorf("I2: %s: the value is %q (%v), want the last write to win", c.name, got, exists)
		}
		reported := only(e.history(rec.ID), analytics.StateConflicted)
		if !c.conflict {
			if len(res.Conflicts) > 0 || len(reported) > 0 {
				e.Errorf("I2: %s: Conflicts = %q and %d events, want none: nothing unseen was overwritten", c.name, res.Conflicts, len(reported))
			}
			continue
		}
		if len(res.Conflicts) != 1 || res.Conflicts[0] != "k" || len(reported) != 1 || reported[0].Attributes["key"] != "k" {
			e.Errorf("I2: %s: Conflicts = %q, events %+v, want key k in both: an unseen value was overwritten", c.name, res.Conflicts, reported)
		}
	}
}

func addsValues(e *env) {
	rec := e.create()
	for i, step := range []struct{ delta, want int64 }{
		{5, 5}, {-7, -2}, {0, -2}, {2, 0}, {1 << 53, 1 << 53}, {1, 1<<53 + 1}, {-1 << 54, -1<<53 + 1},
	} {
		res := e.apply(on(rec, adding("n", step.delta), adding("m", int64(i))))
		if res.Added["n"] != step.want || len(res.Added) != 2 {
			e.Errorf("I2: Added = %v after adding %d, want n = %d, and m", res.Added, step.delta, step.want)
		}
		if got := e.load(rec.ID).Values["n"]; got != strconv.FormatInt(step.want, 10) {
			e.Errorf("I2: n = %q, want %d", got, step.want)
		}
	}
	e.apply(on(rec, value(sessionstore.ValueChange{Op: sessionstore.SetValue, Key: "n", Value: "-40", Base: "", HasBase: true})))
	if res := e.apply(on(rec, adding("n", 82))); res.Added["n"] != 42 {
		e.Errorf("I2: Added = %v, want 42: -40 was set before", res.Added)
	}
	if res := e.apply(on(rec, adding("zero", 0))); res.Added["zero"] != 0 || e.load(rec.ID).Values["zero"] != "0" {
		e.Errorf("I2: Added = %v, want the value 0", res.Added)
	}
}

func addsHuge(e *env) {
	for _, c := range []struct {
		from, delta int64
		ok          bool
	}{
		{math.MaxInt64 - 1, 1, true},
		{math.MaxInt64, 1, false},
		{math.MinInt64 + 1, -1, true},
		{math.MinInt64, -1, false},
		{math.MaxInt64, math.MinInt64, true},
		{math.MaxInt64, math.MaxInt64, false},
		{math.MinInt64, math.MinInt64, false},
		{-10_000_000_000, 1, true},
		{9_999_999_999, 1, true},
		{1, -10_000_000_001, true},
		{0, math.MinInt64, true},
	} {
		rec := e.create(adding("n", c.from))
		change := on(rec, adding("n", c.delta))
		if !c.ok {
			e.refused(sessionstore.ErrInvalid, change)
			continue
		}
		if res := e.apply(change); res.Added["n"] != c.from+c.delta {
			e.Errorf("I2: %d + %d = %v, want %d", c.from, c.delta, res.Added, c.from+c.delta)
		}
		e.wantValues(rec.ID, map[string]string{"n": strconv.FormatInt(c.from+c.delta, 10)})
	}
}

func addsToText(e *env) {
	for _, text := range []string{"", "abc", "1.5", "1e3", " 1", "1 ", "0x10", "--1", "99999999999999999999"} {
		rec := e.create(setting("n", text))
		e.refused(sessionstore.ErrInvalid, on(rec, adding("n", 1)))
	}
}

func swaps(e *env) {
	rec := e.create(setting("k", "one"))
	res := e.apply(on(rec, swapping("k", "one", "two")))
	if len(res.Conflicts) > 0 {
		e.Errorf("I2: Conflicts = %q, want none: a swap that is made has seen what it overwrote", res.Conflicts)
	}
	c := on(rec, swapping("k", "one", "three"))
	_, err := e.any().Apply(e.Context(), c)
	found, ok := errors.AsType[*sessionstore.ConflictError](err)
	if !ok || found.Key != "k" || !found.Exists || found.Current != "two" {
		e.Errorf("I2: a swap with an old base = %#v, want a ConflictError with the value two", err)
	}
	e.refused(sessionstore.ErrConflict, c)
	e.wantValues(rec.ID, map[string]string{"k": "two"})
	e.wantHistory(rec.ID, "session.started")
}

func swapsNothing(e *env) {
	rec := e.create()
	fresh := value(sessionstore.ValueChange{Op: sessionstore.SwapValue, Key: "k", Value: "one"})
	e.apply(on(rec, fresh))
	e.refused(sessionstore.ErrConflict, on(rec, fresh))
	e.apply(on(rec, deleting("k", "one")))
	c := on(rec, swapping("k", "one", "two"))
	_, err := e.any().Apply(e.Context(), c)
	if found, ok := errors.AsType[*sessionstore.ConflictError](err); !ok || found.Exists {
		e.Errorf("I2: a swap of a deleted value = %#v, want a ConflictError of no value", err)
	}
	e.refused(sessionstore.ErrConflict, c)
	e.apply(on(rec, setting("k", "")))
	e.refused(sessionstore.ErrConflict, on(rec, fresh)) // an empty value is one
	e.apply(on(rec, swapping("k", "", "two")))
	e.wantValues(rec.ID, map[string]string{"k": "two"})
}

// swapsAtOnce increments by compare-and-set from many goroutines.
func swapsAtOnce(e *env) {
	rec := e.create(setting("n", "0"))
	const workers = 8
	each := scale(15, 5)
	e.together(workers, func(_ int, s sessionstore.Store) {
		for range each {
			for old := "0"; ; {
				n, _ := strconv.Atoi(old) // only numbers are ever written
				_, err := s.Apply(e.Context(), on(rec, swapping("n", old, strconv.Itoa(n+1))))
				if err == nil {
					break
				}
				found, ok := errors.AsType[*sessionstore.ConflictError](err)
				if !ok {
					e.Errorf("I2: a swap among many = %v, want success or a ConflictError", err)
					return
				}
				old = found.Current
			}
		}
	})
	e.wantValues(rec.ID, map[string]string{"n": strconv.Itoa(workers * each)})
}

func clears(e *env) {
	rec := e.create(setting("a", "1"), setting("b", "2"), addingLine("apple", 1))
	e.apply(on(rec, clearing, setting("c", "3"), addingLine("pear", 2)))
	got := e.load(rec.ID)
	e.sameMap("Values after Clear", got.Values, map[string]string{"c": "3"})
	e.sameMap("Cart after Clear", got.Cart, map[string]int64{"pear": 2})
	e.apply(on(rec, clearing))
	got = e.load(rec.ID)
	e.sameMap("Values after Clear", got.Values, map[string]string{})
	e.sameMap("Cart after Clear", got.Cart, map[string]int64{})
	e.apply(on(rec, clearing)) // nothing
	e.wantHistory(rec.ID, "session.started", "cart.changed", "cart.changed", "cart.changed", "cart.changed")
}

func manyKeys(e *env) {
	const n = 2500 // more than a careless implementation passes to one command
	rec := e.create()
	want := map[string]string{}
	var parts, gone []part
	for i := range n {
		key := fmt.Sprint("key ", i)
		want[key] = strings.Repeat("v", i%50)
		parts = append(parts, setting(key, want[key]))
		gone = append(gone, deleting(key, want[key]))
	}
	if res := e.apply(on(rec, parts...)); len(res.Conflicts) > 0 {
		e.Errorf("I2: %d conflicts, want none", len(res.Conflicts))
	}
	e.wantValues(rec.ID, want)
	e.apply(on(rec, gone[:n-1]...))
	key := fmt.Sprint("key ", n-1)
	e.wantValues(rec.ID, map[string]string{key: want[key]})
	e.apply(on(rec, clearing))
	e.wantValues(rec.ID, map[string]string{})
}
