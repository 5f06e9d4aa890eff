package columns_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func where(f report.Filter) report.Selection { return report.Selection{Where: f} }

func condition(field report.Field, op report.Op, values ...string) report.Filter {
	return report.Filter{Field: field, Op: op, Values: values}
}

func deep(n int) report.Filter {
	f := condition(report.FieldUser, report.Is, "ann")
	for range n - 1 {
		f = report.Filter{All: []report.Filter{f}}
	}
	return f
}

func many(n int) report.Filter {
	var f report.Filter
	for range n {
		f.Any = append(f.Any, condition(report.FieldUser, report.Is, "ann"))
	}
	return f
}

// Each question says all that is wrong with it.
func TestQuestions_withFaults(t *testing.T) {
	t.Parallel()
	ctx, set := t.Context(), &columns.Set{}
	totals := func(q report.TotalsQuery) error { _, err := columns.Totals(ctx, set, q); return err }
	filter := func(f report.Filter) error { return totals(report.TotalsQuery{Selection: where(f)}) }
	pages := func(q report.PagesQuery) error { _, err := columns.Pages(ctx, set, q); return err }
	funnel := func(q report.FunnelQuery) error { _, err := columns.Funnel(ctx, set, q); return err }
	paths := func(q report.PathsQuery) error { _, err := columns.Paths(ctx, set, q); return err }
	cohorts := func(q report.CohortsQuery) error { _, err := columns.Cohorts(ctx, set, q); return err }
	experiment := func(q report.ExperimentQuery) error { _, err := columns.Experiment(ctx, set, q); return err }
	visitors := func(q report.VisitorsQuery) error { _, err := columns.Visitors(ctx, set, q); return err }
	_, hours := columns.Hours(ctx, set, report.HoursQuery{Selection: where(condition("x", report.Is, "y"))})
	_, actions := columns.Actions(ctx, set, report.ActionsQuery{Limit: -1})
	_, selected := columns.Select(ctx, set, where(condition("x", report.Is, "y")))
	bad := where(report.Filter{Op: report.Is})
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"unknown field":           {filter(condition("colour", report.Is, "red")), []string{`unknown field "colour"`}},
		"unknown comparison":      {filter(condition("source", "like", "red")), []string{`unknown comparison "like"`}},
		"no comparison":           {filter(condition("source", "", "red")), []string{`unknown comparison ""`}},
		"a text is no number":     {filter(condition("source", report.AtLeast, "3")), []string{`"source" is a text`}},
		"a number is no text":     {filter(condition(report.FieldViews, report.Is, "3")), []string{`"views" is a number`}},
		"nothing to compare with": {filter(condition("source", report.IsNot)), []string{"compared with nothing"}},
		"two numbers":             {filter(condition(report.FieldViews, report.AtLeast, "3", "4")), []string{"not 2 values"}},
		"not a number":            {filter(condition(report.FieldViews, report.AtLeast, "1e3")), []string{`"1e3" is not a decimal number`}},
		"no experiment":           {filter(condition(report.FieldArm, report.Is, "a")), []string{"names no experiment"}},
		"no field":                {filter(report.Filter{Op: report.Is, Values: []string{"x"}}), []string{"without a field"}},
		"two in one filter":       {filter(report.Filter{Field: "source", Op: report.Is, Values: []string{"x"}, Not: &report.Filter{}}), []string{"with 2 of All"}},
		"too deep":                {filter(deep(9)), []string{"deeper than 8"}},
		"too many conditions":     {filter(many(101)), []string{"101 conditions, at most 100"}},
		"too many patterns":       {filter(condition("page", report.Matches, slices.Repeat([]string{"*a*b"}, 101)...)), []string{"101 conditions, at most 100"}},
		"all of them": {
			totals(report.TotalsQuery{
				Selection: bad, By: []report.Dimension{"day", "day", "colour"}, Goal: &report.Step{Page: "/", Action: "x"},
				Quantiles: []float64{-0.1, 1.1, math.NaN()}, Limit: -1,
			}),
			[]string{
				"without a field", "3 dimensions, at most 2", `"day" twice`, `unknown dimension "colour"`, "Goal names 2",
				"-0.1", "1.1", "NaN", "Limit is negative",
			},
		},
		"hours":      {hours, []string{"unknown field"}},
		"pages":      {pages(report.PagesQuery{Selection: bad, Quantiles: []float64{2}, Limit: -1}), []string{"field", "Kind", "quantile", "Limit"}},
		"actions":    {actions, []string{"Limit"}},
		"funnel":     {funnel(report.FunnelQuery{Scope: "user", Within: -1}), []string{"Steps: 0", `Scope "user"`, "Within"}},
		"steps":      {funnel(report.FunnelQuery{Steps: make([]report.Step, 11)}), []string{"Steps: 11", "step 11 names 0"}},
		"paths":      {paths(report.PathsQuery{Length: 11, Limit: -1}), []string{"Length: 11", "Limit"}},
		"cohorts":    {cohorts(report.CohortsQuery{Every: report.ByHour, Periods: 61}), []string{"day, week or month", "Periods: 61"}},
		"experiment": {experiment(report.ExperimentQuery{Selection: bad}), []string{"field", "no Name", "Goal names 0"}},
		"visitors": {
			visitors(report.VisitorsQuery{MinVisits: -1, MinEngagement: -1, MinDuration: -1, MinCount: 1, MinStreak: -1}),
			[]string{"MinVisits", "MinEngagement", "MinDuration", "MinCount of no Action", "MinStreak"},
		},
		"carts":     {columns.CheckCarts(report.CartsQuery{Selection: bad, Idle: -1, Limit: -1}), []string{"field", "Idle", "Limit"}},
		"lifecycle": {columns.CheckLifecycle(report.LifecycleQuery{Selection: bad}), []string{"field"}},
		"select":    {selected, []string{"unknown field"}},
	} {
		if !errors.Is(c.err, report.ErrQuestion) {
			t.Errorf("%s: error %v", name, c.err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(c.err.Error(), want) {
				t.Errorf("%s: %v, which does not say %q", name, c.err, want)
			}
		}
	}
	for name, err := range map[string]error{
		"a filter as deep as can be": filter(deep(8)),
		"as many conditions":         filter(many(100)),
		"as many patterns":           filter(condition("page", report.Matches, slices.Repeat([]string{"*a*b"}, 100)...)),
		"a thousand values":          filter(condition("page", report.Is, slices.Repeat([]string{"/"}, 1000)...)),
		"an empty Any":               filter(report.Filter{Any: []report.Filter{}}),
		"carts":                      columns.CheckCarts(report.CartsQuery{}),
		"lifecycle":                  columns.CheckLifecycle(report.LifecycleQuery{}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A set without anything has answers without rows, but for the totals.
func TestQuestions_toAnEmptySet(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, set := range map[string]*columns.Set{"no segments": {}, "empty segments": {Segments: []*columns.Segment{columns.Build(0, nil), columns.Build(1, nil)}}} {
		rows := func(what string, n int, err error) {
			t.Helper()
			if n != 0 || err != nil {
				t.Errorf("%s: %s: %d rows, %v", name, what, n, err)
			}
		}
		groups, err := columns.Totals(ctx, set, report.TotalsQuery{Quantiles: []float64{0.5}})
		if err != nil || len(groups) != 1 || groups[0].Visits != 0 || groups[0].Duration.At != nil {
			t.Errorf("%s: totals: %+v, %v", name, groups, err)
		}
		groups, err = columns.Totals(ctx, set, report.TotalsQuery{By: []report.Dimension{report.ByDay, report.ByEntry}, Goal: &report.Step{Page: "*"}})
		rows("totals by day and entry", len(groups), err)
		hours, err := columns.Hours(ctx, set, report.HoursQuery{})
		rows("hours", len(hours), err)
		pages, err := columns.Pages(ctx, set, report.PagesQuery{Kind: report.ByPath, Quantiles: []float64{0.5}})
		rows("pages", len(pages), err)
		actions, err := columns.Actions(ctx, set, report.ActionsQuery{})
		rows("actions", len(actions), err)
		paths, err := columns.Paths(ctx, set, report.PathsQuery{Length: 3, Limit: 1})
		rows("paths", len(paths), err)
		cohorts, err := columns.Cohorts(ctx, set, report.CohortsQuery{Every: report.ByDay, Periods: 3})
		rows("cohorts", len(cohorts), err)
		arms, err := columns.Experiment(ctx, set, report.ExperimentQuery{Name: "x", Goal: report.Step{Page: "/"}})
		rows("experiment", len(arms), err)
		for _, users := range []bool{false, true} {
			visitors, err := columns.Visitors(ctx, set, report.VisitorsQuery{Users: users})
			rows("visitors", len(visitors), err)
		}
		for _, scope := range []report.Scope{report.PerVisit, report.PerVisitor} {
			steps, err := columns.Funnel(ctx, set, report.FunnelQuery{Steps: []report.Step{{Page: "/"}, {Action: "x"}}, Scope: scope, Quantiles: []float64{0.5}})
			if err != nil || len(steps) != 2 || steps[0].Reached+steps[1].Reached != 0 {
				t.Errorf("%s: funnel: %+v, %v", name, steps, err)
			}
		}
		live, err := columns.Live(ctx, set, time.Now())
		rows("live", len(live.Pages)+int(live.Visits), err)
		if selected, err := columns.Select(ctx, set, report.Selection{}); err != nil || selected(1) {
			t.Errorf("%s: select: %v", name, err)
		}
	}
}

func TestQuestions_endWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client has gone")
	cancel(gone)
	set, _ := traffic(10)
	if _, err := columns.Totals(ctx, set, report.TotalsQuery{}); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

// Segments that do not belong to the set are an error, not a panic.
func TestQuestions_toSegmentsOfAnotherSet(t *testing.T) {
	t.Parallel()
	set, _ := traffic(1000)
	set.Pages = set.Pages[:5]
	if _, err := columns.Totals(t.Context(), set, report.TotalsQuery{}); err == nil || !strings.Contains(err.Error(), "page") {
		t.Errorf("error %v", err)
	}
}
