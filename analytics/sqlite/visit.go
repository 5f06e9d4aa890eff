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

// visitRow is a visit, as a batch changes it. Whatever it takes in moves it one way
// only, so that the order in which events arrive does not matter.
type visitRow struct {
	n int64
	visitID
	visitFacts
	before  visitFacts // as the file has them
	isNew   bool
	changed bool // something of it was recorded
	whole   bool // last is known, also while the file does not have it
}

// visitID is what makes a visit known: its ID, and its visitor, so that nobody can tell
// of somebody else's visit.
type visitID struct {
	visitor int64
	id      string
}

// visitFacts are what the file holds of a visit beside its number and ID.
type visitFacts struct {
	start, known, earliest int64
	ended, last            int64
	reason                 string
	origin                 int64
	user                   latestUser
}

// saw takes in what every event of a visit tells. Purchases tell it when it is known
// which of them counts.
func (v *visitRow) saw(e *analytics.Event, at, user int64) {
	v.changed = true
	if isPurchaseEvent(e) {
		return
	}
	if v.known == byEvents {
		v.earliest = earlier(v.earliest, at)
	}
	if user != v.user.user || !hasUser(e.Type) {
		v.user.saw(latestUser{user, at, rankOf(e.Type), e.ID})
	}
}

// hasUser reports whether events of a type have a row that tells of their user.
func hasUser(t analytics.Type) bool {
	switch t {
	case analytics.PageViewed, analytics.ActionTaken, analytics.CartChanged, analytics.CheckoutCompleted, analytics.LoginStarted:
		return true
	default:
		return false
	}
}

// active notes activity.
func (v *visitRow) active(at int64) { v.last = max(v.last, at) }

// told are the facts as the file is to have them.
func (v *visitRow) told() visitFacts {
	f := v.visitFacts
	if f.known != byEvents {
		f.earliest = never // no longer of interest
	}
	if f.ended == never {
		f.last = never // it would change with each view
	}
	return f
}

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

const selectVisit = "SELECT n, visitor, id, start, start_known, earliest, ended, last, reason, origin, user, user_at, user_rank, user_event FROM visits WHERE "

func readVisit(row []driver.Value) *visitRow {
	v := &visitRow{n: number(row[0]), visitID: visitID{number(row[1]), text(row[2])}, visitFacts: visitFacts{
		start: moment(row[3]), known: number(row[4]), earliest: moment(row[5]), ended: moment(row[6]), last: moment(row[7]),
		reason: text(row[8]), origin: number(row[9]), user: readLatestUser(row[10:]),
	}}
	v.before, v.whole = v.visitFacts, v.ended != never
	return v
}

// visit returns the row of a visit, which is new if there is none.
func (b *batch) visit(visitor int64, id string) (*visitRow, error) {
	key := visitID{visitor, id}
	if v := b.visits[key]; v != nil {
		return v, nil
	}
	if v := b.w.rows.visit(key); v != nil {
		b.add(v)
		return v, nil
	}
	var v *visitRow
	_, err := b.c.one(selectVisit+"visitor = ? AND id = ?", func(row []driver.Value) { v = readVisit(row) }, visitor, id)
	if err != nil {
		return nil, err
	}
	if v == nil {
		b.meta.visits++
		v = &visitRow{n: b.meta.visits, visitID: key, isNew: true, whole: true, visitFacts: visitFacts{
			start: never, earliest: never, ended: never, last: never, user: latestUser{at: never},
		}}
		v.before = v.visitFacts
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
	b.visits[v.visitID] = v
	b.order = append(b.order, v)
}

// flushVisits writes the visits that changed.
func (b *batch) flushVisits() error {
	for _, v := range b.order {
		if !v.changed {
			continue
		}
		if err := b.settle(v); err != nil {
			return err
		}
		if told := v.told(); v.isNew || told != v.before {
			if err := b.write(v, told); err != nil {
				return err
			}
			if err := b.touchCarts(v); err != nil {
				return err
			}
			v.before = told
		}
	}
	return nil
}

// settle finds the start of a visit and its latest activity, if that is to be written,
// and notes what depends on them.
func (b *batch) settle(v *visitRow) error {
	if v.known == byEvents {
		bought, err := b.c.value("SELECT min(time) FROM purchases WHERE visit = ? AND counts = 1", v.n)
		if err != nil {
			return err
		}
		v.start = earlier(v.earliest, moment(bought))
	}
	if v.ended != never && !v.whole {
		_, err := b.c.one("SELECT (SELECT max(time) FROM views WHERE visit = ?1), (SELECT max(time) FROM actions WHERE visit = ?1)", func(row []driver.Value) {
			v.last = max(v.last, moment(row[0]), moment(row[1]))
		}, v.n)
		if err != nil {
			return err
		}
		v.whole = true
	}
	for _, start := range []int64{v.start, v.before.start} {
		if start != never {
			b.dirty[hourOf(start)] = true
		}
	}
	if v.start != v.before.start {
		b.visitorNumbered(v.visitor).moved(v.before.start, v.start)
	}
	return nil
}

func (b *batch) write(v *visitRow, f visitFacts) error {
	var reason any
	if f.ended != never {
		reason = f.reason
	}
	told := append([]any{v.n, f.known, null(f.earliest), null(f.ended), null(f.last), reason, f.origin}, f.user.values()...)
	switch {
	case v.isNew:
		return b.c.exec("INSERT INTO visits (n, start_known, earliest, ended, last, reason, origin, user, user_at, user_rank, user_event,"+
			" id, visitor, start) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", append(told, v.id, v.visitor, null(f.start))...)
	case f.start != v.before.start:
		return b.c.exec(updateVisit+", start = ?12 WHERE n = ?1", append(told, null(f.start))...)
	}
	return b.c.exec(updateVisit+" WHERE n = ?1", told...)
}

// updateVisit leaves out the start, which is in an index.
const updateVisit = "UPDATE visits SET start_known = ?2, earliest = ?3, ended = ?4, last = ?5, reason = ?6, origin = ?7," +
	" user = ?8, user_at = ?9, user_rank = ?10, user_event = ?11"
