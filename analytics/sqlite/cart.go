package sqlite

import (
	"cmp"
	"database/sql/driver"
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
	line      line
}

// episode is one cart of a visitor, from its first line until it is ordered or
// empty.
type episode struct {
	began, changed int64
	visit          int64 // of the last change
	state          report.CartState
	lines          lines
}

// cartWork is what a batch has to do about the carts of a visitor.
type cartWork struct {
	changes []cartChange
	recount bool // what was told of the session's activity may be too much
}

func (b *batch) cartWork(visitor int64) *cartWork {
	if b.carts[visitor] == nil {
		b.carts[visitor] = &cartWork{}
	}
	return b.carts[visitor]
}

// insertCartChange makes the row of a change, and that of the action that it is
// within a visit.
func (b *batch) insertCartChange(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow, user int64) (bool, error) {
	c := cartChange{at: at, id: e.ID, ordered: e.Type == analytics.CheckoutCompleted, sku: e.Attributes["sku"]}
	c.line.quantity = integer(e.Attributes["quantity"])
	if v != nil {
		c.visit = v.n
	}
	ordered := int64(0)
	if c.ordered {
		ordered = 1
	}
	var value, currency any
	if b.w.opts.Price != nil && c.sku != "" {
		if n, code, ok := b.w.opts.Price(c.sku); ok {
			c.line.value, c.line.currency = n, code
			value, currency = n, code
		}
	}
	stored, err := b.insertOnce("INSERT INTO cart_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		visitor.n, at, c.id, ordered, c.visit, c.sku, c.line.quantity, value, currency)
	if err != nil || !stored {
		return false, err
	}
	work := b.cartWork(visitor.n)
	work.changes = append(work.changes, c)
	if v != nil {
		return b.insertAction(e, at, v, user, string(e.Type))
	}
	return true, nil
}

// flushCarts brings the carts up to date.
func (b *batch) flushCarts() error {
	for visitor, work := range b.carts {
		if len(work.changes) > 0 {
			if err := followCarts(b.c, visitor, work.changes); err != nil {
				return err
			}
			b.w.rows.carts[visitor] = true
		}
		if work.recount {
			active, _, err := activity(b.c, visitor)
			if err == nil {
				err = b.c.exec("UPDATE carts SET active = max(changed, ?2) WHERE "+openCart, visitor, active)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// followCarts takes in changes of a visitor's carts that have rows already. If they are
// the latest, they change the last cart, and there is no need to look at the changes
// before.
func followCarts(c *conn, visitor int64, changes []cartChange) error {
	slices.SortFunc(changes, inOrder)
	since, err := c.number("SELECT count(*) FROM cart_changes WHERE visitor = ? AND time >= ?", visitor, changes[0].at)
	if err != nil {
		return err
	}
	last, err := lastCart(c, visitor)
	if err != nil {
		return err
	}
	if since == int64(len(changes)) {
		return last.follow(c, changes)
	}
	before, err := cartBefore(c, visitor, changes[0].at)
	if err != nil {
		return err
	}
	if changes, err = cartChanges(c, visitor, before.episode.changed); err != nil {
		return err
	}
	if err := c.exec("DELETE FROM carts WHERE visitor = ? AND number > ?", visitor, before.number); err != nil {
		return err
	}
	return before.follow(c, changes)
}

func inOrder(x, y cartChange) int { return cmp.Or(cmp.Compare(x.at, y.at), compareIDs(x.id, y.id)) }

// cartChanges returns the changes of a visitor's carts after a moment, in their order.
func cartChanges(c *conn, visitor, after int64) ([]cartChange, error) {
	var changes []cartChange
	err := c.all(uninterrupted, "SELECT time, visit, id, ordered, sku, quantity, value, currency FROM cart_changes WHERE visitor = ? AND time > ?",
		func(row []driver.Value) {
			changes = append(changes, cartChange{
				at: number(row[0]), visit: number(row[1]), id: text(row[2]), ordered: number(row[3]) != 0,
				sku: text(row[4]), line: line{number(row[5]), number(row[6]), text(row[7])},
			})
		}, visitor, after)
	slices.SortFunc(changes, inOrder)
	return changes, err
}

// episodes follows one visitor's carts from one on that is open, or nil. The list
// begins with that.
func episodes(cart *episode, changes []cartChange) []*episode {
	var all []*episode
	if cart != nil {
		all = append(all, cart)
	}
	for _, change := range changes {
		switch {
		case change.ordered && cart != nil:
			cart.state = report.CartOrdered
		case !change.ordered && change.sku != "" && change.line.quantity > 0:
			if cart == nil {
				cart = &episode{began: change.at, state: report.CartOpen, lines: lines{}}
				all = append(all, cart)
			}
			cart.lines[change.sku] = change.line
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
