package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// ExperimentOptions says which [Experiment] is meant. Its goal is that of the
// request.
type ExperimentOptions struct {
	Name    string
	Control string             // the arm that the others are compared with; empty: the first by name
	Weights map[string]float64 // of all arms, as visitors are assigned; nil: equal ones for the arms that occur
}

// Experiment tells how the arms of an experiment did.
type Experiment struct {
	About

	Name     string      `json:"name"`
	Goal     string      `json:"goal"` // as [ParseStep] reads it
	Control  string      `json:"control"`
	Arms     []ArmResult `json:"arms"` // the control first, the others by name
	Mismatch Mismatch    `json:"mismatch"`
}

// ArmResult is how one arm did.
type ArmResult struct {
	Name      string    `json:"name"`
	Exposed   Number    `json:"exposed"`
	Converted int64     `json:"converted"`
	Rate      Number    `json:"rate"`
	Interval  *Interval `json:"interval"` // of the rate, by Wilson's score method; nil: not known

	// Difference is that to the control; nil for the control, and where either was
	// shown to nobody.
	Difference *Difference `json:"difference"`
}

// Interval is a 95 % confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Difference is the rate of an arm less that of the control.
type Difference struct {
	Value    float64  `json:"value"`
	Interval Interval `json:"interval"` // by Newcombe's hybrid score method, which holds for small numbers
	Relative *float64 `json:"relative"` // Value / the control's rate; nil where that is 0

	// PValue is that of a two-sided two-proportion z-test; nil where numbers are too
	// small for one, as Note then says. It holds for one look at the end, at one arm;
	// with several arms, share the threshold among them.
	PValue *float64 `json:"p_value"`
	Note   string   `json:"note,omitempty"`
}

// Mismatch compares how many were exposed with the weights of the arms, by a
// chi-square test. Where assignments do not come out as they should, something
// loses visitors of one arm more than of another, and the differences cannot be
// trusted, however small their p-values.
type Mismatch struct {
	Expected  map[string]float64 `json:"expected"`   // exposed, by arm
	ChiSquare *float64           `json:"chi_square"` // nil: not known
	Degrees   int                `json:"degrees"`
	PValue    *float64           `json:"p_value"` // nil: not known

	// Alarm is set below p = 0.001, the usual threshold (Kohavi, Tang and Xu,
	// Trustworthy Online Controlled Experiments, 2020, chapter 21), and where an arm
	// occurs that has no weight.
	Alarm bool   `json:"alarm"`
	Note  string `json:"note,omitempty"`
}

// mismatchAlarm is the p-value below which a sample ratio mismatch is an alarm.
const mismatchAlarm = 0.001

// Experiment returns how many of the visitors who were exposed to each arm in the
// period went on to the goal of the request, at any time before its end.
func (r *Reports) Experiment(ctx context.Context, req Request, o ExperimentOptions) (*Experiment, error) {
	req.Compare = CompareNone
	var faults []error
	if o.Name == "" {
		faults = append(faults, fault("the experiment has no name"))
	}
	if req.Goal == nil {
		faults = append(faults, fault("an experiment needs a goal"))
	}
	for arm, weight := range o.Weights {
		if !(weight > 0) || math.IsInf(weight, 0) {
			faults = append(faults, fault("arm %q has a weight of %v", arm, weight))
		}
	}
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	found, err := r.warehouse.Experiment(ctx, ExperimentQuery{Selection: q.Selection, Name: o.Name, Goal: *q.Goal})
	if err != nil {
		return nil, err
	}
	arms := o.complete(found)
	e := &Experiment{About: q.about(), Name: o.Name, Goal: q.Goal.String(), Arms: []ArmResult{}, Mismatch: o.mismatch(arms)}
	if len(arms) > 0 {
		e.Control = arms[0].Name
	}
	for i, a := range arms {
		result := ArmResult{
			Name: a.Name, Exposed: count("exposed", a.Exposed, a.Exposed), Converted: a.Converted,
			Rate: quotient("converted", UnitShare, a.Converted, a.Exposed),
		}
		if a.Exposed > 0 {
			low, high := wilson(a.Converted, a.Exposed)
			result.Interval = &Interval{low, high}
		}
		if i > 0 {
			result.Difference = difference(arms[0], a)
		}
		e.Arms = append(e.Arms, result)
	}
	return e, nil
}

// complete returns the arms, the control first, with those that nobody was exposed
// to.
func (o ExperimentOptions) complete(found []Arm) []Arm {
	arms := slices.Clone(found)
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(arms, func(a Arm) bool { return a.Name == name }) {
			arms = append(arms, Arm{Name: name})
		}
	}
	for name := range o.Weights {
		add(name)
	}
	add(o.Control)
	slices.SortFunc(arms, func(a, b Arm) int {
		switch o.Control {
		case a.Name:
			return -1
		case b.Name:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return arms
}

func difference(control, arm Arm) *Difference {
	if control.Exposed == 0 || arm.Exposed == 0 {
		return nil
	}
	base := float64(control.Converted) / float64(control.Exposed)
	d := &Difference{Value: float64(arm.Converted)/float64(arm.Exposed) - base}
	d.Interval.Low, d.Interval.High = newcombe(arm.Converted, arm.Exposed, control.Converted, control.Exposed)
	if base > 0 {
		d.Relative = new(d.Value / base)
	}
	if p, known := twoProportions(arm.Converted, arm.Exposed, control.Converted, control.Exposed); known {
		d.PValue = &p
	} else {
		d.Note = "the numbers are too small for a p-value: fewer than 5 with the goal, or without it, are to be expected in an arm"
	}
	return d
}

// mismatch tests the numbers of those exposed against the weights.
func (o ExperimentOptions) mismatch(arms []Arm) Mismatch {
	m := Mismatch{Expected: map[string]float64{}}
	var exposed int64
	var weights float64
	weight := func(a Arm) float64 {
		if o.Weights == nil {
			return 1
		}
		return o.Weights[a.Name]
	}
	for _, a := range arms {
		exposed += a.Exposed
		weights += weight(a)
		if weight(a) == 0 && a.Exposed > 0 {
			m.Alarm = true
			m.Note = fmt.Sprintf("arm %q occurs and has no weight", a.Name)
		}
	}
	chiSquare, least := 0.0, math.Inf(1)
	for _, a := range arms {
		if weight(a) == 0 {
			continue
		}
		expected := float64(exposed) * weight(a) / weights
		m.Expected[a.Name] = expected
		chiSquare += (float64(a.Exposed) - expected) * (float64(a.Exposed) - expected) / expected
		least = min(least, expected)
	}
	m.Degrees = max(0, len(m.Expected)-1)
	switch {
	case m.Alarm:
	case m.Degrees == 0:
		m.Note = "there are no two arms to compare"
	case least < 5:
		m.Note = "the numbers are too small for a test: fewer than 5 are to be expected in an arm"
	default:
		p := chiSquareSurvival(chiSquare, m.Degrees)
		m.ChiSquare, m.PValue, m.Alarm = &chiSquare, &p, p < mismatchAlarm
	}
	return m
}

// Table returns a row an arm.
func (e *Experiment) Table() Table {
	t := Table{Title: "Experiment " + e.Name, Columns: []string{
		"arm", "exposed", "converted", "rate", "rate low", "rate high", "difference", "difference low", "difference high", "p-value", "note",
	}}
	for _, a := range e.Arms {
		row := []Cell{text(a.Name), a.Exposed.cell(), whole(a.Converted), a.Rate.cell()}
		var rate Interval
		low, high := (*float64)(nil), (*float64)(nil)
		if a.Interval != nil {
			rate = *a.Interval
			low, high = &rate.Low, &rate.High
		}
		row = append(row, share(low), share(high))
		if d := a.Difference; d != nil {
			row = append(row, share(&d.Value), share(&d.Interval.Low), share(&d.Interval.High), Cell{Value: d.PValue, Unit: UnitRatio}, text(d.Note))
		} else {
			row = append(row, share(nil), share(nil), share(nil), Cell{Unit: UnitRatio}, text(""))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
