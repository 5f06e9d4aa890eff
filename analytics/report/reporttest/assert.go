package reporttest

import (
	"math"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Number asserts what a number is, in its unit: a share of a half is 0.5, a time of
// a minute 60, 12.50 EUR are 1250. Differences below a billionth do not matter.
func Number(t T, got report.Number, want float64) {
	t.Helper()
	if !got.Known || math.Abs(got.Value-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s is %s, want %s. %s", got.Name(), got, report.FormatValue(want, got.Unit, got.Currency), got.Explain())
	}
}

// Between asserts that a number is known and lies between two others, or is one of
// them.
func Between(t T, got report.Number, least, most float64) {
	t.Helper()
	if !got.Known || got.Value < least || got.Value > most {
		t.Errorf("%s is %s, want %s to %s. %s", got.Name(), got,
			report.FormatValue(least, got.Unit, got.Currency), report.FormatValue(most, got.Unit, got.Currency), got.Explain())
	}
}

// Unknown asserts that a number is not known, because there was nothing to compute
// it from.
func Unknown(t T, got report.Number) {
	t.Helper()
	if got.Known {
		t.Errorf("%s is %s, want it not to be known. %s", got.Name(), got, got.Explain())
	}
}

// Reached asserts how many reached each step of a funnel.
func Reached(t T, got *report.Funnel, want ...int64) {
	t.Helper()
	if len(got.Steps) != len(want) {
		t.Errorf("the funnel has %d steps, want %d", len(got.Steps), len(want))
		return
	}
	for i, step := range got.Steps {
		if step.Reached.Value != float64(want[i]) {
			t.Errorf("%s was reached by %s, want %d", step.Step, step.Reached, want[i])
		}
	}
}
