package reporttest

import (
	"cmp"
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Paths returns the sequences of pages that the selected visits took.
func (m *Model) Paths(ctx context.Context, q report.PathsQuery) ([]report.Path, error) {
	w, err := m.begin(ctx, checkPaths(q), q.Location)
	if err != nil {
		return nil, err
	}
	var list []report.Path
	for _, v := range w.selected(q.Selection) {
		pages := v.path(q.After, q.Length)
		if len(pages) == 0 {
			continue
		}
		i := slices.IndexFunc(list, func(p report.Path) bool { return slices.Equal(p.Pages, pages) })
		if i < 0 {
			list = append(list, report.Path{Pages: pages})
			i = len(list) - 1
		}
		list[i].Visits++
	}
	slices.SortFunc(list, func(a, b report.Path) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), slices.Compare(a.Pages, b.Pages))
	})
	return first(list, q.Limit), nil
}

// path returns the first pages of the visit, or those from its first view of the
// page after on. The same page twice in a row is there once.
func (v *visit) path(after string, length int) []string {
	var pages []string
	for _, p := range v.views {
		switch name := p.name(); {
		case len(pages) == 0 && after != "" && name != after:
		case len(pages) > 0 && pages[len(pages)-1] == name:
		case len(pages) < length:
			pages = append(pages, name)
		}
	}
	return pages
}
