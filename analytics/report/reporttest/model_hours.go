package reporttest

import (
	"context"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Hours returns what happened in every local hour with an active visit.
func (m *Model) Hours(ctx context.Context, q report.HoursQuery) ([]report.Hour, error) {
	w, err := m.begin(ctx, checkSelection(q.Selection, 0), q.Location)
	if err != nil {
		return nil, err
	}
	hours := map[int64]*report.Hour{}
	at := func(t time.Time) *report.Hour {
		start := hourOf(t, w.loc)
		if hours[start.Unix()] == nil {
			hours[start.Unix()] = &report.Hour{Start: start}
		}
		return hours[start.Unix()]
	}
	for _, v := range w.selected(q.Selection) {
		at(v.start).Started++
		for _, p := range v.views {
			at(p.at).Views++
		}
		for _, a := range v.actions {
			at(a.at).Actions++
		}
		active := map[*report.Hour]bool{}
		for t := v.start; t.Before(v.last); t = t.Add(15 * time.Minute) { // no hour is shorter than that
			active[at(t)] = true
		}
		active[at(v.last)] = true
		for h := range active {
			h.Active++
		}
	}
	var list []report.Hour
	for _, h := range hours {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b report.Hour) int { return a.Start.Compare(b.Start) })
	return list, nil
}
