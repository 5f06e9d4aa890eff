package reporttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// cart is a stretch of a session's cart: from its first line until it is ordered
// or empty.
type cart struct {
	session        string
	lines          map[string]int64
	began, changed time.Time
	visit          string // of the last change
	state          report.CartState
}

// Carts returns how the carts that were last changed in a period ended.
func (m *Model) Carts(ctx context.Context, q report.CartsQuery) (report.Carts, error) {
	w, err := m.begin(ctx, checkCarts(q), q.Location)
	if err != nil {
		return report.Carts{}, err
	}
	visits := map[string]*visit{}
	for _, v := range w.visits {
		visits[v.id] = v
	}
	all := report.Carts{Value: map[string]int64{}}
	for _, c := range w.carts() {
		v := visits[c.visit]
		switch {
		case !within(c.changed, q.From, q.To):
			continue
		case v == nil && (q.Bots || conditional(q.Where)), v != nil && !w.lets(q.Selection, v):
			continue
		}
		row, unpriced := w.cart(c, q)
		count(&all.Open, row.State == report.CartOpen)
		count(&all.Ordered, row.State == report.CartOrdered)
		count(&all.Emptied, row.State == report.CartEmptied)
		if row.State == report.CartAbandoned {
			all.Abandoned++
			for currency, value := range row.Value {
				all.Value[currency] += value
			}
			count(&all.Unpriced, unpriced)
		}
		if !q.Abandoned || row.State == report.CartAbandoned {
			all.List = append(all.List, row)
		}
	}
	slices.SortStableFunc(all.List, func(a, b report.Cart) int {
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
	all.List = first(all.List, q.Limit)
	return all, nil
}

// conditional reports whether a filter sets a condition.
func conditional(f report.Filter) bool {
	return f.All != nil || f.Any != nil || f.Not != nil || f.Field != ""
}

// carts follows the carts of all sessions.
func (w *world) carts() []*cart {
	var list []*cart
	current := map[string]*cart{} // by session
	for _, e := range w.events {
		c := current[e.Session]
		sku, quantity := e.Attributes["sku"], integer(e.Attributes["quantity"])
		switch {
		case e.Type == analytics.CheckoutCompleted && c != nil:
			c.state = report.CartOrdered
		case e.Type == analytics.CartChanged && sku != "" && quantity > 0:
			if c == nil {
				c = &cart{session: e.Session, lines: map[string]int64{}, began: e.Time, state: report.CartOpen}
				list = append(list, c)
				current[e.Session] = c
			}
			c.lines[sku] = quantity
		case e.Type == analytics.CartChanged && c != nil:
			delete(c.lines, sku)
			if sku == "" || len(c.lines) == 0 {
				c.lines, c.state = nil, report.CartEmptied
			}
		default:
			continue
		}
		c.changed, c.visit = e.Time, e.Visit
		if c.state != report.CartOpen {
			delete(current, e.Session)
		}
	}
	return list
}

// cart says what is to be told of a cart, and whether a line has no price.
func (w *world) cart(c *cart, q report.CartsQuery) (row report.Cart, unpriced bool) {
	row = report.Cart{
		ID:      c.session + " " + c.began.Format(time.RFC3339Nano),
		Session: c.session,
		State:   c.state,
		Lines:   maps.Clone(c.lines),
		Value:   map[string]int64{},
		Began:   c.began,
		Changed: c.changed,
		Active:  c.changed,
	}
	for sku, n := range c.lines {
		if value, currency, ok := w.priceOf(sku); ok {
			row.Value[currency] += n * value
		} else {
			unpriced = true
		}
	}
	var own []analytics.Event
	ended := false
	for _, e := range w.events {
		if e.Session != c.session {
			continue
		}
		own = append(own, e)
		ended = ended || e.Type == analytics.SessionEnded
		if e.Type == analytics.CartChanged || e.Type == analytics.CheckoutCompleted {
			row.Active = later(row.Active, e.Time)
		}
	}
	for _, v := range w.visits {
		if v.session == c.session {
			row.Active = later(row.Active, v.last)
		}
	}
	row.User = userOf(own)
	now := q.Now
	if now.IsZero() {
		now = w.newest
	}
	if c.state == report.CartOpen && (ended || now.Sub(row.Active) >= cmp.Or(q.Idle, time.Hour)) {
		row.State = report.CartAbandoned
	}
	return row, unpriced
}

func (w *world) priceOf(sku string) (value int64, currency string, ok bool) {
	if w.price == nil {
		return 0, "", false
	}
	return w.price(sku)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
