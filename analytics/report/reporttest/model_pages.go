package reporttest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Pages returns the pages, routes or screens that the selected visits viewed.
func (m *Model) Pages(ctx context.Context, q report.PagesQuery) ([]report.Page, error) {
	w, err := m.begin(ctx, checkPages(q), q.Location)
	if err != nil {
		return nil, err
	}
	visits := w.selected(q.Selection)
	names := map[string]bool{}
	for _, v := range visits {
		for _, p := range v.views {
			if name, ok := p.as(q.Kind); ok {
				names[name] = true
			}
		}
	}
	var list []report.Page
	for name := range names {
		list = append(list, page(visits, name, q))
	}
	slices.SortFunc(list, func(a, b report.Page) int {
		return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(a.Name, b.Name))
	})
	return first(list, q.Limit), nil
}

func page(visits []*visit, name string, q report.PagesQuery) report.Page {
	row := report.Page{Name: name}
	visitors := map[string]bool{}
	var times []time.Duration
	for _, v := range visits {
		seen := false
		for i, p := range v.views {
			if n, ok := p.as(q.Kind); !ok || n != name {
				continue
			}
			seen = true
			row.Views++
			if d, known := v.timeOn(i); known {
				times = append(times, d)
			}
			if i == 0 {
				row.Entries++
				count(&row.Judged, v.judged())
				count(&row.Bounces, v.bounced())
			}
			if i == len(v.views)-1 {
				count(&row.Exits, v.over)
			}
		}
		if seen {
			row.Visits++
			visitors[v.session] = true
		}
	}
	row.Visitors = int64(len(visitors))
	row.Time = spread(times, q.Quantiles)
	return row
}

// timeOn returns how long the i-th view was looked at, if that is known.
func (v *visit) timeOn(i int) (d time.Duration, known bool) {
	switch p := v.views[i]; {
	case p.beacon:
		return p.engaged, true
	case i+1 < len(v.views):
		return min(v.views[i+1].at.Sub(p.at), longest), true
	}
	return 0, false
}
