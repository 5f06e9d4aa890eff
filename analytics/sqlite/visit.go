package sqlite

import (
	"database/sql/driver"

	"github.com/sojourn-go/sojourn/analytics"
)

// What the start of a visit is known from.
const (
	byEvents int64 = iota // the earliest
	byEnd
	byStart
)

// visitRow is a row of visits, as a batch changes it. Whatever it takes in moves it
// one way only, so that the order in which events arrive does not matter.
type visitRow struct {
	n, visitor     int64
	id             string
	start, known   int64
	earliest, last int64
	latest         int64
	reason         string
	ended          bool
	origin         int64
	user           latestUser
	isNew, changed bool
	startBefore    int64 // as the file has it
}

// saw takes in what every event of a visit tells. Purchases tell it when it is known
// which of them counts.
func (v *visitRow) saw(e *analytics.Event, at, user int64) {
	v.changed = true
	v.latest = max(v.latest, at)
	if isPurchaseEvent(e) {
		return
	}
	v.earliest = earlier(v.earliest, at)
	v.user.saw(latestUser{user, at, rankOf(e.Type), e.ID})
}

// active notes activity.
func (v *visitRow) active(at int64) { v.last = max(v.last, at) }

// earlier returns the earlier of two moments, of which never is none.
func earlier(a, b int64) int64 {
	if a == never {
		return b
	}
	if b == never {
		return a
	}
	return min(a, b)
}

const selectVisit = "SELECT n, visitor, id, start, start_known, earliest, last, latest, reason, origin, user, user_at, user_rank, user_event FROM visits WHERE "

func readVisit(row []driver.Value) *visitRow {
	reason, ended := row[8].(string)
	start := moment(row[3])
	return &visitRow{
		n: number(row[0]), visitor: number(row[1]), id: text(row[2]),
		start: start, known: number(row[4]), earliest: moment(row[5]), last: moment(row[6]), latest: moment(row[7]),
		reason: reason, ended: ended, origin: number(row[9]), user: readLatestUser(row[10:]), startBefore: start,
	}
}

// visit returns the row of a visit, which is new if there is none.
func (b *batch) visit(id string, visitor *visitorRow) (*visitRow, error) {
	if v := b.visits[id]; v != nil {
		return v, nil
	}
	if v := b.w.rows.visit(id); v != nil {
		b.add(v)
		return v, nil
	}
	var v *visitRow
	_, err := b.c.one(selectVisit+"id = ?", func(row []driver.Value) { v = readVisit(row) }, id)
	if err != nil {
		return nil, err
	}
	if v == nil {
		b.meta.visits++
		v = &visitRow{
			n: b.meta.visits, visitor: visitor.n, id: id, isNew: true,
			start: never, startBefore: never, earliest: never, last: never, latest: never, user: latestUser{at: never},
		}
	}
	b.add(v)
	return v, nil
}

// visitNumbered returns the row of a visit that is there.
func (b *batch) visitNumbered(n int64) (*visitRow, error) {
	for _, v := range b.order {
		if v.n == n {
			return v, nil
		}
	}
	var v *visitRow
	found, err := b.c.one(selectVisit+"n = ?", func(row []driver.Value) { v = readVisit(row) }, n)
	if err != nil || !found {
		return nil, err
	}
	b.add(v)
	return v, nil
}

func (b *batch) add(v *visitRow) {
	b.visits[v.id] = v
	b.order = append(b.order, v)
}

// flushVisits writes the visits that changed.
func (b *batch) flushVisits() error {
	for _, v := range b.order {
		if !v.changed {
			continue
		}
		if err := b.settleStart(v); err != nil {
			return err
		}
		if err := b.write(v); err != nil {
			return err
		}
		if err := b.touchCarts(v); err != nil {
			return err
		}
	}
	return nil
}

// settleStart finds the start of a visit and notes what depends on it.
func (b *batch) settleStart(v *visitRow) error {
	if v.known == byEvents {
		bought, err := b.c.value("SELECT min(time) FROM purchases WHERE visit = ? AND counts = 1", v.n)
		if err != nil {
			return err
		}
		v.start = earlier(v.earliest, moment(bought))
	}
	for _, start := range []int64{v.start, v.startBefore} {
		if start != never {
			b.dirty[hourOf(start)] = true
		}
	}
	if v.start != v.startBefore {
		b.visitorNumbered(v.visitor).moved(v.startBefore, v.start)
	}
	return nil
}

func (b *batch) write(v *visitRow) error {
	earliest := v.earliest
	if v.known != byEvents {
		earliest = never // no longer of interest
	}
	var reason any
	if v.ended {
		reason = v.reason
	}
	told := append([]any{v.n, v.known, null(earliest), null(v.last), v.latest, reason, v.origin}, v.user.values()...)
	switch {
	case v.isNew:
		return b.c.exec("INSERT INTO visits (n, start_known, earliest, last, latest, reason, origin, user, user_at, user_rank, user_event,"+
			" id, visitor, start) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", append(told, v.id, v.visitor, null(v.start))...)
	case v.start != v.startBefore:
		return b.c.exec(updateVisit+", start = ?12 WHERE n = ?1", append(told, null(v.start))...)
	}
	return b.c.exec(updateVisit+" WHERE n = ?1", told...)
}

// updateVisit leaves the start out, which is in two indexes.
const updateVisit = "UPDATE visits SET start_known = ?2, earliest = ?3, last = ?4, latest = ?5, reason = ?6, origin = ?7," +
	" user = ?8, user_at = ?9, user_rank = ?10, user_event = ?11"
