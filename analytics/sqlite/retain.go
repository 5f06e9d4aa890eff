package sqlite

import (
	"context"
	"database/sql/driver"
	"time"
)

const (
	// retainEvery is how often what is too old is looked for.
	retainEvery = time.Minute

	// deleteAtOnce is how many visits, or other rows, go in one transaction, so that
	// recording waits for some milliseconds only.
	deleteAtOnce = 500
)

// retain deletes what is too old, until the warehouse is closed.
func (w *Warehouse) retain() {
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		err := w.expire(w.background.ctx)
		if err != nil && w.background.ctx.Err() == nil {
			w.opts.Logger.Warn("deleting what is too old failed", errAttr(err))
		}
		select {
		case <-w.background.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// expire deletes what is too old now.
func (w *Warehouse) expire(ctx context.Context) error {
	cutoff := w.cutoff()
	for more := true; more; {
		err := w.write(ctx, func(c *conn) (err error) {
			more, err = expireSome(c, cutoff)
			return err
		}, w.rows.clear)
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// expireSome deletes some of what is older than cutoff, and reports whether there may
// be more.
func expireSome(c *conn, cutoff int64) (more bool, err error) {
	m, err := readMeta(c)
	if err != nil {
		return false, err
	}
	if cutoff > m.horizon { // from now on, older events are not taken again
		m.horizon = cutoff
	}
	m.changes++
	p := pruning{c: c, meta: &m, cutoff: cutoff, users: map[int64]bool{}}
	for _, step := range []func() (int64, error){p.visits, p.lifecycle, p.counted, p.carts, p.visitors} {
		n, err := step()
		if err != nil {
			return false, err
		}
		more = more || n >= deleteAtOnce
	}
	if err := p.forgetUsers(); err != nil {
		return false, err
	}
	return more, m.write(c)
}

// pruning is a transaction that deletes.
type pruning struct {
	c      *conn
	meta   *meta
	cutoff int64
	users  map[int64]bool // who may not occur any more
}

// untouched is the condition that nothing happened in a visit of late.
var untouched = func() (condition string) {
	for _, table := range []string{"views", "engagements", "actions", "exposures", "purchases"} {
		condition += " AND NOT EXISTS (SELECT 1 FROM " + table + " x WHERE x.visit = visits.n AND x.time >= ?1)"
	}
	return condition
}()

// visits deletes visits with all that happened in them.
func (p *pruning) visits() (int64, error) {
	type visit struct{ n, visitor, start int64 }
	var old []visit
	for _, which := range []string{"start < ?1", "start IS NULL"} {
		err := p.c.all(uninterrupted, "SELECT n, visitor, start, user FROM visits WHERE "+which+
			" AND max(coalesce(ended, ?1 - 1), coalesce(last, ?1 - 1)) < ?1"+untouched+" ORDER BY start LIMIT ?2",
			func(row []driver.Value) {
				old = append(old, visit{number(row[0]), number(row[1]), moment(row[2])})
				p.users[number(row[3])] = true
			}, p.cutoff, int64(deleteAtOnce))
		if err != nil {
			return 0, err
		}
	}
	visitors := map[int64]bool{}
	for _, v := range old {
		visitors[v.visitor] = true
		if err := p.visit(v.n, v.start); err != nil {
			return 0, err
		}
	}
	for visitor := range visitors {
		err := p.c.exec("UPDATE visitors SET first = (SELECT min(start) FROM visits WHERE visitor = ?1), changed = ?2 WHERE n = ?1",
			visitor, p.meta.changes)
		if err != nil {
			return 0, err
		}
	}
	if len(old) > 0 {
		p.meta.exposed = p.meta.changes
	}
	return int64(len(old)), nil
}

// visit deletes one.
func (p *pruning) visit(n, start int64) error {
	err := p.c.all(uninterrupted, "SELECT user FROM purchases WHERE visit = ?1 UNION SELECT user FROM views WHERE visit = ?1"+
		" UNION SELECT user FROM actions WHERE visit = ?1", func(row []driver.Value) { p.users[number(row[0])] = true }, n)
	if err != nil {
		return err
	}
	for _, query := range []string{
		"DELETE FROM views WHERE visit = ?", "DELETE FROM engagements WHERE visit = ?", "DELETE FROM actions WHERE visit = ?",
		"DELETE FROM exposures WHERE visit = ?", "DELETE FROM purchases WHERE visit = ?", "DELETE FROM visits WHERE n = ?",
	} {
		if err := p.c.exec(query, n); err != nil {
			return err
		}
	}
	if start == never {
		return nil
	}
	if err := p.c.exec("UPDATE hours SET version = ? WHERE hour = ?", p.meta.changes, hourOf(start)); err != nil {
		return err
	}
	return p.c.exec("DELETE FROM segments WHERE hour = ?", hourOf(start))
}

func (p *pruning) lifecycle() (int64, error) {
	return p.c.change("DELETE FROM lifecycle WHERE (time, id, type, visitor) IN"+
		" (SELECT time, id, type, visitor FROM lifecycle WHERE time < ? LIMIT ?)", p.cutoff, int64(deleteAtOnce))
}

func (p *pruning) counted() (int64, error) {
	return p.c.change("DELETE FROM counted WHERE (time, event) IN (SELECT time, event FROM counted WHERE time < ? LIMIT ?)",
		p.cutoff, int64(deleteAtOnce))
}

// carts deletes carts with the changes that made them.
func (p *pruning) carts() (int64, error) {
	type cart struct{ visitor, number, changed int64 }
	var old []cart
	err := p.c.all(uninterrupted, "SELECT visitor, number, changed FROM carts WHERE changed < ? ORDER BY changed LIMIT ?",
		func(row []driver.Value) { old = append(old, cart{number(row[0]), number(row[1]), number(row[2])}) }, p.cutoff, int64(deleteAtOnce))
	if err != nil {
		return 0, err
	}
	for _, c := range old {
		if err := p.c.exec("DELETE FROM cart_changes WHERE visitor = ? AND time <= ?", c.visitor, c.changed); err != nil {
			return 0, err
		}
		if err := p.c.exec("DELETE FROM carts WHERE visitor = ? AND number = ?", c.visitor, c.number); err != nil {
			return 0, err
		}
	}
	return int64(len(old)), nil
}

// visitors deletes those of whom nothing is left but changes to no cart.
func (p *pruning) visitors() (int64, error) {
	var old []int64
	err := p.c.all(uninterrupted, `SELECT n, user FROM visitors r WHERE first IS NULL AND seen < ?1
		AND NOT EXISTS (SELECT 1 FROM visits x WHERE x.visitor = r.n) AND NOT EXISTS (SELECT 1 FROM carts x WHERE x.visitor = r.n)
		AND NOT EXISTS (SELECT 1 FROM cart_changes x WHERE x.visitor = r.n AND x.time >= ?1) LIMIT ?2`, func(row []driver.Value) {
		old = append(old, number(row[0]))
		p.users[number(row[1])] = true
	}, p.cutoff, int64(deleteAtOnce))
	if err != nil || len(old) == 0 {
		return 0, err
	}
	for _, n := range old {
		if err := p.c.exec("DELETE FROM cart_changes WHERE visitor = ?", n); err != nil {
			return 0, err
		}
		if err := p.c.exec("DELETE FROM visitors WHERE n = ?", n); err != nil {
			return 0, err
		}
	}
	p.meta.pruned++
	return int64(len(old)), nil
}

// forgetUsers deletes the names of users who do not occur any more.
func (p *pruning) forgetUsers() error {
	for n := range p.users {
		gone, err := p.c.change(`DELETE FROM users WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM visits WHERE user = ?1 AND user <> 0)
			AND NOT EXISTS (SELECT 1 FROM visitors WHERE user = ?1 AND user <> 0)
			AND NOT EXISTS (SELECT 1 FROM purchases WHERE user = ?1 AND user <> 0)`, n)
		if err != nil {
			return err
		}
		if gone > 0 {
			p.meta.pruned++
		}
	}
	return nil
}
