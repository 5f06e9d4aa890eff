package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// The limits that sessions, logins and visits have where a sub-test does not
// say otherwise: so long that none passes by itself.
const (
	sessionIdle = 30 * 24 * time.Hour
	loginIdle   = 10 * 24 * time.Hour
	visitIdle   = 10 * 24 * time.Hour
	grace       = 30 * time.Second
)

// part puts something into a change.
type part func(c *sessionstore.Change)

// creationOf is the change that creates a session.
func creationOf(credential sessionstore.Hash, parts ...part) sessionstore.Change {
	return with(sessionstore.Change{
		Session: sessionstore.NewID(),
		Create:  &sessionstore.Creation{Credential: credential, Idle: sessionIdle},
	}, parts...)
}

// on is a change of the session made with the record's credential.
func on(rec *sessionstore.Record, parts ...part) sessionstore.Change {
	return with(sessionstore.Change{Session: rec.ID, Epoch: rec.Credential.Epoch}, parts...)
}

// over is a change of the session made by somebody else.
func over(id sessionstore.ID, parts ...part) sessionstore.Change {
	return with(sessionstore.Change{Session: id, AnyEpoch: true}, parts...)
}

func with(c sessionstore.Change, parts ...part) sessionstore.Change {
	for _, p := range parts {
		p(&c)
	}
	return c
}

// limited gives a new session other limits.
func limited(idle, lifetime time.Duration) part {
	return func(c *sessionstore.Change) { c.Create.Idle, c.Create.Max = idle, lifetime }
}

func ending(why analytics.Reason) part {
	return func(c *sessionstore.Change) { c.End = &sessionstore.End{Reason: why} }
}

// leaving ends the login under way, whichever it is.
func leaving(why analytics.Reason) part { return leavingOnly("", why) }

// leavingOnly ends one login.
func leavingOnly(login string, why analytics.Reason) part {
	return func(c *sessionstore.Change) { c.EndLogin = &sessionstore.End{Reason: why, Login: login} }
}

func clearing(c *sessionstore.Change) { c.Clear = true }

// login logs the user in, with a new secret unless the session is new.
func (e *env) login(user string, more ...func(*sessionstore.LoginStart)) part {
	l := &sessionstore.LoginStart{ID: sessionstore.NewSpanID(), User: user, Began: e.Store.Now(), Idle: loginIdle}
	for _, m := range more {
		m(l)
	}
	return func(c *sessionstore.Change) {
		c.Login = l
		if c.Create == nil {
			renewing(newHash())(c)
		}
	}
}

func renewing(to sessionstore.Hash) part {
	return func(c *sessionstore.Change) { c.Renew = &sessionstore.Renewal{To: to, Grace: grace} }
}

func rotating(from, to sessionstore.Hash, sealed string) part {
	return func(c *sessionstore.Change) {
		c.Rotate = &sessionstore.Rotation{From: from, To: to, Sealed: []byte(sealed)}
	}
}

// visiting begins a visit.
func visiting() part { return visitingFor(visitIdle, 0) }

func visitingFor(idle, lifetime time.Duration) part {
	v := &sessionstore.VisitStart{ID: sessionstore.NewSpanID(), Idle: idle, Max: lifetime}
	return func(c *sessionstore.Change) { c.Visit = v }
}

func value(v sessionstore.ValueChange) part {
	return func(c *sessionstore.Change) { c.Values = append(c.Values, v) }
}

// setting sets a key that had no value when its author looked.
func setting(key, val string) part {
	return value(sessionstore.ValueChange{Op: sessionstore.SetValue, Key: key, Value: val})
}

// resetting sets a key that had the value base when its author looked.
func resetting(key, base, val string) part {
	return value(sessionstore.ValueChange{Op: sessionstore.SetValue, Key: key, Value: val, Base: base, HasBase: true})
}

func deleting(key, base string) part {
	return value(sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: key, Base: base, HasBase: true})
}

func adding(key string, delta int64) part {
	return value(sessionstore.ValueChange{Op: sessionstore.AddValue, Key: key, Delta: delta})
}

func swapping(key, base, val string) part {
	return value(sessionstore.ValueChange{Op: sessionstore.SwapValue, Key: key, Value: val, Base: base, HasBase: true})
}

func line(op sessionstore.CartOp, sku string, quantity int64) part {
	return func(c *sessionstore.Change) {
		c.Cart = append(c.Cart, sessionstore.CartChange{Op: op, SKU: sku, Quantity: quantity})
	}
}

func addingLine(sku string, n int64) part { return line(sessionstore.AddLine, sku, n) }

func checkingOut(order string) part {
	return func(c *sessionstore.Change) { c.Checkout = &sessionstore.Checkout{Order: order} }
}

func noting(typ analytics.Type, attrs map[string]string) part {
	return func(c *sessionstore.Change) {
		c.Events = append(c.Events, sessionstore.Note{Type: typ, Attributes: attrs})
	}
}

func by(actor string) part { return func(c *sessionstore.Change) { c.Actor = actor } }

// describe names the parts of a change.
func describe(c sessionstore.Change) string {
	var parts []string
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if f.IsZero() {
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		parts = append(parts, fmt.Sprintf("%s:%+v", name, f.Interface()))
	}
	return strings.Join(parts, " ")
}
