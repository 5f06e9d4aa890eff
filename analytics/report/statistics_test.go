package report_test

import (
	"math"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// The intervals are those of Table II in Newcombe (1998), method 10.
func TestNewcombeGivesThePublishedIntervals(t *testing.T) {
	for _, c := range []struct {
		k1, n1, k2, n2 int64
		low, high      float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 20, 0.6791, 1},
		{10, 10, 0, 10, 0.6075, 1},
	} {
		low, high := report.Newcombe(c.k1, c.n1, c.k2, c.n2)
		if !near(low, c.low, 0.00006) || !near(high, c.high, 0.00006) {
			t.Errorf("%d/%d - %d/%d: %.4f to %.4f, want %.4f to %.4f", c.k1, c.n1, c.k2, c.n2, low, high, c.low, c.high)
		}
	}
}

// The intervals are those of Table I in Newcombe, "Two-sided confidence intervals
// for the single proportion" (1998), method 3.
func TestWilsonGivesThePublishedIntervals(t *testing.T) {
	for _, c := range []struct {
		k, n      int64
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		low, high := report.Wilson(c.k, c.n)
		if !near(low, c.low, 0.00006) || !near(high, c.high, 0.00006) {
			t.Errorf("%d/%d: %.4f to %.4f, want %.4f to %.4f", c.k, c.n, low, high, c.low, c.high)
		}
	}
}

func TestChiSquareSurvivalGivesTabulatedValues(t *testing.T) {
	for _, c := range []struct {
		x       float64
		degrees int
		p       float64
	}{
		{3.841458820694124, 1, 0.05},
		{10.827566170662733, 1, 0.001},
		{5.991464547107979, 2, 0.05},
		{9.21034037197618, 2, 0.01},
		{18.307038053275146, 10, 0.05},
		{124.3421134, 100, 0.05},
		{0, 3, 1},
	} {
		if p := report.ChiSquareSurvival(c.x, c.degrees); !near(p, c.p, 1e-8) {
			t.Errorf("chi-square %v, %d degrees: %v, want %v", c.x, c.degrees, p, c.p)
		}
	}
	// One degree is the square of a normal variable, two are an exponential one.
	for x := 0.01; x < 200; x *= 1.3 {
		if got, want := report.ChiSquareSurvival(x, 1), math.Erfc(math.Sqrt(x/2)); !near(got/want, 1, 1e-9) {
			t.Errorf("chi-square %v, 1 degree: %v, want %v", x, got, want)
		}
		if got, want := report.ChiSquareSurvival(x, 2), math.Exp(-x/2); !near(got/want, 1, 1e-9) {
			t.Errorf("chi-square %v, 2 degrees: %v, want %v", x, got, want)
		}
	}
}

func TestTwoProportionsIsNotKnownOfSmallNumbers(t *testing.T) {
	// z = 0.2 / sqrt(0.6933 * 0.3067 * (1/70 + 1/80)) = 2.6503
	if p, known := report.TwoProportions(56, 70, 48, 80); !known || !near(p, 0.00804, 0.00001) {
		t.Errorf("56/70 and 48/80: %v, %v", p, known)
	}
	if p, known := report.TwoProportions(50, 100, 50, 100); !known || p != 1 {
		t.Errorf("equal shares: %v, %v", p, known)
	}
	for _, c := range [][4]int64{{4, 100, 4, 100}, {0, 1000, 0, 1000}, {1000, 1000, 1000, 1000}, {3, 5, 500, 1000}} {
		if p, known := report.TwoProportions(c[0], c[1], c[2], c[3]); known {
			t.Errorf("%v: p = %v of numbers too small", c, p)
		}
	}
}
