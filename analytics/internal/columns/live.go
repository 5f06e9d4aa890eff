package columns

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// liveFor is how long a visit is live after its last activity, in milliseconds.
const liveFor = 5 * 60_000

// Live answers report.Warehouse.Live, for a set that holds the hours of LiveBounds.
// Of a moment in the past it knows what had its last activity then, and no end.
func Live(ctx context.Context, set *Set, now time.Time) (report.Live, error) {
	sel := everybody(set, false)
	// Moments are whole milliseconds: those from the first on and before the second.
	from, to := ceilMilli(now)-liveFor, now.UnixMilli()+1
	sel.test = func(s *Segment, i uint32) bool {
		return s.end[i] == UnderWay && s.last[i] >= from && s.last[i] < to
	}
	pages := dimension{}
	page := pages.pageOf(sel.set, true)
	type part struct {
		visits          int64
		visitors, users map[uint32]bool
		pages           []int64
	}
	parts, err := scan(ctx, sel, func(int) *part {
		return &part{visitors: map[uint32]bool{}, users: map[uint32]bool{}, pages: make([]int64, len(pages.texts))}
	}, func(p *part, _ int, s *Segment, visits []uint32) {
		p.visits += int64(len(visits))
		for _, i := range visits {
			p.visitors[s.visitor[i]] = true
			if s.user[i] != 0 {
				p.users[s.user[i]] = true
			}
			if s.views[i] < s.views[i+1] {
				p.pages[page(s, i)]++
			}
		}
	})
	if err != nil {
		return report.Live{}, err
	}
	whole := parts[0]
	for _, p := range parts[1:] {
		whole.visits += p.visits
		for v := range p.visitors {
			whole.visitors[v] = true
		}
		for u := range p.users {
			whole.users[u] = true
		}
		for i, n := range p.pages {
			whole.pages[i] += n
		}
	}
	live := report.Live{Visits: whole.visits, Visitors: int64(len(whole.visitors)), Users: int64(len(whole.users))}
	for i, n := range whole.pages {
		if n > 0 {
			live.Pages = append(live.Pages, report.LivePage{Name: pages.texts[i], Visits: n})
		}
	}
	slices.SortFunc(live.Pages, func(a, b report.LivePage) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Name, b.Name))
	})
	return live, nil
}
