package reporttest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// deed is a view or an action in the order in which things were done.
type deed struct {
	at   time.Time
	does func(report.Step) bool
}

// deeds returns what was done in a visit: of the same moment, views come first.
func (v *visit) deeds() []deed {
	var list []deed
	for _, p := range v.views {
		list = append(list, deed{p.at, p.does})
	}
	for _, a := range v.actions {
		list = append(list, deed{a.at, a.does})
	}
	slices.SortStableFunc(list, func(a, b deed) int { return a.at.Compare(b.at) })
	return list
}

// Funnel returns how far the selected visits, or visitors, came.
func (m *Model) Funnel(ctx context.Context, q report.FunnelQuery) ([]report.FunnelStep, error) {
	w, err := m.begin(ctx, checkFunnel(q), q.Location)
	if err != nil {
		return nil, err
	}
	whose := map[string][]deed{}
	for _, v := range w.selected(q.Selection) {
		id := v.id
		if q.Scope == report.PerVisitor {
			id = v.session
		}
		whose[id] = append(whose[id], v.deeds()...)
	}
	steps := make([]report.FunnelStep, len(q.Steps))
	between := make([][]time.Duration, len(q.Steps))
	for _, id := range slices.Sorted(maps.Keys(whose)) {
		for i := range q.Steps {
			took, reached := reach(whose[id], q.Steps[:i+1], q.Within)
			count(&steps[i].Reached, reached)
			if reached && i > 0 {
				between[i] = append(between[i], took)
			}
		}
	}
	for i := range steps {
		steps[i].Between = spread(between[i], q.Quantiles)
	}
	return steps, nil
}

// reach tries every deed as the first step, and returns how long the last step
// was after the one before it, in the attempt that got there first.
func reach(deeds []deed, steps []report.Step, window time.Duration) (took time.Duration, reached bool) {
	var best time.Time
	for i, d := range deeds {
		if !d.does(steps[0]) {
			continue
		}
		before, at, ok := attempt(deeds[i:], steps, window)
		if ok && (!reached || at.Before(best)) {
			took, best, reached = at.Sub(before), at, true
		}
	}
	return took, reached
}

// attempt takes the steps one after the other, each with the first deed that
// does it, and returns when the last two were done.
func attempt(deeds []deed, steps []report.Step, window time.Duration) (before, at time.Time, ok bool) {
	next := 0
	for _, d := range deeds {
		if window > 0 && d.at.Sub(deeds[0].at) > window {
			break
		}
		if d.does(steps[next]) {
			before, at = at, d.at
			if next++; next == len(steps) {
				return before, at, true
			}
		}
	}
	return before, at, false
}
