package sqlite

import (
	"database/sql/driver"

	"github.com/sojourn-go/sojourn/analytics"
)

// visitorRow is what a batch learns of a visitor. Number 0 is none: of events
// without a session.
type visitorRow struct {
	n     int64
	id    string
	isNew bool

	first   int64 // the start of a visit that may be the first; never: none is
	recount bool  // what was the first may be so no more
	ended   int64
	user    latestUser
	seen    int64
}

// saw takes in what an event tells.
func (v *visitorRow) saw(e *analytics.Event, at, user int64) {
	if user != 0 {
		v.user.saw(latestUser{user, at, rankOf(e.Type), e.ID})
	}
	if e.Type == analytics.SessionEnded {
		v.ended = earlier(v.ended, at)
	}
	if user != 0 || isLifecycle(e.Type) {
		v.seen = max(v.seen, at)
	}
	v.met(at)
}

// met notes an event that tells nothing but that there is the visitor.
func (v *visitorRow) met(at int64) {
	if v.isNew {
		v.seen = max(v.seen, at)
	}
}

// moved notes that a visit starts at another moment than before.
func (v *visitorRow) moved(before, start int64) {
	if before != never && (start == never || start > before) {
		v.recount = true
		return
	}
	v.first = earlier(v.first, start)
}

// visitor returns what the batch learns of a session.
func (b *batch) visitor(session string) (*visitorRow, error) {
	if v := b.visitors[session]; v != nil {
		return v, nil
	}
	v := newVisitorRow(0)
	v.id = session
	if session != "" {
		key := "visitors\x00" + session
		n, ok := b.w.codes.get(key)
		if !ok {
			var err error
			if n, err = b.c.number("SELECT n FROM visitors WHERE id = ?", session); err != nil {
				return nil, err
			}
		}
		if n == 0 {
			b.meta.visitors++
			n, v.isNew = b.meta.visitors, true
		}
		b.w.codes.fresh[key] = n
		v.n = n
	}
	b.visitors[session], b.numbered[v.n] = v, v
	return v, nil
}

// visitorNumbered is visitor for one that is there.
func (b *batch) visitorNumbered(n int64) *visitorRow {
	v := b.numbered[n]
	if v == nil {
		v = newVisitorRow(n)
		b.numbered[n] = v
	}
	return v
}

func newVisitorRow(n int64) *visitorRow {
	return &visitorRow{n: n, first: never, ended: never, user: latestUser{at: never}, seen: never}
}

// flushVisitors writes what the batch learned. It comes after flushVisits.
func (b *batch) flushVisitors() error {
	for n, v := range b.numbered {
		if n == 0 {
			continue
		}
		if err := b.writeVisitor(v); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeVisitor(v *visitorRow) error {
	if v.isNew {
		args := append([]any{v.n, v.id, null(v.first), null(v.ended), v.seen}, v.user.values()...)
		return b.c.exec("INSERT INTO visitors (n, id, first, ended, seen, user, user_at, user_rank, user_event)"+
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", args...)
	}
	if v.recount {
		err := b.c.exec("UPDATE visitors SET first = (SELECT min(start) FROM visits WHERE visitor = ?1), changed = ?2 WHERE n = ?1",
			v.n, b.meta.changes)
		if err != nil {
			return err
		}
	} else if v.first != never {
		err := b.c.exec("UPDATE visitors SET first = ?2, changed = ?3 WHERE n = ?1 AND (first IS NULL OR first > ?2)",
			v.n, v.first, b.meta.changes)
		if err != nil {
			return err
		}
	}
	if v.seen == never {
		return nil
	}
	var ended, seen int64
	var user latestUser
	_, err := b.c.one("SELECT ended, seen, user, user_at, user_rank, user_event FROM visitors WHERE n = ?", func(row []driver.Value) {
		ended, seen, user = moment(row[0]), number(row[1]), readLatestUser(row[2:])
	}, v.n)
	if err != nil {
		return err
	}
	user.saw(v.user)
	if v.ended != never {
		if err := b.c.exec("UPDATE carts SET ended = 1 WHERE "+openCart, v.n); err != nil {
			return err
		}
	}
	args := append([]any{v.n, null(earlier(ended, v.ended)), max(seen, v.seen)}, user.values()...)
	return b.c.exec("UPDATE visitors SET ended = ?2, seen = ?3, user = ?4, user_at = ?5, user_rank = ?6, user_event = ?7 WHERE n = ?1", args...)
}
