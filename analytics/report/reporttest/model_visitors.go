package reporttest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Visitors returns the visitors or users that meet all conditions.
func (m *Model) Visitors(ctx context.Context, q report.VisitorsQuery) ([]report.Visitor, error) {
	w, err := m.begin(ctx, checkVisitors(q), q.Location)
	if err != nil {
		return nil, err
	}
	whose := map[string][]*visit{}
	for _, v := range w.selected(q.Selection) {
		switch {
		case !q.Users:
			whose[v.session] = append(whose[v.session], v)
		case v.user != "":
			whose[v.user] = append(whose[v.user], v)
		}
	}
	var list []report.Visitor
	for _, id := range slices.Sorted(maps.Keys(whose)) {
		who := w.visitor(id, whose[id], q)
		if (q.LastBefore.IsZero() || who.Last.Before(q.LastBefore)) && who.Visits >= q.MinVisits &&
			who.Engagement >= q.MinEngagement && who.Duration >= q.MinDuration &&
			who.Count >= q.MinCount && who.Streak.Days >= q.MinStreak {
			list = append(list, who)
		}
	}
	return list, nil
}

// visitor puts together what one has done in visits, which are in their order.
func (w *world) visitor(id string, visits []*visit, q report.VisitorsQuery) report.Visitor {
	who := report.Visitor{ID: id, First: visits[0].start, Visits: int64(len(visits))}
	for _, v := range visits {
		who.User = cmp.Or(v.user, who.User)
		if v.last.After(who.Last) {
			who.Last = v.last
		}
		if v.over {
			who.Duration += v.duration()
			d, _ := v.engagement()
			who.Engagement += d
		}
		for _, a := range v.actions {
			count(&who.Count, q.Action != "" && a.name == q.Action)
		}
	}
	who.Streak = streak(visits, w.loc)
	return who
}

// streak returns the longest run of days with a visit.
func streak(visits []*visit, loc *time.Location) report.Streak {
	days := map[date]bool{}
	for _, v := range visits {
		days[dateOf(v.start, loc)] = true
	}
	var best report.Streak
	for _, day := range slices.SortedFunc(maps.Keys(days), func(a, b date) int { return a.Compare(b.Time) }) {
		n := 1
		for days[day.plus(n)] {
			n++
		}
		if n >= best.Days {
			best = report.Streak{Days: n, Start: day.begins(loc)}
		}
	}
	return best
}
