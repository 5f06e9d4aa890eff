package columns_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// questions draws parts of questions to a world.
type questions struct {
	*rapid.T
	world *world
}

var (
	someSteps = []report.Step{
		{Page: "/"},
		{Page: "/p/*"},
		{Page: "/p/2"},
		{Route: "/p/{id}"},
		{Screen: "home"},
		{Screen: "*"},
		{Action: "newsletter"},
		{Action: "purchase"},
		{Action: "*"},
		{Page: "/never"},
	}
	someDimensions = []report.Dimension{
		report.BySource, report.ByMedium, report.ByCampaign, report.ByTerm, report.ByContent, report.ByChannel, report.ByReferrer,
		report.ByPlatform, report.ByDevice, report.ByBrowser, report.ByOS, report.ByLanguage, report.ByBot, report.ByEntry,
		report.ByExit, report.ByVisitor, report.ByLogin, report.ByEnd, report.ByHour, report.ByDay, report.ByWeek, report.ByMonth,
	}
	someFields = []report.Field{
		report.FieldUser, report.FieldSession, report.FieldPage, report.FieldRoute, report.FieldScreen, report.FieldAction, "arm:x", "arm:z",
	}
	someValues = []string{
		"", "*", "ann", "bob", "/", "/p/*", "/p/2", "/p/{id}", "home", "newsletter", "cart.*", "a", "b", "mobile", "Google", "new",
		"yes", "idle", "under way", "unknown", "s000001", "*2*", "2026-03-29", "*T02:00", "2018-11-0*",
	}
)

func (q *questions) moment(what string) time.Time {
	if rapid.IntRange(0, 3).Draw(q.T, what) > 0 {
		return time.Time{}
	}
	return q.world.from.Add(time.Duration(rapid.IntRange(0, 100*60).Draw(q.T, what)) * time.Minute)
}

func (q *questions) selection() report.Selection {
	return report.Selection{
		From: q.moment("from"), To: q.moment("to"), Where: q.filter(3),
		Bots: rapid.IntRange(0, 5).Draw(q.T, "bots") == 0,
	}
}

func (q *questions) filter(depth int) report.Filter {
	kind := rapid.IntRange(0, 7).Draw(q.T, "filter")
	switch {
	case kind > 4 || depth == 0:
		return report.Filter{}
	case kind == 0:
		return report.Filter{All: []report.Filter{q.filter(depth - 1), q.filter(depth - 1)}}
	case kind == 1:
		return report.Filter{Any: []report.Filter{q.filter(depth - 1), q.filter(depth - 1), q.filter(depth - 1)}}
	case kind == 2:
		f := q.filter(depth - 1)
		return report.Filter{Not: &f}
	case rapid.IntRange(0, 3).Draw(q.T, "number") == 0:
		return report.Filter{
			Field:  rapid.SampledFrom([]report.Field{report.FieldViews, report.FieldActions, report.FieldDuration, report.FieldEngagement}).Draw(q.T, "field"),
			Op:     rapid.SampledFrom([]report.Op{report.AtLeast, report.LessThan}).Draw(q.T, "op"),
			Values: []string{rapid.SampledFrom([]string{"0", "1", "2", "2.5", "-1", "60", "9.999", "10", "3600.001"}).Draw(q.T, "value")},
		}
	}
	field := rapid.SampledFrom(someFields).Draw(q.T, "field")
	if rapid.Bool().Draw(q.T, "dimension") {
		field = report.Field(rapid.SampledFrom(someDimensions).Draw(q.T, "field"))
	}
	return report.Filter{
		Field:  field,
		Op:     rapid.SampledFrom([]report.Op{report.Is, report.IsNot, report.Matches}).Draw(q.T, "op"),
		Values: rapid.SliceOfN(rapid.SampledFrom(someValues), 1, 3).Draw(q.T, "values"),
	}
}

func (q *questions) dimensions() []report.Dimension {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(someDimensions), 0, 2, rapid.ID).Draw(q.T, "by")
}

func (q *questions) quantiles() []float64 {
	return rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.25, 0.5, 0.9, 0.95, 1}), 0, 3).Draw(q.T, "quantiles")
}

func (q *questions) limit() int { return rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(q.T, "limit") }

func (q *questions) step() *report.Step {
	s := rapid.SampledFrom(someSteps).Draw(q.T, "step")
	return &s
}

func (q *questions) goal() *report.Step {
	if rapid.Bool().Draw(q.T, "goal") {
		return nil
	}
	return q.step()
}

func (q *questions) visitors(s report.Selection) report.VisitorsQuery {
	v := report.VisitorsQuery{Selection: s, Users: rapid.Bool().Draw(q.T, "users"), LastBefore: q.moment("last")}
	switch rapid.IntRange(0, 5).Draw(q.T, "condition") {
	case 0:
		v.MinVisits = 2
	case 1:
		v.MinEngagement = 10 * time.Second
	case 2:
		v.MinDuration = time.Minute
	case 3:
		v.Action, v.MinCount = "newsletter", 1
	case 4:
		v.MinStreak = 2
	}
	return v
}
