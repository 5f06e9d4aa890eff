package reporttest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// begin looks at the world for a question, unless that is faulty.
func (m *Model) begin(ctx context.Context, faulty error, loc *time.Location) (*world, error) {
	if faulty != nil {
		return nil, faulty
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reporttest: %w", err)
	}
	w := m.world()
	w.loc = cmp.Or(loc, time.UTC)
	return w, nil
}

// Totals returns what the selected visits come to, in groups.
func (m *Model) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	w, err := m.begin(ctx, checkTotals(q), q.Location)
	if err != nil {
		return nil, err
	}
	groups := map[[2]string][]*visit{}
	if len(q.By) == 0 {
		groups[[2]string{}] = nil
	}
	for _, v := range w.selected(q.Selection) {
		var key [2]string
		for i, by := range q.By {
			key[i] = v.dimension(by, w.loc)
		}
		groups[key] = append(groups[key], v)
	}
	var list []report.Group
	for key, visits := range groups {
		list = append(list, report.Group{Key: key[:len(q.By)], Totals: total(visits, q)})
	}
	slices.SortFunc(list, func(a, b report.Group) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), slices.Compare(a.Key, b.Key))
	})
	return first(list, q.Limit), nil
}

// first returns the first of a list; all for 0.
func first[T any](list []T, limit int) []T {
	if limit > 0 && limit < len(list) {
		return list[:limit]
	}
	return list
}

func total(visits []*visit, q report.TotalsQuery) report.Totals {
	t := report.Totals{Visits: int64(len(visits)), Revenue: map[string]int64{}}
	visitors, users := map[string]bool{}, map[string]bool{}
	var durations, engagements []time.Duration
	for _, v := range visits {
		visitors[v.session] = true
		t.Views += int64(len(v.views))
		t.Actions += int64(len(v.actions))
		count(&t.UnderWay, !v.over)
		count(&t.NewVisits, v.isNew)
		count(&t.WithView, len(v.views) > 0)
		count(&t.Judged, v.judged())
		count(&t.Bounces, v.bounced())
		count(&t.SinglePage, v.judged() && len(v.views) == 1)
		count(&t.Converted, q.Goal != nil && v.did(*q.Goal))
		if v.user != "" {
			users[v.user] = true
			t.WithUser++
		}
		if v.over {
			durations = append(durations, v.duration())
			if d, known := v.engagement(); known {
				engagements = append(engagements, d)
			}
		}
		for _, a := range v.actions {
			if a.purchase {
				t.Purchases++
				t.Revenue[a.currency] += a.value
			}
		}
	}
	t.Visitors, t.Users = int64(len(visitors)), int64(len(users))
	t.Duration, t.Engagement = spread(durations, q.Quantiles), spread(engagements, q.Quantiles)
	return t
}

func count(n *int64, when bool) {
	if when {
		*n++
	}
}

// did reports whether a step occurs in the visit.
func (v *visit) did(s report.Step) bool {
	return slices.ContainsFunc(v.views, func(w view) bool { return w.does(s) }) ||
		slices.ContainsFunc(v.actions, func(a action) bool { return a.does(s) })
}

// spread describes values. The quantile p of n values in order has the rank
// (n-1)·p, counted from 0; between two ranks it lies in proportion.
func spread(values []time.Duration, quantiles []float64) report.Spread {
	s := report.Spread{N: int64(len(values))}
	for _, d := range values {
		s.Sum += d
	}
	if s.N == 0 {
		return s
	}
	slices.Sort(values)
	for _, p := range quantiles {
		rank := float64(len(values)-1) * p
		below := int(rank)
		above := min(below+1, len(values)-1)
		low, high := values[below].Milliseconds(), values[above].Milliseconds()
		ms := float64(low) + (rank-float64(below))*float64(high-low)
		s.At = append(s.At, time.Duration(math.Floor(ms+0.5))*time.Millisecond)
	}
	return s
}

// dimension returns the value by which a visit is told apart.
func (v *visit) dimension(by report.Dimension, loc *time.Location) string {
	o := v.origin
	switch by {
	case report.BySource:
		return v.source
	case report.ByMedium:
		return o.Medium
	case report.ByCampaign:
		return o.Campaign
	case report.ByTerm:
		return o.Term
	case report.ByContent:
		return o.Content
	case report.ByChannel:
		return v.channel
	case report.ByReferrer:
		return o.Referrer
	case report.ByPlatform:
		return o.Platform
	case report.ByDevice:
		return o.Device
	case report.ByBrowser:
		return o.Browser
	case report.ByOS:
		return o.OS
	case report.ByLanguage:
		return o.Language
	case report.ByBot:
		return o.Bot
	case report.ByEntry, report.ByExit:
		return v.edge(by)
	case report.ByVisitor:
		return choose(v.isNew, "new", "returning")
	case report.ByLogin:
		return choose(v.user != "", "yes", "no")
	case report.ByEnd:
		return choose(v.ended, string(v.reason), choose(v.over, "unknown", "under way"))
	case report.ByHour, report.ByDay, report.ByWeek, report.ByMonth:
		return period(v.start, by, loc)
	}
	return ""
}

func (v *visit) edge(by report.Dimension) string {
	switch {
	case len(v.views) == 0:
		return ""
	case by == report.ByEntry:
		return v.views[0].name()
	default:
		return v.views[len(v.views)-1].name()
	}
}

func choose(when bool, yes, no string) string {
	if when {
		return yes
	}
	return no
}
