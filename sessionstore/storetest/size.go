package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// small are limits that are quick to reach.
var small = Options{Limits: sessionstore.Limits{ValueBytes: 100, TotalBytes: 300, CartLines: 5, Quantity: 10}}

func sizes() []scenario {
	return []scenario{
		{name: "value", opts: small, run: sizeOfValue},
		{name: "total", opts: small, run: sizeOfTotal},
		{name: "total_follows_every_change", opts: small, run: sizeFollows},
		{name: "total_with_counters", opts: small, run: sizeOfCounters},
		{name: "total_at_once", opts: small, run: sizeAtOnce},
		{name: "cart_lines", opts: small, run: sizeOfCart},
		{name: "cart_lines_at_once", opts: small, run: sizeOfCartAtOnce},
		{name: "quantity", opts: small, run: sizeOfLine},
		{name: "quantity_at_once", opts: small, run: sizeOfLineAtOnce},
		{name: "defaults", run: sizesByDefault},
		{name: "device", run: sizeOfDevice},
		{name: "proof", run: sizeOfProof},
		{name: "attributes", run: sizeOfAttributes},
	}
}

func sizeOfValue(e *env) {
	rec := e.create()
	e.apply(on(rec, setting("k", strings.Repeat("x", 100))))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("l", strings.Repeat("x", 101))))
}

// fill sets three values that with their keys take exactly 300 bytes.
func fill(e *env) *sessionstore.Record {
	return e.create(setting("aaaaa", strings.Repeat("x", 95)), setting("bbbbb", strings.Repeat("x", 95)), setting("ccccc", strings.Repeat("x", 95)))
}

func sizeOfTotal(e *env) {
	rec := fill(e)
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("d", "")))
	e.refused(sessionstore.ErrTooLarge, on(rec, resetting("aaaaa", "", strings.Repeat("y", 96))))
	e.apply(on(rec, resetting("aaaaa", "", strings.Repeat("y", 95))))
	e.apply(on(rec, resetting("aaaaa", "", strings.Repeat("y", 94)), setting("d", "")))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("e", "")))
	over := creationOf(newHash())
	for _, key := range []string{"aaaaa", "bbbbb", "ccccc"} {
		setting(key, strings.Repeat("x", 95))(&over)
	}
	setting("d", "")(&over)
	e.refused(sessionstore.ErrTooLarge, over)
}

func sizeFollows(e *env) {
	rec := fill(e)
	full := strings.Repeat("x", 94)
	e.apply(on(rec, deleting("bbbbb", ""), setting("B", full), value(sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: "none"})))
	e.apply(on(rec, setting("1234", ""))) // 4 bytes of 5 that were left
	e.apply(on(rec, deleting("1234", "")))
	e.apply(on(rec, setting("12345", "")))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("6", "")))
	e.apply(on(rec, swapping("B", full, "")))
	e.apply(on(rec, setting("C", full[:93])))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("6", "")))
	e.apply(on(rec, clearing, setting("aaaaa", strings.Repeat("x", 95)), setting("bbbbb", strings.Repeat("x", 95))))
	e.apply(on(rec, setting("ccccc", strings.Repeat("x", 95))))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("6", "")))
	e.apply(on(rec, deleting("aaaaa", ""), deleting("bbbbb", ""), deleting("ccccc", "")))
	e.wantValues(rec.ID, map[string]string{})
	e.apply(on(rec, setting("aaaaa", strings.Repeat("x", 95)), setting("bbbbb", strings.Repeat("x", 95)), setting("ccccc", strings.Repeat("x", 95))))
}

// sizeOfCounters makes counters until there is no room: they take space like
// any value.
func sizeOfCounters(e *env) {
	rec := e.create()
	for i := range 10 {
		e.apply(on(rec, adding(fmt.Sprintf("%028d", i), 10))) // 30 bytes each
	}
	e.refused(sessionstore.ErrTooLarge, on(rec, adding("more", 1)))
	e.apply(on(rec, adding(fmt.Sprintf("%028d", 0), 1))) // still two digits
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("k", "")))
	e.apply(on(rec, deleting(fmt.Sprintf("%028d", 1), "")))
	e.apply(on(rec, adding("1234", 1)))
}

func sizeAtOnce(e *env) {
	for range scale(5, 2) {
		rec := e.create()
		var made counter
		e.together(20, func(i int, s sessionstore.Store) {
			_, err := s.Apply(e.Context(), on(rec, setting(fmt.Sprintf("%02d", i), strings.Repeat("x", 28))))
			switch {
			case err == nil:
				made.add(1)
			case !errors.Is(err, sessionstore.ErrTooLarge):
				e.Errorf("I8: a save among many = %v, want success or ErrTooLarge", err)
			}
		})
		if got := len(e.load(rec.ID).Values); made.get() != 10 || got != 10 {
			e.Errorf("I8: %d saves of 30 bytes succeeded and %d are there, want 10: the limit is 300", made.get(), got)
		}
	}
}

func sizeOfCart(e *env) {
	rec := e.create()
	for i := range 5 {
		e.apply(on(rec, addingLine(fmt.Sprint(i), 1)))
	}
	e.refused(sessionstore.ErrTooLarge, on(rec, addingLine("5", 1)))
	e.refused(sessionstore.ErrTooLarge, on(rec, line(sessionstore.SetLine, "5", 1)))
	e.apply(on(rec, addingLine("4", 1)))
	e.apply(on(rec, addingLine("5", 1), addingLine("4", -2)))
	e.apply(on(rec, line(sessionstore.SetLine, "6", 0)))
	e.apply(on(rec, line(sessionstore.ClearCart, "", 0), addingLine("a", 1), addingLine("b", 1)))
	e.wantCart(rec.ID, map[string]int64{"a": 1, "b": 1})
}

func sizeOfCartAtOnce(e *env) {
	for range scale(5, 2) {
		rec := e.create()
		var made counter
		e.together(12, func(i int, s sessionstore.Store) {
			if _, err := s.Apply(e.Context(), on(rec, addingLine(fmt.Sprint(i), 1))); err == nil {
				made.add(1)
			} else if !errors.Is(err, sessionstore.ErrTooLarge) {
				e.Errorf("I8: an added line among many = %v, want success or ErrTooLarge", err)
			}
		})
		if got := len(e.load(rec.ID).Cart); made.get() != 5 || got != 5 {
			e.Errorf("I8: %d new lines succeeded and %d are there, want 5, the limit", made.get(), got)
		}
	}
}

func sizeOfLine(e *env) {
	rec := e.create(addingLine("apple", 10))
	e.refused(sessionstore.ErrTooLarge, on(rec, addingLine("apple", 1)))
	e.refused(sessionstore.ErrTooLarge, on(rec, line(sessionstore.SetLine, "pear", 11)))
	e.refused(sessionstore.ErrTooLarge, on(rec, addingLine("apple", -11)))
	e.apply(on(rec, addingLine("apple", -1)))
	e.apply(on(rec, addingLine("apple", 1)))
	e.wantCart(rec.ID, map[string]int64{"apple": 10})
}

func sizeOfLineAtOnce(e *env) {
	rec := e.create()
	var made counter
	e.together(16, func(_ int, s sessionstore.Store) {
		if _, err := s.Apply(e.Context(), on(rec, addingLine("apple", 1))); err == nil {
			made.add(1)
		} else if !errors.Is(err, sessionstore.ErrTooLarge) {
			e.Errorf("I8: an addition among many = %v, want success or ErrTooLarge", err)
		}
	})
	if got := e.load(rec.ID).Cart["apple"]; made.get() != 10 || got != 10 {
		e.Errorf("I8: %d additions succeeded and the quantity is %d, want 10, the limit", made.get(), got)
	}
}

func sizesByDefault(e *env) {
	rec := e.create()
	e.apply(on(rec, setting("k", strings.Repeat("x", 64<<10))))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("l", strings.Repeat("x", 64<<10+1))))
	e.apply(on(rec, setting("l", strings.Repeat("x", 64<<10)), setting("m", strings.Repeat("x", 64<<10))))
	e.refused(sessionstore.ErrTooLarge, on(rec, setting("n", strings.Repeat("x", 64<<10))))
	e.apply(on(rec, addingLine("apple", 1_000_000)))
	e.refused(sessionstore.ErrTooLarge, on(rec, addingLine("apple", 1)))
	var parts []part
	for i := range 499 {
		parts = append(parts, addingLine(fmt.Sprint(i), 1))
	}
	e.apply(on(rec, parts...))
	e.refused(sessionstore.ErrTooLarge, on(rec, addingLine("one more", 1)))
}

func sizeOfDevice(e *env) {
	rec := e.create()
	seen := func(agent, address int) part {
		return func(c *sessionstore.Change) {
			c.Device = &sessionstore.Device{Agent: strings.Repeat("é", agent/2) + strings.Repeat("x", agent%2), Address: strings.Repeat("1", address)}
		}
	}
	e.refused(sessionstore.ErrInvalid, on(rec, seen(65, 0)))
	e.refused(sessionstore.ErrInvalid, on(rec, seen(0, 65)))
	e.refused(sessionstore.ErrInvalid, creationOf(newHash(), seen(65, 0)))
	e.apply(on(rec, seen(64, 64)))
	if d := e.load(rec.ID).Device; len(d.Agent) != 64 || len(d.Address) != 64 {
		e.Errorf("I8: Device = %+v, want 64 bytes of each", d)
	}
}

// sizeOfProof is about a login's methods and context class, when it begins and
// when it is proven again.
func sizeOfProof(e *env) {
	rec := e.create(e.login("ann"))
	methods := func(n, length int) []string { return slices.Repeat([]string{strings.Repeat("m", length)}, n) }
	for _, tt := range []struct {
		amr  []string
		acr  string
		want error
	}{
		{methods(17, 1), "", sessionstore.ErrInvalid},
		{methods(1, 65), "", sessionstore.ErrInvalid},
		{[]string{"one time"}, "", sessionstore.ErrInvalid},
		{[]string{""}, "", sessionstore.ErrInvalid},
		{nil, strings.Repeat("a", 65), sessionstore.ErrInvalid},
		{methods(16, 64), strings.Repeat("a", 64), nil},
	} {
		begins := e.login("ann", func(l *sessionstore.LoginStart) { l.AMR, l.ACR = tt.amr, tt.acr })
		again := func(c *sessionstore.Change) {
			c.Reauth = &sessionstore.Reauth{Login: rec.Login.ID, Idle: loginIdle, AMR: tt.amr, ACR: tt.acr}
		}
		for _, p := range []part{again, begins} {
			if tt.want != nil {
				e.refused(tt.want, on(rec, p))
				continue
			}
			e.apply(on(rec, p))
			if l := e.load(rec.ID).Login; !slices.Equal(l.AMR, tt.amr) || l.ACR != tt.acr {
				e.Errorf("I8: Login = %+v, want the methods and the class of the change", l)
			}
		}
	}
}

// sizeOfAttributes is about what events are told to hold.
func sizeOfAttributes(e *env) {
	attributes := func(n, name, value int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprintf("%0*d", name, i)] = strings.Repeat("x", value)
		}
		return m
	}
	of := map[string]func(map[string]string) part{
		"visit": func(m map[string]string) part {
			begin := visiting()
			return func(c *sessionstore.Change) {
				begin(c)
				c.Visit.Attributes = m
			}
		},
		"note": func(m map[string]string) part { return noting("note.made", m) },
	}
	for _, tt := range []struct {
		of             string
		n, name, value int
		want           error
	}{
		{"visit", 16, 64, 256, nil},
		{"visit", 17, 64, 1, sessionstore.ErrInvalid},
		{"visit", 1, 65, 1, sessionstore.ErrInvalid},
		{"visit", 1, 64, 257, sessionstore.ErrInvalid},
		{"note", 32, 64, 1024, nil},
		{"note", 33, 64, 1, sessionstore.ErrInvalid},
		{"note", 1, 65, 1, sessionstore.ErrInvalid},
		{"note", 1, 64, 1025, sessionstore.ErrInvalid},
	} {
		rec, p := e.create(), of[tt.of](attributes(tt.n, tt.name, tt.value))
		if tt.want != nil {
			e.refused(tt.want, on(rec, p))
			continue
		}
		e.apply(on(rec, p))
		e.sameMap("I8: attributes", e.history(rec.ID)[1].Attributes, attributes(tt.n, tt.name, tt.value))
	}
	e.refused(sessionstore.ErrInvalid, on(e.create(), noting("note.made", map[string]string{"": "x"})))
}
