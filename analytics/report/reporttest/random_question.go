package reporttest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// question is one that any warehouse can be asked.
type question struct {
	name string
	q    any
	ask  func(ctx context.Context, w Warehouse) (any, error)
}

var randomZones = []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo"}

// randomConditions has one at least for each field and comparison.
var randomConditions = []report.Filter{
	where("source", report.Is, "Google", "news.example"), where("medium", report.IsNot, "email"), where("campaign", report.Matches, "*r*"),
	where("channel", report.Is, "paid search"), where("referrer", report.Is, ""), where("platform", report.Is, "app", "web"),
	where("device", report.Is, "mobile"), where("device", report.IsNot, "mobile", ""), where("browser", report.Matches, "F*"),
	where("os", report.Is, "Linux"), where("language", report.Is, "de"), where("term", report.Is, ""), where("content", report.Is, "x"),
	where("entry", report.Is, "/", "Home"), where("exit", report.Matches, "/p/*"), where("visitor", report.Is, "new"),
	where("login", report.Is, "yes"), where("end", report.Is, "idle", "unknown"), where("end", report.Is, "under way"),
	where("day", report.Is, "2026-03-29"), where("hour", report.Matches, "*T1*"), where("week", report.Is, "2026-03-23"),
	where("month", report.IsNot, "2026-03-01"), where("bot", report.Is, "crawler"),
	where("user", report.Is, "ada"), where("user", report.Is, ""), where("session", report.Is, "s0", "s1"), where("session", report.IsNot, "s1"),
	where("page", report.Is, "/shop"), where("page", report.IsNot, "/", "/p/1"), where("page", report.Is, ""), where("page", report.Matches, "/p*1"),
	where("route", report.Is, "/p/{id}"), where("route", report.IsNot, "/shop"), where("screen", report.Is, "Home"), where("screen", report.Matches, "*"),
	where("action", report.Is, "play", "purchase"), where("action", report.IsNot, "cart.changed"), where("action", report.Is, ""),
	where("views", report.AtLeast, "2"), where("actions", report.LessThan, "1"), where("duration", report.AtLeast, "9.999"),
	where("duration", report.LessThan, "60"), where("engagement", report.AtLeast, "10"), where("engagement", report.LessThan, "0.5"),
	where("arm:button", report.Is, "blue"), where("arm:button", report.IsNot, "blue"), where("arm:price", report.Is, ""),
}

func randomFilter(t *rapid.T, depth int) report.Filter {
	kinds := []string{"none", "condition", "condition"}
	if depth > 0 {
		kinds = append(kinds, "all", "any", "not")
	}
	parts := func() []report.Filter {
		list := []report.Filter{}
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			list = append(list, randomFilter(t, depth-1))
		}
		return list
	}
	switch rapid.SampledFrom(kinds).Draw(t, "filter") {
	case "condition":
		return rapid.SampledFrom(randomConditions).Draw(t, "condition")
	case "all":
		return report.Filter{All: parts()}
	case "any":
		return report.Filter{Any: parts()}
	case "not":
		return report.Filter{Not: new(randomFilter(t, depth-1))}
	}
	return report.Filter{}
}

// asker makes up questions.
type asker struct{ *rapid.T }

func (a asker) moment(what string) time.Time {
	if rapid.Bool().Draw(a.T, what+" is open") {
		return time.Time{}
	}
	return randomDay().At("00:00").Add(time.Duration(rapid.IntRange(-1, 12*24).Draw(a.T, what)) * time.Hour)
}

func (a asker) selection() report.Selection {
	return report.Selection{
		From: a.moment("from"), To: a.moment("to"), Where: randomFilter(a.T, 2), Location: a.location(),
		Bots: rapid.IntRange(0, 5).Draw(a.T, "bots") == 5,
	}
}

func (a asker) location() *time.Location {
	return Day("2026-01-01", rapid.SampledFrom(randomZones).Draw(a.T, "zone")).loc
}

func (a asker) quantiles() []float64 {
	return rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.25, 0.5, 0.75, 0.9, 0.95, 1}), 0, 3).Draw(a.T, "quantiles")
}

func (a asker) limit() int { return rapid.IntRange(0, 3).Draw(a.T, "limit") }

func (a asker) step() report.Step {
	return rapid.SampledFrom([]report.Step{
		{Page: "/"},
		{Page: "/shop"},
		{Page: "/p/*"},
		{Page: "*"},
		{Route: "/p/{id}"},
		{Route: "*"},
		{Screen: "Home"},
		{Screen: "*"},
		{Action: "play"},
		{Action: "purchase"},
		{Action: "cart.changed"},
		{Action: "*"},
	}).Draw(a.T, "step")
}

func (a asker) steps() []report.Step {
	list := []report.Step{a.step()}
	for range rapid.IntRange(0, 3).Draw(a.T, "more steps") {
		list = append(list, a.step())
	}
	return list
}

// asking makes a question of a method of Warehouse.
func asking[Q, A any](name string, q Q, method func(w Warehouse) func(context.Context, Q) (A, error)) question {
	return question{name: name, q: q, ask: func(ctx context.Context, w Warehouse) (any, error) { return method(w)(ctx, q) }}
}

// questions returns one question of each kind.
func (a asker) questions(now time.Time) []question {
	by := rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 0, 2, rapid.ID).Draw(a.T, "by")
	goal := a.step()
	kind := rapid.SampledFrom([]report.PageKind{report.ByPath, report.ByRoute, report.ByScreen}).Draw(a.T, "kind")
	window := rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Minute, 30 * time.Minute, 25 * time.Hour}).Draw(a.T, "window")
	scope := rapid.SampledFrom([]report.Scope{"", report.PerVisit, report.PerVisitor}).Draw(a.T, "scope")
	every := rapid.SampledFrom([]report.Dimension{report.ByDay, report.ByWeek, report.ByMonth}).Draw(a.T, "every")
	return []question{
		asking("Totals", report.TotalsQuery{
			Selection: a.selection(), By: by, Goal: &goal, Quantiles: a.quantiles(), Limit: a.limit(),
		}, func(w Warehouse) func(context.Context, report.TotalsQuery) ([]report.Group, error) { return w.Totals }),
		asking("Hours", report.HoursQuery{Selection: a.selection()},
			func(w Warehouse) func(context.Context, report.HoursQuery) ([]report.Hour, error) { return w.Hours }),
		asking("Pages", report.PagesQuery{Selection: a.selection(), Kind: kind, Quantiles: a.quantiles(), Limit: a.limit()},
			func(w Warehouse) func(context.Context, report.PagesQuery) ([]report.Page, error) { return w.Pages }),
		asking("Actions", report.ActionsQuery{Selection: a.selection(), Limit: a.limit()},
			func(w Warehouse) func(context.Context, report.ActionsQuery) ([]report.Action, error) {
				return w.Actions
			}),
		asking("Funnel", report.FunnelQuery{Selection: a.selection(), Steps: a.steps(), Scope: scope, Within: window, Quantiles: a.quantiles()},
			func(w Warehouse) func(context.Context, report.FunnelQuery) ([]report.FunnelStep, error) {
				return w.Funnel
			}),
		asking("Paths", report.PathsQuery{
			Selection: a.selection(), After: rapid.SampledFrom([]string{"", "/shop", "Home"}).Draw(a.T, "after"),
			Length: rapid.IntRange(1, 4).Draw(a.T, "length"), Limit: a.limit(),
		}, func(w Warehouse) func(context.Context, report.PathsQuery) ([]report.Path, error) { return w.Paths }),
		asking("Cohorts", report.CohortsQuery{Selection: a.selection(), Every: every, Periods: rapid.IntRange(1, 15).Draw(a.T, "periods")},
			func(w Warehouse) func(context.Context, report.CohortsQuery) ([]report.Cohort, error) {
				return w.Cohorts
			}),
		asking("Experiment", report.ExperimentQuery{Selection: a.selection(), Name: "button", Goal: goal},
			func(w Warehouse) func(context.Context, report.ExperimentQuery) ([]report.Arm, error) {
				return w.Experiment
			}),
		asking("Carts", a.carts(now), func(w Warehouse) func(context.Context, report.CartsQuery) (report.Carts, error) { return inOneOrder(w) }),
		asking("Lifecycle", report.LifecycleQuery{Selection: a.selection()},
			func(w Warehouse) func(context.Context, report.LifecycleQuery) ([]report.LifecycleHour, error) {
				return w.Lifecycle
			}),
		asking("Visitors", a.visitors(), func(w Warehouse) func(context.Context, report.VisitorsQuery) ([]report.Visitor, error) {
			return w.Visitors
		}),
		asking("Live", now, func(w Warehouse) func(context.Context, time.Time) (report.Live, error) { return w.Live }),
	}
}

func (a asker) carts(now time.Time) report.CartsQuery {
	return report.CartsQuery{
		Selection: a.selection(),
		Now:       rapid.SampledFrom([]time.Time{{}, now}).Draw(a.T, "now"),
		Idle:      rapid.SampledFrom([]time.Duration{0, time.Minute, 30 * time.Hour}).Draw(a.T, "idle"),
		Abandoned: rapid.Bool().Draw(a.T, "abandoned"),
	}
}

// inOneOrder asks for carts and puts those that were changed at the same moment
// in some order. Their IDs are the warehouse's own.
func inOneOrder(w Warehouse) func(context.Context, report.CartsQuery) (report.Carts, error) {
	return func(ctx context.Context, q report.CartsQuery) (report.Carts, error) {
		carts, err := w.Carts(ctx, q)
		for i := range carts.List {
			carts.List[i].ID = ""
		}
		slices.SortStableFunc(carts.List, func(a, b report.Cart) int {
			return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.Session, b.Session), cmp.Compare(describe(a), describe(b)))
		})
		return carts, err
	}
}

func (a asker) visitors() report.VisitorsQuery {
	return report.VisitorsQuery{
		Selection: a.selection(), Users: rapid.Bool().Draw(a.T, "users"), LastBefore: a.moment("last before"),
		MinVisits:     rapid.SampledFrom([]int64{0, 0, 2}).Draw(a.T, "least visits"),
		MinEngagement: rapid.SampledFrom([]time.Duration{0, 0, 10 * time.Second}).Draw(a.T, "least engagement"),
		MinDuration:   rapid.SampledFrom([]time.Duration{0, 0, time.Minute}).Draw(a.T, "least duration"),
		Action:        "cart.changed",
		MinCount:      rapid.SampledFrom([]int64{0, 0, 2}).Draw(a.T, "least count"),
		MinStreak:     rapid.SampledFrom([]int{0, 0, 2}).Draw(a.T, "least streak"),
	}
}
