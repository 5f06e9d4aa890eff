package columns

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// The bounds of questions.
const (
	depthMost      = 8
	conditionsMost = 100
	dimensionsMost = 2
	stepsMost      = 10
	lengthMost     = 10
	periodsMost    = 60
)

// faults gathers what is wrong with a question.
type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// check returns all faults that find adds, as one error that wraps
// report.ErrQuestion.
func check(find func(*faults)) error {
	var f faults
	find(&f)
	if len(f) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", report.ErrQuestion, errors.Join(f...))
}

// CheckCarts returns the faults of a question for report.Warehouse.Carts.
func CheckCarts(q report.CartsQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		f.limit(q.Limit)
		f.notNegative("Idle", int64(q.Idle))
	})
}

// CheckLifecycle returns the faults of a question for report.Warehouse.Lifecycle.
func CheckLifecycle(q report.LifecycleQuery) error {
	return check(func(f *faults) { f.selection(q.Selection) })
}

func checkTotals(q report.TotalsQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		if len(q.By) > dimensionsMost {
			f.add("%d dimensions, at most %d", len(q.By), dimensionsMost)
		}
		for i, d := range q.By {
			switch {
			case !known(d):
				f.add("unknown dimension %q", d)
			case slices.Contains(q.By[:i], d):
				f.add("dimension %q twice", d)
			}
		}
		if q.Goal != nil {
			f.step("Goal", *q.Goal)
		}
		f.quantiles(q.Quantiles)
		f.limit(q.Limit)
	})
}

func checkPages(q report.PagesQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		switch q.Kind {
		case report.ByPath, report.ByRoute, report.ByScreen:
		default:
			f.add("unknown Kind of pages %q", q.Kind)
		}
		f.quantiles(q.Quantiles)
		f.limit(q.Limit)
	})
}

func checkFunnel(q report.FunnelQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		f.between("Steps", len(q.Steps), stepsMost)
		for i, s := range q.Steps {
			f.step(fmt.Sprintf("step %d", i+1), s)
		}
		switch q.Scope {
		case "", report.PerVisit, report.PerVisitor:
		default:
			f.add("unknown Scope %q", q.Scope)
		}
		f.notNegative("Within", int64(q.Within))
		f.quantiles(q.Quantiles)
	})
}

func checkPaths(q report.PathsQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		f.between("Length", q.Length, lengthMost)
		f.limit(q.Limit)
	})
}

func checkCohorts(q report.CohortsQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		switch q.Every {
		case report.ByDay, report.ByWeek, report.ByMonth:
		default:
			f.add("cohorts are by day, week or month, not by %q", q.Every)
		}
		f.between("Periods", q.Periods, periodsMost)
	})
}

func checkExperiment(q report.ExperimentQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		if q.Name == "" {
			f.add("the experiment has no Name")
		}
		f.step("Goal", q.Goal)
	})
}

func checkVisitors(q report.VisitorsQuery) error {
	return check(func(f *faults) {
		f.selection(q.Selection)
		f.notNegative("MinVisits", q.MinVisits)
		f.notNegative("MinEngagement", int64(q.MinEngagement))
		f.notNegative("MinDuration", int64(q.MinDuration))
		f.notNegative("MinCount", q.MinCount)
		f.notNegative("MinStreak", int64(q.MinStreak))
		if q.MinCount > 0 && q.Action == "" {
			f.add("MinCount of no Action")
		}
	})
}

func (f *faults) limit(n int) { f.notNegative("Limit", int64(n)) }

func (f *faults) notNegative(what string, n int64) {
	if n < 0 {
		f.add("%s is negative", what)
	}
}

func (f *faults) between(what string, n, most int) {
	if n < 1 || n > most {
		f.add("%s: %d, must be 1 to %d", what, n, most)
	}
}

func (f *faults) quantiles(at []float64) {
	for _, q := range at {
		if !(q >= 0 && q <= 1) { // neither holds for what is not a number
			f.add("quantile %v is not between 0 and 1", q)
		}
	}
}

func (f *faults) step(what string, s report.Step) {
	set := 0
	for _, field := range []string{s.Page, s.Route, s.Screen, s.Action} {
		if field != "" {
			set++
		}
	}
	if set != 1 {
		f.add("%s names %d of page, route, screen and action, must be one", what, set)
	}
}

func (f *faults) selection(s report.Selection) {
	if conditions := f.filter(s.Where, 1); conditions > conditionsMost {
		f.add("%d conditions, at most %d", conditions, conditionsMost)
	}
}

// filter adds the faults of w, which is so deep in the filter asked for, and
// returns how many conditions it has. Each pattern is one: it is held against every
// text that there is, with nothing to stop it.
func (f *faults) filter(w report.Filter, depth int) (conditions int) {
	if depth > depthMost {
		f.add("filter deeper than %d", depthMost)
		return 0
	}
	used := 0
	for _, is := range []bool{w.All != nil, w.Any != nil, w.Not != nil, w.Field != ""} {
		if is {
			used++
		}
	}
	if used > 1 {
		f.add("a filter with %d of All, Any, Not and Field, at most one", used)
	}
	if w.Field != "" {
		conditions++
		if w.Op == report.Matches {
			conditions = len(w.Values)
		}
		f.condition(w)
	} else if w.Op != "" || w.Values != nil {
		f.add("a condition without a field")
	}
	for _, part := range slices.Concat(w.All, w.Any) {
		conditions += f.filter(part, depth+1)
	}
	if w.Not != nil {
		conditions += f.filter(*w.Not, depth+1)
	}
	return conditions
}

// condition adds the faults of a condition on a field.
func (f *faults) condition(w report.Filter) {
	numbers := false
	switch w.Field {
	case report.FieldUser, report.FieldSession, report.FieldPage, report.FieldRoute, report.FieldScreen, report.FieldAction:
	case report.FieldViews, report.FieldActions, report.FieldDuration, report.FieldEngagement:
		numbers = true
	default:
		if experiment, arm := strings.CutPrefix(string(w.Field), string(report.FieldArm)); arm {
			if experiment == "" {
				f.add("field %q names no experiment", w.Field)
			}
		} else if !known(report.Dimension(w.Field)) {
			f.add("unknown field %q", w.Field)
			return
		}
	}
	switch w.Op {
	case report.Is, report.IsNot, report.Matches:
		if numbers {
			f.add("field %q is a number, and cannot be asked for with %q", w.Field, w.Op)
		} else if len(w.Values) == 0 {
			f.add("field %q is compared with nothing", w.Field)
		}
	case report.AtLeast, report.LessThan:
		if !numbers {
			f.add("field %q is a text, and cannot be asked for with %q", w.Field, w.Op)
		} else if len(w.Values) != 1 {
			f.add("field %q: %q takes one number, not %d values", w.Field, w.Op, len(w.Values))
		} else if !decimal.MatchString(w.Values[0]) {
			f.add("field %q: %q is not a decimal number", w.Field, w.Values[0])
		}
	default:
		f.add("unknown comparison %q", w.Op)
	}
}

// decimal is a number that people write. Its length is bounded because it is
// compared exactly.
var decimal = regexp.MustCompile(`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`)

// leastWhole returns the least whole number that is not below a decimal number of
// units, such as that of the milliseconds of "1.5" seconds. Whole numbers are at
// least that decimal number where they are at least this one.
func leastWhole(number string, unit time.Duration) int64 {
	r, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0 // not a decimal number, which check has found out
	}
	r.Mul(r, new(big.Rat).SetInt64(int64(unit)))
	n := new(big.Int).Neg(r.Num())
	n.Neg(n.Div(n, r.Denom()))
	if !n.IsInt64() {
		return int64(n.Sign()) * (1<<63 - 1)
	}
	return n.Int64()
}
