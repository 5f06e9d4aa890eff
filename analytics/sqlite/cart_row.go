package sqlite

import (
	"database/sql/driver"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// openCart finds the cart of visitor ?1 that is open, which is the last.
const openCart = "visitor = ?1 AND number = (SELECT max(number) FROM carts WHERE visitor = ?1) AND state = 'open'"

// cartEnd is where a visitor's carts are gone on with: their number so far, and the
// last one.
type cartEnd struct {
	visitor, number int64 // -1: there is none
	episode         episode
	active, ended   int64 // of one that is open
}

// lastCart returns where the latest changes are gone on with.
func lastCart(c *conn, visitor int64) (cartEnd, error) {
	last := cartEnd{visitor: visitor, number: -1, episode: episode{changed: never}}
	var held []byte
	found, err := c.one("SELECT number, began, changed, visit, state, lines, active, ended FROM carts WHERE visitor = ? ORDER BY number DESC LIMIT 1",
		func(row []driver.Value) {
			last.number, last.active, last.ended = number(row[0]), number(row[6]), number(row[7])
			last.episode = episode{
				began: number(row[1]), changed: number(row[2]), visit: number(row[3]), state: report.CartState(text(row[4])),
			}
			held = append(held, blob(row[5])...)
		}, visitor)
	if err != nil || !found {
		return last, err
	}
	last.episode.lines, err = decodeLines(held)
	return last, err
}

// cartBefore returns the last cart that had ended before a moment, if the next one began
// later: from there on changes can be followed anew.
func cartBefore(c *conn, visitor, before int64) (cartEnd, error) {
	last := cartEnd{visitor: visitor, number: -1, episode: episode{changed: never}}
	_, err := c.one(`SELECT number, changed, state FROM carts x WHERE visitor = ? AND changed < ? AND state <> 'open'
		AND NOT EXISTS (SELECT 1 FROM carts n WHERE n.visitor = x.visitor AND n.number = x.number + 1 AND n.began <= x.changed)
		ORDER BY number DESC LIMIT 1`, func(row []driver.Value) {
		last.number, last.episode.changed, last.episode.state = number(row[0]), number(row[1]), report.CartState(text(row[2]))
	}, visitor, before)
	return last, err
}

// follow goes on with changes.
func (e cartEnd) follow(c *conn, changes []cartChange) error {
	var open *episode
	next := e.number + 1
	if e.episode.state == report.CartOpen {
		open, next = &e.episode, e.number
	}
	for i, cart := range episodes(open, changes) {
		active, ended := cart.changed, int64(0)
		if cart.state == report.CartOpen {
			known, over := e.active, e.ended
			if cart != open {
				var err error
				if known, over, err = activity(c, e.visitor); err != nil {
					return err
				}
			}
			active, ended = max(active, known), over
		}
		if err := cart.write(c, e.visitor, next+int64(i), active, ended); err != nil {
			return err
		}
	}
	return nil
}

func (e *episode) write(c *conn, visitor, n, active, ended int64) error {
	value, unpriced, err := e.lines.worth()
	if err != nil {
		return err
	}
	start, origin := never, int64(0)
	_, err = c.one("SELECT start, origin FROM visits WHERE n = ?", func(row []driver.Value) {
		start, origin = moment(row[0]), number(row[1])
	}, e.visit)
	if err != nil {
		return err
	}
	return c.exec("INSERT OR REPLACE INTO carts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", visitor, n, e.began, e.changed, e.lines.encode(),
		string(e.state), value, unpriced, e.visit, null(start), origin, active, ended)
}

// activity looks for the latest activity of a session but in visits under way, and for
// its end.
func activity(c *conn, visitor int64) (active, ended int64, err error) {
	_, err = c.one(`SELECT (SELECT max(max(start, coalesce(last, start))) FROM visits WHERE visitor = ?1 AND ended IS NOT NULL),
		(SELECT max(time) FROM purchases WHERE visitor = ?1 AND counts = 1),
		(SELECT ended IS NOT NULL FROM visitors WHERE n = ?1)`, func(row []driver.Value) {
		active, ended = max(moment(row[0]), moment(row[1])), number(row[2])
	}, visitor)
	return active, ended, err
}

// touchCarts tells the carts of a visitor of a visit that changed. Of what happens in
// one that is under way they are not told.
func (b *batch) touchCarts(v *visitRow) error {
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
	if v.ended != never {
		if v.start != v.before.start && v.before.ended != never {
			b.cartWork(v.visitor).recount = true // it told of its former start
		}
		if err := b.c.exec("UPDATE carts SET active = max(active, ?2) WHERE "+openCart, v.visitor, max(v.last, v.start)); err != nil {
			return err
		}
	}
	if v.isNew || v.start == v.before.start && v.origin == v.before.origin {
		return nil
	}
	return b.c.exec("UPDATE carts SET start = ?3, origin = ?4 WHERE visitor = ?1 AND visit = ?2", v.visitor, v.n, null(v.start), v.origin)
}
