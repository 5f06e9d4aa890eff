package reporttest

import (
	"context"
	"maps"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Cohorts returns the cohorts whose visitors' first visit is selected.
func (m *Model) Cohorts(ctx context.Context, q report.CohortsQuery) ([]report.Cohort, error) {
	w, err := m.begin(ctx, checkCohorts(q), q.Location)
	if err != nil {
		return nil, err
	}
	members := map[date][]string{} // by the first day of the period
	for _, v := range w.selected(q.Selection) {
		if v.isNew {
			day := dateOf(v.start, w.loc).first(q.Every)
			members[day] = append(members[day], v.session)
		}
	}
	var list []report.Cohort
	for _, day := range slices.SortedFunc(maps.Keys(members), func(a, b date) int { return a.Compare(b.Time) }) {
		c := report.Cohort{Start: day.begins(w.loc), Visitors: int64(len(members[day]))}
		newest := dateOf(w.newest, w.loc).first(q.Every)
		for at := day; len(c.Returned) < q.Periods && !at.After(newest.Time); at = at.next(q.Every) {
			var n int64
			for _, session := range members[day] {
				count(&n, w.came(session, at, q))
			}
			c.Returned = append(c.Returned, n)
			c.Open = at == newest
		}
		list = append(list, c)
	}
	return list, nil
}

// came reports whether a visitor had a visit in the period that begins with day.
func (w *world) came(session string, day date, q report.CohortsQuery) bool {
	return slices.ContainsFunc(w.visits, func(v *visit) bool {
		return v.session == session && q.Bots == (v.origin.Bot != "") && dateOf(v.start, w.loc).first(q.Every) == day
	})
}
