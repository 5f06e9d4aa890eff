package sessionstore_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func pick[T any](w *twins, name string, from ...T) T { return rapid.SampledFrom(from).Draw(w.rt, name) }

func (w *twins) flip(name string, oneIn int) bool {
	return rapid.IntRange(1, oneIn).Draw(w.rt, name) == oneIn
}

func (w *twins) duration(name string) time.Duration {
	return pick(w, name, 0, time.Millisecond, time.Second, 1500*time.Millisecond, 5*time.Second, 20*time.Second, time.Hour)
}

func (w *twins) hash(name string) sessionstore.Hash { return pick(w, name, w.hashes...) }

func (w *twins) span() string {
	w.spans++
	return fmt.Sprintf("span%d", w.spans)
}

func (w *twins) oldSpan(name string) string {
	return fmt.Sprintf("span%d", rapid.IntRange(1, w.spans+1).Draw(w.rt, name))
}

// quick returns a change as most are: values put by whoever saw the old ones,
// and lines added. a script for it makes it where nothing else is to be done.
func (w *twins) quick() sessionstore.Change {
	c := sessionstore.Change{Session: pick(w, "session", w.ids...)}
	_, c.Epoch = w.current(c.Session)
	rec, err := w.memory.Load(w.tb.Context(), c.Session)
	if err != nil {
		rec = &sessionstore.Record{}
	}
	for _, key := range []string{"a", "b\x00 é", "session"} {
		if !w.flip("key", 2) {
			continue
		}
		v := sessionstore.ValueChange{Key: key, Value: pick(w, "value", "", "1", "dark", strings.Repeat("long ", 12), strings.Repeat("x", 64))}
		if v.Base, v.HasBase = rec.Values[key]; w.flip("unseen", 10) {
			v.Base += "?"
		}
		c.Values = append(c.Values, v)
	}
	if len(c.Values) > 0 && !w.flip("both", 4) {
		return c
	}
	for range rapid.IntRange(1, 2).Draw(w.rt, "lines") {
		c.Cart = append(c.Cart, sessionstore.CartChange{
			SKU: pick(w, "sku", "s1", "s2", "s 3", "s4"), Quantity: int64(rapid.IntRange(-5, 30).Draw(w.rt, "quantity")),
		})
	}
	return c
}

func (w *twins) change() sessionstore.Change {
	c := sessionstore.Change{Session: pick(w, "session", w.ids...)}
	login, epoch := w.current(c.Session)
	c.Epoch, c.AnyEpoch = epoch, w.flip("any epoch", 4)
	if w.flip("actor", 4) {
		c.Actor = "admin 1"
	}
	if w.flip("device", 4) {
		c.Device = &sessionstore.Device{Agent: pick(w, "agent", "", "Firefox 1"), Address: pick(w, "address", "", "::1")}
	}
	for range rapid.IntRange(0, 1).Draw(w.rt, "notes") {
		c.Events = append(c.Events, sessionstore.Note{Type: analytics.ActionTaken, Attributes: map[string]string{"action": "x", "t": "y"}})
	}
	reasons := []analytics.Reason{analytics.ReasonLogout, analytics.ReasonRevoked, analytics.ReasonErased}
	if w.flip("end", 15) {
		c.End = &sessionstore.End{Reason: pick(w, "reason", reasons...)}
		return c
	}
	if w.flip("logout", 5) {
		c.EndLogin = &sessionstore.End{Reason: pick(w, "reason", reasons...), Login: pick(w, "which", "", login, w.oldSpan("refused"))}
	}
	c.Clear = w.flip("clear", 10)
	if w.flip("renew", 5) {
		c.Renew = &sessionstore.Renewal{To: w.hash("renewed"), Grace: w.duration("grace")}
	}
	if w.flip("login", 3) {
		c.Login = w.login()
		if !w.flip("no renewal", 10) && c.Renew == nil {
			c.Renew = &sessionstore.Renewal{To: w.hash("login's"), Grace: w.duration("grace")}
		}
	}
	if w.flip("reauth", 6) {
		c.Reauth = &sessionstore.Reauth{Login: login, Idle: w.duration("idle"), Max: w.duration("max"), AMR: []string{"hwk"}, ACR: "aal3"}
	}
	if w.flip("rotate", 4) {
		c.Rotate = &sessionstore.Rotation{From: w.hash("from"), To: w.hash("to"), Sealed: pick(w, "sealed", nil, []byte("sealed\x00\r\n"))}
	}
	if w.flip("visit", 3) {
		c.Visit = &sessionstore.VisitStart{ID: w.span(), Idle: w.duration("idle"), Max: w.duration("max")}
		if w.flip("origin", 2) {
			c.Visit.Attributes = map[string]string{"source": pick(w, "source", "", "news é"), "t": "y"}
		}
	}
	if w.flip("values", 2) {
		c.Values = w.values()
	}
	if w.flip("cart", 2) {
		c.Cart = w.cart()
	}
	if w.flip("checkout", 10) {
		c.Checkout = &sessionstore.Checkout{Order: "o1"}
	}
	return c
}

func (w *twins) login() *sessionstore.LoginStart {
	l := &sessionstore.LoginStart{
		ID: w.span(), User: pick(w, "user", w.users...), Began: w.now.Add(-pick(w, "began", 0, time.Second, time.Minute)),
		Idle: w.duration("idle"), Max: w.duration("max"), ACR: pick(w, "acr", "", "aal1"),
		Limit: sessionstore.LoginLimit{
			Max:    rapid.IntRange(0, 2).Draw(w.rt, "logins"),
			Policy: pick(w, "policy", sessionstore.DenyNew, sessionstore.EvictOldest, sessionstore.EvictIdle),
		},
	}
	if w.flip("amr", 2) {
		l.AMR = []string{"pwd", "otp"}
	}
	if w.flip("old login", 6) {
		l.ID = w.oldSpan("login")
	}
	return l
}

func (w *twins) values() (changes []sessionstore.ValueChange) {
	for _, key := range []string{"a", "b\x00 é", "session", "c:x"} {
		if !w.flip("key", 2) {
			continue
		}
		v := sessionstore.ValueChange{
			Key:     key,
			Op:      pick(w, "op", sessionstore.SetValue, sessionstore.DeleteValue, sessionstore.AddValue, sessionstore.SwapValue),
			HasBase: w.flip("has base", 2),
			Delta: pick[int64](w, "delta", 0, 1, -1, 7, 9_999_999_999, -10_000_000_000, 10_000_000_001, math.MaxInt64, math.MinInt64,
				math.MaxInt64-1, math.MinInt64+1, 1<<53+1),
		}
		number := func(name string) string {
			return pick(w, name, "", "0", "x", "-0", "+7", "007", "-5", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
				"10000000000", "-9999999999", "1e3", " 1", strings.Repeat("long ", 12))
		}
		if v.Value = number("value"); v.HasBase || w.flip("stray base", 5) {
			v.Base = number("base")
			rec, err := w.memory.Load(w.tb.Context(), w.ids[0])
			if err == nil && w.flip("right base", 2) {
				v.Base = rec.Values[key]
			}
		}
		changes = append(changes, v)
	}
	return changes
}

func (w *twins) cart() (changes []sessionstore.CartChange) {
	for range rapid.IntRange(0, 5).Draw(w.rt, "lines") {
		changes = append(changes, sessionstore.CartChange{
			Op:       pick(w, "op", sessionstore.AddLine, sessionstore.AddLine, sessionstore.SetLine, sessionstore.ClearCart),
			SKU:      pick(w, "sku", "s1", "s2", "s 3", "s4", "s5"),
			Quantity: int64(rapid.IntRange(-20, 50).Draw(w.rt, "quantity")),
		})
	}
	return changes
}
