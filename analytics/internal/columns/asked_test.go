package columns_test

import (
	"context"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// filtered selects some of the visits of traffic.
var filtered = report.Selection{Where: report.Filter{All: []report.Filter{
	{Field: "device", Op: report.Is, Values: []string{"mobile", "desktop"}},
	{Field: report.FieldPage, Op: report.Matches, Values: []string{"/product/1*"}},
	{Any: []report.Filter{
		{Field: report.FieldDuration, Op: report.AtLeast, Values: []string{"60"}},
		{Field: report.FieldAction, Op: report.Is, Values: []string{"purchase"}},
	}},
}}}

// question is one of each kind, about some visits.
type question struct {
	name string
	ask  func(context.Context, report.Selection) (any, error)
}

// asked returns questions to a set of traffic.
func asked(t testing.TB, set *columns.Set) []question {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := []float64{0.5, 0.95}
	steps := []report.Step{{Page: "/page/*"}, {Route: "/product/{id}"}, {Action: "cart.changed"}, {Action: "checkout.completed"}}
	totals := func(limit int, by ...report.Dimension) func(context.Context, report.Selection) (any, error) {
		return func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Totals(ctx, set, report.TotalsQuery{Selection: in(s, berlin), By: by, Quantiles: at, Goal: &steps[3], Limit: limit})
		}
	}
	pages := func(kind report.PageKind) func(context.Context, report.Selection) (any, error) {
		return func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Pages(ctx, set, report.PagesQuery{Selection: s, Kind: kind, Quantiles: at})
		}
	}
	funnel := func(scope report.Scope) func(context.Context, report.Selection) (any, error) {
		return func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Funnel(ctx, set, report.FunnelQuery{Selection: s, Steps: steps, Scope: scope, Quantiles: at})
		}
	}
	return []question{
		{"totals", totals(0)},
		{"totals_by_day", totals(0, report.ByDay)},
		{"totals_by_hour", totals(0, report.ByHour)},
		{"totals_by_source", totals(0, report.BySource)},
		{"totals_by_channel", totals(0, report.ByChannel)},
		{"totals_by_device", totals(0, report.ByDevice)},
		{"totals_by_entry", totals(0, report.ByEntry)},
		{"totals_by_entry_top_10", totals(10, report.ByEntry)},
		{"totals_by_source_and_day", totals(0, report.BySource, report.ByDay)},
		{"totals_by_campaign_and_entry", totals(0, report.ByCampaign, report.ByEntry)},
		{"hours", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Hours(ctx, set, report.HoursQuery{Selection: in(s, berlin)})
		}},
		{"pages", pages(report.ByPath)},
		{"routes", pages(report.ByRoute)},
		{"actions", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Actions(ctx, set, report.ActionsQuery{Selection: s})
		}},
		{"funnel_per_visit", funnel(report.PerVisit)},
		{"funnel_per_visitor", funnel(report.PerVisitor)},
		{"paths", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Paths(ctx, set, report.PathsQuery{Selection: s, Length: 3, Limit: 100})
		}},
		{"cohorts", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Cohorts(ctx, set, report.CohortsQuery{Selection: in(s, berlin), Every: report.ByWeek, Periods: 12})
		}},
		{"experiment", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Experiment(ctx, set, report.ExperimentQuery{Selection: s, Name: "price", Goal: report.Step{Action: "purchase"}})
		}},
		{"visitors", func(ctx context.Context, s report.Selection) (any, error) {
			return columns.Visitors(ctx, set, report.VisitorsQuery{Selection: in(s, berlin), MinStreak: 2})
		}},
		{"live", func(ctx context.Context, _ report.Selection) (any, error) {
			return columns.Live(ctx, set, time.UnixMilli(set.Newest))
		}},
		{"select", func(ctx context.Context, s report.Selection) (any, error) {
			selected, err := columns.Select(ctx, set, s)
			return selected != nil, err
		}},
	}
}

// in returns s by the clock of a location.
func in(s report.Selection, loc *time.Location) report.Selection {
	s.Location = loc
	return s
}
