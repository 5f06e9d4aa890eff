package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics/report"
)

func emptyScenarios() []scenario {
	return []scenario{{
		name: "a_warehouse_with_nothing_in_it",
		once: true,
		check: func(e *env) {
			ctx := e.Context()
			groups, err := e.w.Totals(ctx, report.TotalsQuery{Quantiles: []float64{0.5}, Goal: &report.Step{Page: "/"}})
			e.is("totals", err, groups, []report.Group{{}})
			groups, err = e.w.Totals(ctx, report.TotalsQuery{By: []report.Dimension{report.ByDay}})
			e.is("totals by day", err, groups, []report.Group{})
			hours, err := e.w.Hours(ctx, report.HoursQuery{})
			e.is("hours", err, hours, []report.Hour{})
			pages, err := e.w.Pages(ctx, report.PagesQuery{Kind: report.ByPath})
			e.is("pages", err, pages, []report.Page{})
			actions, err := e.w.Actions(ctx, report.ActionsQuery{})
			e.is("actions", err, actions, []report.Action{})
			steps, err := e.w.Funnel(ctx, report.FunnelQuery{Steps: shop()})
			e.is("funnel", err, steps, make([]report.FunnelStep, 3))
			paths, err := e.w.Paths(ctx, report.PathsQuery{Length: 3})
			e.is("paths", err, paths, []report.Path{})
			cohorts, err := e.w.Cohorts(ctx, report.CohortsQuery{Every: report.ByWeek, Periods: 3})
			e.is("cohorts", err, cohorts, []report.Cohort{})
			arms, err := e.w.Experiment(ctx, report.ExperimentQuery{Name: "button", Goal: report.Step{Action: "signup"}})
			e.is("arms", err, arms, []report.Arm{})
			carts, err := e.w.Carts(ctx, report.CartsQuery{})
			e.is("carts", err, carts, report.Carts{})
			lifecycle, err := e.w.Lifecycle(ctx, report.LifecycleQuery{})
			e.is("lifecycle", err, lifecycle, []report.LifecycleHour{})
			visitors, err := e.w.Visitors(ctx, report.VisitorsQuery{})
			e.is("visitors", err, visitors, []report.Visitor{})
			live, err := e.w.Live(ctx, tuesday().At("12:00"))
			e.is("live", err, live, report.Live{})
			ledger, err := e.w.Ledger(ctx)
			e.is("ledger", err, ledger, report.Ledger{})
		},
	}}
}
