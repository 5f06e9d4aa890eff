package reporttest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// doubts collects what is wrong with a question.
type doubts []error

func (d *doubts) add(wrong bool, format string, a ...any) {
	if wrong {
		*d = append(*d, fmt.Errorf(format, a...))
	}
}

// err returns all that is wrong with the question; nil: nothing.
func (d *doubts) err() error {
	if len(*d) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", report.ErrQuestion, errors.Join(*d...))
}

var (
	originDimensions = []report.Dimension{
		report.BySource, report.ByMedium, report.ByCampaign, report.ByTerm, report.ByContent, report.ByChannel,
		report.ByReferrer, report.ByPlatform, report.ByDevice, report.ByBrowser, report.ByOS, report.ByLanguage, report.ByBot,
	}
	visitDimensions = []report.Dimension{report.ByEntry, report.ByExit, report.ByVisitor, report.ByLogin, report.ByEnd}
	timeDimensions  = []report.Dimension{report.ByHour, report.ByDay, report.ByWeek, report.ByMonth}
	dimensions      = slices.Concat(originDimensions, visitDimensions, timeDimensions)

	textFields = []report.Field{
		report.FieldUser, report.FieldSession, report.FieldPage, report.FieldRoute, report.FieldScreen, report.FieldAction,
	}
	numberFields = []report.Field{report.FieldViews, report.FieldActions, report.FieldDuration, report.FieldEngagement}
)

func (d *doubts) filter(f report.Filter) {
	used := 0
	for _, part := range []bool{f.All != nil, f.Any != nil, f.Not != nil, f.Field != ""} {
		if part {
			used++
		}
	}
	d.add(used > 1, "a filter has more than one of All, Any, Not and Field")
	d.add(f.Field == "" && (f.Op != "" || f.Values != nil), "a condition has no field")
	for _, part := range slices.Concat(f.All, f.Any) {
		d.filter(part)
	}
	if f.Not != nil {
		d.filter(*f.Not)
	}
	if f.Field != "" {
		d.condition(f)
	}
}

func (d *doubts) condition(f report.Filter) {
	number := slices.Contains(numberFields, f.Field)
	arm, isArm := strings.CutPrefix(string(f.Field), string(report.FieldArm))
	known := number || slices.Contains(textFields, f.Field) || slices.Contains(dimensions, report.Dimension(f.Field)) || isArm && arm != ""
	d.add(!known, "unknown field %q", f.Field)
	switch f.Op {
	case report.Is, report.IsNot, report.Matches:
		d.add(number, "%q does not go with %q", f.Op, f.Field)
		d.add(len(f.Values) == 0, "a condition on %q has no value", f.Field)
	case report.AtLeast, report.LessThan:
		d.add(known && !number, "%q does not go with %q", f.Op, f.Field)
		_, ok := number1(f.Values)
		d.add(!ok, "%q takes one decimal number, not %q", f.Op, f.Values)
	default:
		d.add(true, "unknown comparison %q", f.Op)
	}
}

// number1 returns the one decimal number that values hold.
func number1(values []string) (float64, bool) {
	if len(values) != 1 || strings.Trim(values[0], "-.0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(values[0], 64)
	return n, err == nil
}

func (d *doubts) step(s report.Step) {
	set := 0
	for _, what := range []string{s.Page, s.Route, s.Screen, s.Action} {
		if what != "" {
			set++
		}
	}
	d.add(set != 1, "a step names %d things, want one", set)
}

func (d *doubts) limit(n int) { d.add(n < 0, "limit %d", n) }

func (d *doubts) quantiles(list []float64) {
	for _, p := range list {
		d.add(!(p >= 0 && p <= 1), "quantile %v does not lie between 0 and 1", p)
	}
}

func checkTotals(q report.TotalsQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(len(q.By) > 2, "%d dimensions, want two at most", len(q.By))
	for i, by := range q.By {
		d.add(!slices.Contains(dimensions, by), "unknown dimension %q", by)
		d.add(slices.Contains(q.By[:i], by), "dimension %q twice", by)
	}
	if q.Goal != nil {
		d.step(*q.Goal)
	}
	d.quantiles(q.Quantiles)
	d.limit(q.Limit)
	return d.err()
}

func checkSelection(s report.Selection, limit int) error {
	var d doubts
	d.filter(s.Where)
	d.limit(limit)
	return d.err()
}

func checkPages(q report.PagesQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(!slices.Contains([]report.PageKind{report.ByPath, report.ByRoute, report.ByScreen}, q.Kind), "unknown kind of page %q", q.Kind)
	d.quantiles(q.Quantiles)
	d.limit(q.Limit)
	return d.err()
}

func checkFunnel(q report.FunnelQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(len(q.Steps) < 1 || len(q.Steps) > 10, "%d steps, want 1 to 10", len(q.Steps))
	for _, s := range q.Steps {
		d.step(s)
	}
	d.add(!slices.Contains([]report.Scope{"", report.PerVisit, report.PerVisitor}, q.Scope), "unknown scope %q", q.Scope)
	d.add(q.Within < 0, "window %v", q.Within)
	d.quantiles(q.Quantiles)
	return d.err()
}

func checkPaths(q report.PathsQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(q.Length < 1 || q.Length > 10, "length %d, want 1 to 10", q.Length)
	d.limit(q.Limit)
	return d.err()
}

func checkCohorts(q report.CohortsQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(!slices.Contains([]report.Dimension{report.ByDay, report.ByWeek, report.ByMonth}, q.Every), "cohorts by %q, want day, week or month", q.Every)
	d.add(q.Periods < 1 || q.Periods > 60, "%d periods, want 1 to 60", q.Periods)
	return d.err()
}

func checkExperiment(q report.ExperimentQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(q.Name == "", "the experiment has no name")
	d.step(q.Goal)
	return d.err()
}

func checkCarts(q report.CartsQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(q.Idle < 0, "idle time %v", q.Idle)
	d.limit(q.Limit)
	return d.err()
}

func checkVisitors(q report.VisitorsQuery) error {
	var d doubts
	d.filter(q.Where)
	d.add(q.MinVisits < 0 || q.MinEngagement < 0 || q.MinDuration < 0 || q.MinCount < 0 || q.MinStreak < 0, "a least value is negative")
	d.add(q.MinCount > 0 && q.Action == "", "a count of no action")
	return d.err()
}
