package sqlite

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// cartChange is a row of cart_changes.
type cartChange struct {
	at, visit int64
	id        string
	ordered   bool
	sku       string
	quantity  int64
	value     int64
	currency  string // empty: it has no price
}

// line is what a cart holds of one SKU.
type line struct {
	quantity, value int64
	currency        string
}

// episode is one cart of a visitor, from its first line until it is ordered or
// empty.
type episode struct {
	began, changed int64
	visit          int64 // of the last change
	state          report.CartState
	lines          map[string]line
}

// insertCartChange makes the row of a change, and that of the action that it is
// within a visit.
func (b *batch) insertCartChange(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow) (bool, error) {
	ordered, visit := int64(0), int64(0)
	if e.Type == analytics.CheckoutCompleted {
		ordered = 1
	}
	if v != nil {
		visit = v.n
	}
	sku, quantity := e.Attributes["sku"], integer(e.Attributes["quantity"])
	var value, currency any
	if b.w.opts.Price != nil && sku != "" {
		if n, code, ok := b.w.opts.Price(sku); ok {
			value, currency = n, code
		}
	}
	stored, err := b.insertOnce("INSERT INTO cart_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		visitor.n, at, e.ID, ordered, visit, sku, quantity, value, currency)
	if err != nil || !stored {
		return false, err
	}
	b.carts[visitor.n] = true
	if v != nil {
		return b.insertAction(e, at, v, string(e.Type))
	}
	return true, nil
}

// flushCarts finds the carts of those visitors afresh of whom a change came.
func (b *batch) flushCarts() error {
	for visitor := range b.carts {
		if err := writeCarts(b.c, visitor); err != nil {
			return err
		}
		b.w.rows.carts[visitor] = true
	}
	return nil
}

func writeCarts(c *conn, visitor int64) error {
	changes, err := cartChanges(c, visitor)
	if err != nil {
		return err
	}
	if err := c.exec("DELETE FROM carts WHERE visitor = ?", visitor); err != nil {
		return err
	}
	carts := episodes(changes)
	if len(carts) == 0 {
		return nil
	}
	active, ended := never, int64(0)
	_, err = c.one(selectActivity, func(row []driver.Value) {
		active, ended = max(moment(row[0]), moment(row[1]), moment(row[2])), number(row[3])
	}, visitor)
	if err != nil {
		return err
	}
	for i, cart := range carts {
		lines, value, unpriced, err := cart.describe()
		if err != nil {
			return err
		}
		start, origin := never, int64(0)
		_, err = c.one("SELECT start, origin FROM visits WHERE n = ?", func(row []driver.Value) {
			start, origin = moment(row[0]), number(row[1])
		}, cart.visit)
		if err != nil {
			return err
		}
		err = c.exec("INSERT INTO carts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", visitor, int64(i), cart.began, cart.changed, lines,
			string(cart.state), value, unpriced, cart.visit, null(start), origin, active, ended)
		if err != nil {
			return err
		}
	}
	return nil
}

// selectActivity looks for the latest activity of a session, and for its end.
const selectActivity = `SELECT (SELECT max(max(coalesce(last, start), start)) FROM visits WHERE visitor = ?1),
	(SELECT max(time) FROM cart_changes WHERE visitor = ?1), (SELECT max(time) FROM purchases WHERE visitor = ?1 AND counts = 1),
	(SELECT ended IS NOT NULL FROM visitors WHERE n = ?1)`

// touchCarts tells the carts of a visitor of a visit that changed.
func (b *batch) touchCarts(v *visitRow) error {
	if b.carts[v.visitor] {
		return nil // they are written anyway
	}
	has, known := b.w.rows.hasCarts(v.visitor)
	if !known {
		if !b.visitorNumbered(v.visitor).isNew {
			n, err := b.c.number("SELECT EXISTS (SELECT 1 FROM carts WHERE visitor = ?)", v.visitor)
			if err != nil {
				return err
			}
			has = n != 0
		}
		b.w.rows.carts[v.visitor] = has
	}
	if !has {
		return nil
	}
	return b.c.exec("UPDATE carts SET active = max(active, ?2), start = iif(visit = ?3, ?4, start), origin = iif(visit = ?3, ?5, origin)"+
		" WHERE visitor = ?1", v.visitor, max(v.last, v.start), v.n, null(v.start), v.origin)
}

// cartChanges returns the changes of a visitor's carts in their order.
func cartChanges(c *conn, visitor int64) ([]cartChange, error) {
	var changes []cartChange
	err := c.all(uninterrupted, "SELECT time, visit, id, ordered, sku, quantity, value, currency FROM cart_changes WHERE visitor = ?",
		func(row []driver.Value) {
			changes = append(changes, cartChange{
				at: number(row[0]), visit: number(row[1]), id: text(row[2]), ordered: number(row[3]) != 0,
				sku: text(row[4]), quantity: number(row[5]), value: number(row[6]), currency: text(row[7]),
			})
		}, visitor)
	slices.SortFunc(changes, func(x, y cartChange) int { return cmp.Or(cmp.Compare(x.at, y.at), compareIDs(x.id, y.id)) })
	return changes, err
}

// episodes follows one visitor's carts.
func episodes(changes []cartChange) []*episode {
	var all []*episode
	var cart *episode // the one that is open
	for _, change := range changes {
		switch {
		case change.ordered && cart != nil:
			cart.state = report.CartOrdered
		case !change.ordered && change.sku != "" && change.quantity > 0:
			if cart == nil {
				cart = &episode{began: change.at, state: report.CartOpen, lines: map[string]line{}}
				all = append(all, cart)
			}
			cart.lines[change.sku] = line{change.quantity, change.value, change.currency}
		case !change.ordered && cart != nil:
			delete(cart.lines, change.sku)
			if change.sku == "" || len(cart.lines) == 0 {
				cart.lines, cart.state = nil, report.CartEmptied
			}
		default:
			continue
		}
		cart.changed, cart.visit = change.at, change.visit
		if cart.state != report.CartOpen {
			cart = nil
		}
	}
	return all
}

// describe returns what the columns lines, value and unpriced hold.
func (e *episode) describe() (lines, value string, unpriced int64, err error) {
	quantities, values := map[string]int64{}, map[string]int64{}
	for _, sku := range slices.Sorted(maps.Keys(e.lines)) {
		l := e.lines[sku]
		quantities[sku] = l.quantity
		if l.currency == "" {
			unpriced = 1
			continue
		}
		values[l.currency] += l.quantity * l.value
	}
	a, err := json.Marshal(quantities)
	if err != nil {
		return "", "", 0, fmt.Errorf("sqlite: a cart's lines: %w", err)
	}
	b, err := json.Marshal(values)
	if err != nil {
		return "", "", 0, fmt.Errorf("sqlite: a cart's value: %w", err)
	}
	return string(a), string(b), unpriced, nil
}
