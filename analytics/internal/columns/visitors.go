package columns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Visitors answers report.Warehouse.Visitors. Visits under way add nothing to
// durations and engagement, as in all that is counted.
func Visitors(ctx context.Context, set *Set, q report.VisitorsQuery) ([]report.Visitor, error) {
	if err := checkVisitors(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	v := &visitors{set: sel.set, q: q, days: newCalendar(report.ByDay, q.Location)}
	v.action = tableOf(len(sel.set.Actions), func(i int) bool { return q.Action != "" && sel.set.Actions[i] == q.Action })
	found := make([][]owned[visit], len(sel.set.Segments))
	if _, err = scan(ctx, sel, func(int) *[]piece { return new([]piece) }, func(pieces *[]piece, at int, s *Segment, visits []uint32) {
		*pieces = v.days.pieces((*pieces)[:0], s.hour*hour, (s.hour+1)*hour)
		found[at] = v.owners(*pieces, s, visits)
	}); err != nil {
		return nil, err
	}
	owners := len(sel.set.First)
	if q.Users {
		owners = len(sel.set.Users)
	}
	all := byOwner(owners, found)
	goroutines := workers(len(all.values) / share)
	parts := make([][]owned[done], goroutines)
	eachOwner(&all, goroutines, func(worker, who int, visits []visit) {
		if d := v.done(visits); v.fits(d.Visitor) {
			parts[worker] = append(parts[worker], owned[done]{uint32(who), d}) //nolint:gosec // a code (G115)
		}
	})
	return v.named(slices.Concat(parts...))
}

// visitors is how to come by the answer to a VisitorsQuery.
type visitors struct {
	set    *Set
	q      report.VisitorsQuery
	action []bool // by action: is it the one that is counted?
	days   calendar
}

// visit is a visit of a segment, and the day on which it started.
type visit struct {
	s   *Segment
	i   uint32
	day int64
}

// done is what one has done, and the day on which the longest streak began.
type done struct {
	report.Visitor
	streak int64
}

// owners returns visits of s, which is made of these days, by owner.
func (v *visitors) owners(days []piece, s *Segment, visits []uint32) []owned[visit] {
	found := make([]owned[visit], 0, len(visits))
	owners := s.visitor
	if v.q.Users {
		owners = s.user
	}
	for _, i := range visits {
		for s.start[i] >= days[0].to {
			days = days[1:]
		}
		if owners[i] != 0 || !v.q.Users {
			found = append(found, owned[visit]{owners[i], visit{s, i, days[0].number}})
		}
	}
	return found
}

// done puts together what one has done in visits, which are in their order.
func (v *visitors) done(visits []visit) done {
	first := visits[0]
	last, lasted, engaged, user := first.s.last[first.i], int64(0), int64(0), uint32(0)
	row := report.Visitor{First: time.UnixMilli(first.s.start[first.i]).UTC(), Visits: int64(len(visits))}
	for _, at := range visits {
		s, i := at.s, at.i
		last = max(last, s.last[i])
		user = cmp.Or(s.user[i], user)
		if s.over(i, v.set.Newest) {
			lasted += s.last[i] - s.start[i]
			engaged += max(0, s.engaged[i])
		}
		for _, name := range s.actionsOf(i) {
			if v.action[name] {
				row.Count++
			}
		}
	}
	row.Last = time.UnixMilli(last).UTC()
	row.Duration, row.Engagement = duration(lasted), duration(engaged)
	row.User = v.set.Users[user]
	streak, days := longestStreak(visits)
	row.Streak.Days = int(days)
	return done{row, streak}
}

// longestStreak returns the first day and the number of days of the longest run of
// days with a visit, of several the latest.
func longestStreak(visits []visit) (first, days int64) {
	// A clock that is put back over midnight can show the day before once more.
	earlier := func(a, b visit) int { return cmp.Compare(a.day, b.day) }
	if !slices.IsSortedFunc(visits, earlier) {
		slices.SortStableFunc(visits, earlier)
	}
	start := int64(0)
	for at, visit := range visits {
		if at == 0 || visit.day > visits[at-1].day+1 {
			start = visit.day
		}
		if run := visit.day - start + 1; run >= days {
			first, days = start, run
		}
	}
	return first, days
}

// fits reports whether row meets the conditions.
func (v *visitors) fits(row report.Visitor) bool {
	q := &v.q
	return (q.LastBefore.IsZero() || row.Last.Before(q.LastBefore)) &&
		row.Visits >= q.MinVisits && row.Engagement >= q.MinEngagement && row.Duration >= q.MinDuration &&
		row.Count >= q.MinCount && row.Streak.Days >= q.MinStreak
}

// named returns the rows with the IDs of their owners, in the order of these.
func (v *visitors) named(found []owned[done]) ([]report.Visitor, error) {
	rows := make([]report.Visitor, len(found))
	codes := make([]uint32, len(found))
	begins := map[int64]time.Time{} // there are few days, and many visitors
	for i := range found {
		d := &found[i].what
		rows[i], codes[i] = d.Visitor, found[i].who
		begin, ok := begins[d.streak]
		if !ok {
			begin = v.days.begin(d.streak)
			begins[d.streak] = begin
		}
		rows[i].Streak.Start = begin
	}
	if v.q.Users {
		for i, code := range codes {
			rows[i].ID = v.set.Users[code]
		}
	} else {
		ids, err := v.set.ids(codes)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			rows[i].ID = id
		}
	}
	slices.SortFunc(rows, func(a, b report.Visitor) int { return cmp.Compare(a.ID, b.ID) })
	return rows, nil
}
