package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// idleCart is after how long an open cart is abandoned where nothing else is said.
const idleCart = time.Hour

// selectCarts is answered by an index.
const selectCarts = "SELECT visitor, number, changed, visit, state, value, unpriced, start, origin, ended, active" +
	" FROM carts WHERE changed >= ? AND changed < ?"

// selectCart is the rest of what is told of one.
const selectCart = "SELECT r.id, u.name, c.began, c.lines, (SELECT max(time) FROM cart_changes x WHERE x.visitor = c.visitor) FROM carts c JOIN visitors r ON r.n = c.visitor" +
	" LEFT JOIN users u ON u.n = r.user WHERE c.visitor = ? AND c.number = ?"

// cartRow is a cart as far as it has to be known of all of them.
type cartRow struct {
	visitor, number int64
	changed, active int64
	visit, start    int64 // 0: none
	state           report.CartState
	value           string // as the column has it
	bot             bool
	ended           bool // the session
	unpriced        bool
}

// Carts implements [report.Warehouse].
func (w *Warehouse) Carts(ctx context.Context, q report.CartsQuery) (report.Carts, error) {
	all := report.Carts{Value: map[string]int64{}}
	if err := columns.CheckCarts(q); err != nil {
		return all, err
	}
	err := w.ask(ctx, func(s *snapshot) error {
		carts, err := s.carts(q)
		if err != nil {
			return err
		}
		now := q.Now
		if now.IsZero() {
			now = time.UnixMilli(s.state.meta.newest)
		}
		for i := range carts {
			c := &carts[i]
			if c.state == report.CartOpen && (c.ended || now.Sub(time.UnixMilli(c.active)) >= cmp.Or(q.Idle, idleCart)) {
				c.state = report.CartAbandoned
			}
			if err := count(&all, c); err != nil {
				return err
			}
		}
		if q.Abandoned {
			carts = slices.DeleteFunc(carts, func(c cartRow) bool { return c.state != report.CartAbandoned })
		}
		all.List, err = s.list(carts, q.Limit)
		return err
	})
	return all, err
}

func count(all *report.Carts, c *cartRow) error {
	switch c.state {
	case report.CartOpen:
		all.Open++
	case report.CartOrdered:
		all.Ordered++
	case report.CartEmptied:
		all.Emptied++
	case report.CartAbandoned:
		all.Abandoned++
		if c.unpriced {
			all.Unpriced++
		}
		value, err := amounts(c.value)
		if err != nil {
			return err
		}
		for currency, amount := range value {
			all.Value[currency] += amount
		}
	}
	return nil
}

// carts returns the carts that a question is about.
func (s *snapshot) carts(q report.CartsQuery) ([]cartRow, error) {
	var list []cartRow
	hours := map[int64]bool{}
	from, to := periodOf(q.Selection)
	err := s.c.all(s.ctx, selectCarts, func(row []driver.Value) {
		c := cartRow{
			visitor: number(row[0]), number: number(row[1]), changed: number(row[2]), visit: number(row[3]),
			state: report.CartState(text(row[4])), value: text(row[5]), unpriced: number(row[6]) != 0, start: number(row[7]),
			bot: s.state.origins[number(row[8])].Bot != "", ended: number(row[9]) != 0,
			active: max(number(row[2]), moment(row[10])),
		}
		if c.visit != 0 {
			hours[hourOf(c.start)] = true
		}
		list = append(list, c)
	}, from, to)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if err := s.underWay(list); err != nil {
		return nil, err
	}
	if !conditional(q.Where) {
		return slices.DeleteFunc(list, func(c cartRow) bool { return c.bot != q.Bots }), nil
	}
	selected, err := s.selected(q.Selection, hours)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(c cartRow) bool { return c.visit == 0 || !selected(c.visit) }), nil
}

// underWay adds what happened in visits under way to the activity of sessions.
func (s *snapshot) underWay(carts []cartRow) error {
	active := map[int64]int64{}
	err := s.c.all(s.ctx, "SELECT visitor, start, (SELECT max(time) FROM views WHERE visit = n), (SELECT max(time) FROM actions WHERE visit = n)"+
		" FROM visits WHERE ended IS NULL AND start IS NOT NULL", func(row []driver.Value) {
		visitor := number(row[0])
		active[visitor] = max(active[visitor], number(row[1]), moment(row[2]), moment(row[3]))
	})
	for i := range carts {
		c := &carts[i]
		if at, ok := active[c.visitor]; ok {
			c.active = max(c.active, at)
		}
	}
	return err
}

// list tells of carts, the latest change first, up to a limit.
func (s *snapshot) list(carts []cartRow, limit int) ([]report.Cart, error) {
	slices.SortFunc(carts, func(a, b cartRow) int { return cmp.Compare(b.changed, a.changed) })
	var list []report.Cart
	for i := range carts {
		// Those of the same moment are in the order of their IDs.
		if limit > 0 && len(list) >= limit && carts[i].changed != carts[i-1].changed {
			break
		}
		cart, err := s.cart(&carts[i])
		if err != nil {
			return nil, err
		}
		list = append(list, cart)
	}
	slices.SortFunc(list, func(a, b report.Cart) int { return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID)) })
	if limit > 0 {
		list = list[:min(limit, len(list))]
	}
	return list, nil
}

// cart tells all of a cart.
func (s *snapshot) cart(of *cartRow) (report.Cart, error) {
	c := report.Cart{State: of.state, Changed: time.UnixMilli(of.changed).UTC()}
	var held []byte
	active := of.active
	_, err := s.c.one(selectCart, func(row []driver.Value) {
		c.Session, c.User, held = text(row[0]), text(row[1]), append(held, blob(row[3])...)
		c.Began = time.UnixMilli(number(row[2])).UTC()
		active = max(active, moment(row[4]))
	}, of.visitor, of.number)
	if err != nil {
		return c, err
	}
	known, _, err := activity(s.c, of.visitor)
	if err != nil {
		return c, err
	}
	c.ID = c.Session + " " + c.Began.Format(time.RFC3339Nano)
	c.Active = time.UnixMilli(max(active, known)).UTC()
	l, err := decodeLines(held)
	if err != nil {
		return c, err
	}
	c.Lines = l.quantities()
	c.Value, err = amounts(of.value)
	return c, err
}
