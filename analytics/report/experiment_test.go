package report_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// arms answers with the arms alone.
type arms struct {
	report.Warehouse

	list []report.Arm
}

func (a arms) Experiment(context.Context, report.ExperimentQuery) ([]report.Arm, error) {
	return a.list, nil
}

func experiment(t *testing.T, o report.ExperimentOptions, list ...report.Arm) *report.Experiment {
	t.Helper()
	o.Name = "checkout"
	req := days()
	req.Goal = &report.Step{Action: "purchase"}
	e, err := report.New(arms{list: list}, report.Options{}).Experiment(t.Context(), req, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExperimentComparesWithTheControl(t *testing.T) {
	e := experiment(t, report.ExperimentOptions{Control: "old"},
		report.Arm{Name: "new", Exposed: 70, Converted: 56}, report.Arm{Name: "old", Exposed: 80, Converted: 48})
	if e.Control != "old" || e.Arms[0].Name != "old" || e.Arms[0].Difference != nil || e.Goal != "action:purchase" {
		t.Fatalf("%+v", e)
	}
	expect(t, e.Arms[1].Rate, 0.8, 70)
	defined(t, e.Arms[1].Rate)
	defined(t, e.Arms[1].Exposed)
	d := e.Arms[1].Difference
	if !near(d.Value, 0.2, 1e-9) || !near(d.Interval.Low, 0.0524, 0.00006) || !near(d.Interval.High, 0.3339, 0.00006) || !near(*d.PValue, 0.00804, 0.00001) {
		t.Errorf("%+v", d)
	}
	shareIs(t, "the relative difference", d.Relative, 1.0/3)
	// Expected 75 and 75: 2 * 5*5/75 = 0.667.
	if e.Mismatch.Alarm || !near(*e.Mismatch.ChiSquare, 2.0/3, 1e-9) || e.Mismatch.Degrees != 1 || !near(*e.Mismatch.PValue, 0.4142, 0.0001) {
		t.Errorf("%+v", e.Mismatch)
	}
}

func TestExperimentRaisesAnAlarmWhereArmsDoNotComeOutAsWeighed(t *testing.T) {
	a, b := report.Arm{Name: "a", Exposed: 5000, Converted: 500}, report.Arm{Name: "b", Exposed: 5400, Converted: 500}
	if e := experiment(t, report.ExperimentOptions{}, a, b); !e.Mismatch.Alarm || *e.Mismatch.PValue >= 0.001 {
		t.Errorf("5000 and 5400: %+v", e.Mismatch)
	}
	if e := experiment(t, report.ExperimentOptions{Weights: map[string]float64{"a": 50, "b": 54}}, a, b); e.Mismatch.Alarm || *e.Mismatch.PValue != 1 {
		t.Errorf("as weighed: %+v", e.Mismatch)
	}
	if e := experiment(t, report.ExperimentOptions{Weights: map[string]float64{"a": 1}}, a, b); !e.Mismatch.Alarm || e.Mismatch.PValue != nil {
		t.Errorf("an arm without a weight: %+v", e.Mismatch)
	}
	// An arm that nobody was exposed to is the worst mismatch.
	e := experiment(t, report.ExperimentOptions{Weights: map[string]float64{"a": 1, "b": 1, "c": 1}}, a, b)
	if !e.Mismatch.Alarm || len(e.Arms) != 3 || e.Arms[2].Difference != nil || e.Arms[2].Interval != nil {
		t.Errorf("a missing arm: %+v", e)
	}
	unknown(t, e.Arms[2].Rate)
}

func TestExperimentSaysWhenNumbersAreTooSmall(t *testing.T) {
	e := experiment(t, report.ExperimentOptions{}, report.Arm{Name: "a", Exposed: 4, Converted: 1}, report.Arm{Name: "b", Exposed: 3})
	if d := e.Arms[1].Difference; d.PValue != nil || !strings.Contains(d.Note, "too small") || d.Interval.Low >= d.Interval.High {
		t.Errorf("%+v", d)
	}
	if e.Mismatch.PValue != nil || e.Mismatch.Alarm || !strings.Contains(e.Mismatch.Note, "too small") {
		t.Errorf("%+v", e.Mismatch)
	}
	if none := experiment(t, report.ExperimentOptions{}); len(none.Arms) != 0 || none.Mismatch.Alarm || none.Mismatch.Degrees != 0 {
		t.Errorf("%+v", none)
	}
}

func TestExperimentNeedsNameGoalAndWeights(t *testing.T) {
	_, err := reports(t, nil).Experiment(t.Context(), days(), report.ExperimentOptions{Weights: map[string]float64{"a": 0}})
	if !errors.Is(err, report.ErrQuestion) || strings.Count(err.Error(), "\n") != 2 {
		t.Error(err)
	}
}
