package reporttest

import (
	"errors"
	"math"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// questionScenarios are questions that no warehouse can answer.
func questionScenarios() []scenario {
	d := tuesday()
	return []scenario{{
		name:   "faulty_questions_are_refused",
		events: Events(d.Visit("v1").View("10:00", "/").Ends("10:30", idle)),
		once:   true,
		check: func(e *env) {
			for name, f := range faultyFilters() {
				s := report.Selection{Where: f}
				for method, ask := range e.questions(s) {
					if err := ask(); !errors.Is(err, report.ErrQuestion) {
						e.Errorf("%s with a filter with %s: %v, want ErrQuestion", method, name, err)
					}
				}
			}
			for method, ask := range e.questions(report.Selection{}) {
				if err := ask(); err != nil {
					e.Errorf("%s without a fault: %v, want an answer", method, err)
				}
			}
			refuse(e)
		},
	}}
}

func faultyFilters() map[string]report.Filter {
	device := where("device", report.Is, "mobile")
	return map[string]report.Filter{
		"an unknown field":               where("colour", report.Is, "red"),
		"an arm of nothing":              where("arm:", report.Is, "red"),
		"an unknown comparison":          where("device", "looks like", "mobile"),
		"no comparison":                  where("device", "", "mobile"),
		"a number's comparison of text":  where("device", report.AtLeast, "1"),
		"a text's comparison of numbers": where("views", report.Is, "1"),
		"no number":                      where("views", report.AtLeast),
		"two numbers":                    where("views", report.AtLeast, "1", "2"),
		"a word for a number":            where("views", report.AtLeast, "many"),
		"a number that is none":          where("views", report.LessThan, "NaN"),
		"all and any":                    {All: []report.Filter{device}, Any: []report.Filter{device}},
		"all and a field":                {All: []report.Filter{device}, Field: "device", Op: report.Is, Values: []string{"mobile"}},
		"not and a field":                {Not: &device, Field: "device", Op: report.Is, Values: []string{"mobile"}},
		"a fault within":                 {All: []report.Filter{device, {Any: []report.Filter{device, {Not: new(where("colour", report.Is, "red"))}}}}},
	}
}

// questions are all that take a selection, and have no other fault.
func (e *env) questions(s report.Selection) map[string]func() error {
	ctx, w := e.Context(), e.w
	goal := report.Step{Action: "play"}
	return map[string]func() error{
		"Totals": func() error { _, err := w.Totals(ctx, report.TotalsQuery{Selection: s}); return err },
		"Hours":  func() error { _, err := w.Hours(ctx, report.HoursQuery{Selection: s}); return err },
		"Pages":  func() error { _, err := w.Pages(ctx, report.PagesQuery{Selection: s, Kind: report.ByPath}); return err },
		"Actions": func() error {
			_, err := w.Actions(ctx, report.ActionsQuery{Selection: s})
			return err
		},
		"Funnel": func() error {
			_, err := w.Funnel(ctx, report.FunnelQuery{Selection: s, Steps: []report.Step{goal}})
			return err
		},
		"Paths": func() error { _, err := w.Paths(ctx, report.PathsQuery{Selection: s, Length: 1}); return err },
		"Cohorts": func() error {
			_, err := w.Cohorts(ctx, report.CohortsQuery{Selection: s, Every: report.ByDay, Periods: 1})
			return err
		},
		"Experiment": func() error {
			_, err := w.Experiment(ctx, report.ExperimentQuery{Selection: s, Name: "button", Goal: goal})
			return err
		},
		"Carts":     func() error { _, err := w.Carts(ctx, report.CartsQuery{Selection: s}); return err },
		"Lifecycle": func() error { _, err := w.Lifecycle(ctx, report.LifecycleQuery{Selection: s}); return err },
		"Visitors":  func() error { _, err := w.Visitors(ctx, report.VisitorsQuery{Selection: s}); return err },
	}
}

func refuse(e *env) {
	ctx, w := e.Context(), e.w
	play, steps := report.Step{Action: "play"}, []report.Step{{Action: "play"}}
	totals := func(q report.TotalsQuery) func() error {
		return func() error { _, err := w.Totals(ctx, q); return err }
	}
	pages := func(q report.PagesQuery) func() error {
		return func() error { _, err := w.Pages(ctx, q); return err }
	}
	funnel := func(q report.FunnelQuery) func() error {
		return func() error { _, err := w.Funnel(ctx, q); return err }
	}
	paths := func(q report.PathsQuery) func() error {
		return func() error { _, err := w.Paths(ctx, q); return err }
	}
	cohorts := func(every report.Dimension, periods int) func() error {
		return func() error {
			_, err := w.Cohorts(ctx, report.CohortsQuery{Every: every, Periods: periods})
			return err
		}
	}
	experiment := func(name string, goal report.Step) func() error {
		return func() error {
			_, err := w.Experiment(ctx, report.ExperimentQuery{Name: name, Goal: goal})
			return err
		}
	}
	for name, ask := range map[string]func() error{
		"three dimensions":          totals(report.TotalsQuery{By: []report.Dimension{report.ByDay, report.ByDevice, report.BySource}}),
		"a dimension twice":         totals(report.TotalsQuery{By: []report.Dimension{report.ByDay, report.ByDay}}),
		"an unknown dimension":      totals(report.TotalsQuery{By: []report.Dimension{"colour"}}),
		"a quantile above 1":        totals(report.TotalsQuery{Quantiles: []float64{1.01}}),
		"a quantile below 0":        totals(report.TotalsQuery{Quantiles: []float64{-0.01}}),
		"a quantile that is none":   totals(report.TotalsQuery{Quantiles: []float64{math.NaN()}}),
		"a limit below 0":           totals(report.TotalsQuery{Limit: -1}),
		"a goal of nothing":         totals(report.TotalsQuery{Goal: &report.Step{}}),
		"a goal of two things":      totals(report.TotalsQuery{Goal: &report.Step{Page: "/", Action: "play"}}),
		"pages of no kind":          pages(report.PagesQuery{}),
		"pages of another kind":     pages(report.PagesQuery{Kind: "door"}),
		"a quantile of pages":       pages(report.PagesQuery{Kind: report.ByPath, Quantiles: []float64{2}}),
		"a limit of pages below 0":  pages(report.PagesQuery{Kind: report.ByPath, Limit: -1}),
		"a limit of actions":        func() error { _, err := w.Actions(ctx, report.ActionsQuery{Limit: -1}); return err },
		"a funnel of no steps":      funnel(report.FunnelQuery{}),
		"a funnel of 11 steps":      funnel(report.FunnelQuery{Steps: make([]report.Step, 11)}),
		"a step of nothing":         funnel(report.FunnelQuery{Steps: []report.Step{play, {}}}),
		"an unknown scope":          funnel(report.FunnelQuery{Steps: steps, Scope: "world"}),
		"a window below 0":          funnel(report.FunnelQuery{Steps: steps, Within: -time.Second}),
		"paths of length 0":         paths(report.PathsQuery{}),
		"paths of length 11":        paths(report.PathsQuery{Length: 11}),
		"a limit of paths":          paths(report.PathsQuery{Length: 1, Limit: -1}),
		"cohorts by hour":           cohorts(report.ByHour, 1),
		"cohorts by nothing":        cohorts("", 1),
		"cohorts of 0 periods":      cohorts(report.ByDay, 0),
		"cohorts of 61 periods":     cohorts(report.ByDay, 61),
		"an experiment of no name":  experiment("", play),
		"an experiment of no goal":  experiment("button", report.Step{}),
		"carts of negative idling":  func() error { _, err := w.Carts(ctx, report.CartsQuery{Idle: -1}); return err },
		"a limit of carts below 0":  func() error { _, err := w.Carts(ctx, report.CartsQuery{Limit: -1}); return err },
		"visitors of minus 1 visit": func() error { _, err := w.Visitors(ctx, report.VisitorsQuery{MinVisits: -1}); return err },
	} {
		if err := ask(); !errors.Is(err, report.ErrQuestion) {
			e.Errorf("%s: %v, want ErrQuestion", name, err)
		}
	}
}
