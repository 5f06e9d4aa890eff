package reporttest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Actions returns the actions that the selected visits took.
func (m *Model) Actions(ctx context.Context, q report.ActionsQuery) ([]report.Action, error) {
	w, err := m.begin(ctx, checkSelection(q.Selection, q.Limit), q.Location)
	if err != nil {
		return nil, err
	}
	rows := map[string]*report.Action{}
	visitors := map[string]map[string]bool{}
	for _, v := range w.selected(q.Selection) {
		here := map[string]bool{}
		for _, a := range v.actions {
			row := rows[a.name]
			if row == nil {
				row = &report.Action{Name: a.name, Revenue: map[string]int64{}}
				rows[a.name], visitors[a.name] = row, map[string]bool{}
			}
			row.Count++
			count(&row.Visits, !here[a.name])
			here[a.name] = true
			visitors[a.name][v.session] = true
			if a.purchase {
				row.Revenue[a.currency] += a.value
			}
		}
	}
	var list []report.Action
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row := *rows[name]
		row.Visitors = int64(len(visitors[name]))
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b report.Action) int { return cmp.Compare(b.Count, a.Count) })
	return first(list, q.Limit), nil
}
