package reporttest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Experiment returns how the arms did.
func (m *Model) Experiment(ctx context.Context, q report.ExperimentQuery) ([]report.Arm, error) {
	w, err := m.begin(ctx, checkExperiment(q), q.Location)
	if err != nil {
		return nil, err
	}
	exposed := map[string]exposure{} // by visitor
	for _, v := range w.visits {
		for _, x := range v.exposures {
			earlier, again := exposed[v.session]
			if x.experiment == q.Name && w.lets(q.Selection, v) && within(x.at, q.From, q.To) && (!again || x.at.Before(earlier.at)) {
				exposed[v.session] = x
			}
		}
	}
	arms := map[string]*report.Arm{}
	for session, x := range exposed {
		arm := arms[x.variant]
		if arm == nil {
			arm = &report.Arm{Name: x.variant}
			arms[x.variant] = arm
		}
		arm.Exposed++
		count(&arm.Converted, w.converted(session, x.at, q))
	}
	var list []report.Arm
	for _, name := range slices.Sorted(maps.Keys(arms)) {
		list = append(list, *arms[name])
	}
	return list, nil
}

// converted reports whether a visitor did the goal after a moment, in any visit.
func (w *world) converted(session string, after time.Time, q report.ExperimentQuery) bool {
	for _, v := range w.visits {
		if v.session != session || q.Bots != (v.origin.Bot != "") {
			continue
		}
		for _, d := range v.deeds() {
			if d.does(q.Goal) && d.at.After(after) && within(d.at, time.Time{}, q.To) {
				return true
			}
		}
	}
	return false
}
