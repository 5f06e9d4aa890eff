package reporttest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// liveFor is how long after its last activity a visit counts as live.
const liveFor = 5 * time.Minute

// Live returns what goes on at the given moment.
func (m *Model) Live(ctx context.Context, now time.Time) (report.Live, error) {
	w, err := m.begin(ctx, nil, nil)
	if err != nil {
		return report.Live{}, err
	}
	live := report.Live{}
	visitors, users := map[string]bool{}, map[string]bool{}
	for _, v := range w.selected(report.Selection{}) {
		if v.ended || v.last.Before(now.Add(-liveFor)) || v.last.After(now) {
			continue
		}
		live.Visits++
		visitors[v.session] = true
		if v.user != "" {
			users[v.user] = true
		}
		if len(v.views) == 0 {
			continue
		}
		name := v.edge(report.ByExit)
		i := slices.IndexFunc(live.Pages, func(p report.LivePage) bool { return p.Name == name })
		if i < 0 {
			live.Pages = append(live.Pages, report.LivePage{Name: name})
			i = len(live.Pages) - 1
		}
		live.Pages[i].Visits++
	}
	live.Visitors, live.Users = int64(len(visitors)), int64(len(users))
	slices.SortFunc(live.Pages, func(a, b report.LivePage) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Name, b.Name))
	})
	return live, nil
}
