package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
)

// order is what one visitor ordered.
type order struct {
	visitor int64
	name    string
}

// insertPurchase notes that an order was told of. Which time counts is seen when the
// batch is whole.
func (b *batch) insertPurchase(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow, user int64) (bool, error) {
	currency, err := b.code(currencies, e.Attributes["currency"])
	if err != nil {
		return false, err
	}
	if _, err := b.code(names, analytics.PurchaseAction); err != nil { // for the segments
		return false, err
	}
	name := e.Attributes["order"]
	b.orders[order{visitor.n, name}] = true
	return b.insertOnce("INSERT INTO purchases VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
		visitor.n, name, at, e.ID, v.n, integer(e.Attributes["value"]), currency, user)
}

// flushOrders has the first time that each order was told of count, and no other.
func (b *batch) flushOrders() error {
	for o := range b.orders {
		type telling struct {
			at, visit int64
			id        string
			counts    bool
		}
		var told []telling
		err := b.c.all(uninterrupted, "SELECT time, visit, id, counts FROM purchases WHERE visitor = ? AND name = ?", func(row []driver.Value) {
			told = append(told, telling{number(row[0]), number(row[1]), text(row[2]), number(row[3]) != 0})
		}, o.visitor, o.name)
		if err != nil {
			return err
		}
		slices.SortFunc(told, func(x, y telling) int { return cmp.Or(cmp.Compare(x.at, y.at), compareIDs(x.id, y.id)) })
		for i, t := range told {
			if t.counts == (i == 0) {
				continue
			}
			counts := int64(0)
			if i == 0 {
				counts = 1
			}
			err := b.c.exec("UPDATE purchases SET counts = ? WHERE visitor = ? AND name = ? AND time = ? AND id = ?",
				counts, o.visitor, o.name, t.at, t.id)
			if err != nil {
				return err
			}
			if i == 0 {
				err = b.c.exec("UPDATE carts SET active = max(active, ?2) WHERE "+openCart, o.visitor, t.at)
			} else {
				b.cartWork(o.visitor).recount = true
			}
			if err != nil {
				return err
			}
			v, err := b.visitNumbered(t.visit)
			if err != nil {
				return err
			}
			if v != nil {
				v.changed = true // its row need not, but its hour does
			}
		}
	}
	return nil
}
