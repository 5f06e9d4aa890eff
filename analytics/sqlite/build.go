package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// longestView is the most that counts of the engagement of one view.
const longestView = int64(30 * time.Minute / time.Millisecond)

// builder puts the visits of an hour together from their rows.
type builder struct {
	purchase uint32 // the name of actions that are purchases
	visits   []columns.Visit
	users    []latestUser  // of visits
	index    map[int64]int // in visits, by number
	engaged  map[viewOf]int64
	views    []viewRow
	actions  []actionRow
}

// viewOf names a view.
type viewOf struct{ visit, view int64 }

// viewRow and actionRow are what happened in a visit, with the ID of the event.
type viewRow struct {
	columns.View
	visit int // in visits
	id    string
}

type actionRow struct {
	columns.Action
	visit int
	id    string
}

// buildSegment makes the segment of an hour from rows.
func buildSegment(ctx context.Context, c *conn, hour int64) (*columns.Segment, error) {
	const long = int64(time.Hour / time.Millisecond)
	purchase, err := c.number("SELECT n FROM names WHERE name = ?", analytics.PurchaseAction)
	if err != nil {
		return nil, err
	}
	b := builder{purchase: code(purchase), index: map[int64]int{}, engaged: map[viewOf]int64{}}
	for _, part := range []struct {
		query string
		each  func(row []driver.Value)
	}{
		{"SELECT n, visitor, origin, start, last, ended, reason, user, user_at, user_rank, user_event FROM visits WHERE start >= ? AND start < ?", b.addVisit},
		{"SELECT x.visit, x.view, x.milliseconds" + inHour("engagements"), b.addEngagement},
		{"SELECT x.visit, x.view, x.time, x.page, x.id, x.user" + inHour("views"), b.addView},
		{"SELECT x.visit, x.time, x.name, x.id, x.user" + inHour("actions"), b.addAction},
		{"SELECT x.visit, x.time, x.id, x.value, x.currency, x.user" + inHour("purchases") + " AND x.counts = 1", b.addPurchase},
		{"SELECT x.visit, x.time, x.arm" + inHour("exposures"), b.addExposure},
	} {
		if err := c.all(ctx, part.query, part.each, hour*long, (hour+1)*long); err != nil {
			return nil, err
		}
	}
	b.finish()
	return columns.Build(hour, b.visits), nil
}

// inHour is the end of a query of the rows of visits that started in an hour.
func inHour(table string) string {
	return " FROM visits v CROSS JOIN " + table + " x ON x.visit = v.n WHERE v.start >= ? AND v.start < ?"
}

func (b *builder) addVisit(row []driver.Value) {
	v := columns.Visit{ID: number(row[0]), Visitor: code(row[1]), Origin: code(row[2]), Start: number(row[3])}
	v.Last = max(v.Start, moment(row[4]))
	if row[5] != nil {
		v.End = endOf(text(row[6]))
	}
	b.index[v.ID] = len(b.visits)
	b.visits = append(b.visits, v)
	b.users = append(b.users, readLatestUser(row[7:]))
}

func (b *builder) addEngagement(row []driver.Value) {
	of := viewOf{number(row[0]), number(row[1])}
	b.engaged[of] = max(b.engaged[of], min(number(row[2]), longestView))
}

func (b *builder) addView(row []driver.Value) {
	of := viewOf{number(row[0]), number(row[1])}
	w := columns.View{Time: number(row[2]), Page: code(row[3]), Engaged: -1}
	if ms, told := b.engaged[of]; told {
		w.Engaged = int32(ms) //nolint:gosec // no more than longestView (G115)
	}
	i, id := b.index[of.visit], text(row[4])
	b.views = append(b.views, viewRow{w, i, id})
	b.saw(i, w.Time, latestUser{number(row[5]), w.Time, rankView, id})
}

func (b *builder) addAction(row []driver.Value) {
	a := columns.Action{Time: number(row[1]), Name: code(row[2])}
	i, id := b.index[number(row[0])], text(row[3])
	b.actions = append(b.actions, actionRow{a, i, id})
	b.saw(i, a.Time, latestUser{number(row[4]), a.Time, rankOther, id})
}

// saw takes in what happened in a visit.
func (b *builder) saw(i int, at int64, user latestUser) {
	b.visits[i].Last = max(b.visits[i].Last, at)
	b.users[i].saw(user)
}

func (b *builder) addPurchase(row []driver.Value) {
	i, id := b.index[number(row[0])], text(row[2])
	a := columns.Action{Time: number(row[1]), Name: b.purchase, Value: number(row[3]), Currency: code(row[4])}
	b.actions = append(b.actions, actionRow{a, i, id})
	b.saw(i, a.Time, latestUser{number(row[5]), a.Time, rankOther, id})
}

func (b *builder) addExposure(row []driver.Value) {
	v := &b.visits[b.index[number(row[0])]]
	v.Exposures = append(v.Exposures, columns.Exposure{Time: number(row[1]), Arm: code(row[2])})
}

// finish puts what happened in order and gives it to its visits. The place in the
// order is the key.
func (b *builder) finish() {
	slices.SortFunc(b.views, func(x, y viewRow) int {
		return cmp.Or(cmp.Compare(x.visit, y.visit), cmp.Compare(x.Time, y.Time), compareIDs(x.id, y.id))
	})
	for i, w := range b.views {
		w.Key = int64(i)
		v := &b.visits[w.visit]
		v.Views = append(v.Views, w.View)
	}
	slices.SortFunc(b.actions, func(x, y actionRow) int {
		return cmp.Or(cmp.Compare(x.visit, y.visit), cmp.Compare(x.Time, y.Time), compareIDs(x.id, y.id))
	})
	for i, a := range b.actions {
		a.Key = int64(i)
		v := &b.visits[a.visit]
		v.Actions = append(v.Actions, a.Action)
	}
	for i := range b.visits {
		b.visits[i].User = code(b.users[i].user)
	}
}

// code reads a number that stands for a text.
func code(v driver.Value) uint32 {
	return uint32(number(v)) //nolint:gosec // there are not so many texts (G115)
}
