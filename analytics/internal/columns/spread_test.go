package columns

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		values []int64
		at     float64
		want   time.Duration
	}{
		{"one value", []int64{7}, 0.95, 7},
		{"the middle of an odd number", []int64{9, 1, 5}, 0.5, 5},
		{"half way between two", []int64{40, 10, 30, 20}, 0.5, 25},
		{"half a millisecond goes up", []int64{2, 1}, 0.5, 2},
		{"the least", []int64{3, 2, 1}, 0, 1},
		{"the most", []int64{3, 1, 2}, 1, 3},
		{"in proportion", []int64{0, 100}, 0.95, 95},
		{"rank 2.7", []int64{10, 20, 30, 40}, 0.9, 37},
	} {
		if got := quantiles(c.values, []float64{c.at})[0]; got != c.want*time.Millisecond {
			t.Errorf("%s: %v, want %v", c.name, got, c.want*time.Millisecond)
		}
	}
}

// Quantiles are those of sorted values, in whatever order they are asked for.
func TestQuantiles_asOfSortedValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int64{0, 3, 1 << 40}).Draw(t, "most")
		values := rapid.SliceOfN(rapid.Int64Range(0, most), 1, 300).Draw(t, "values")
		at := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 5).Draw(t, "at")
		sorted := slices.Sorted(slices.Values(values))
		for i, got := range quantiles(values, at) {
			rank := at[i] * float64(len(sorted)-1)
			low, high := sorted[int(rank)], sorted[min(int(rank)+1, len(sorted)-1)]
			_, part := math.Modf(rank)
			want := time.Duration(math.Floor(float64(low)+part*float64(high-low)+0.5)) * time.Millisecond
			if got != want {
				t.Fatalf("%v of %v is %v, want %v", at[i], sorted, got, want)
			}
		}
	})
}

// Values that make a poor pivot each time do not take for ever, and are sorted.
func TestPlace_poorPivots(t *testing.T) {
	t.Parallel()
	const n = 1 << 14
	for name, value := range map[string]func(i int) int64{
		"rising":     func(i int) int64 { return int64(i) },
		"falling":    func(i int) int64 { return int64(-i) },
		"organ pipe": func(i int) int64 { return int64(min(i, n-i)) },
		"all alike":  func(int) int64 { return 4 },
		"saw":        func(i int) int64 { return int64(i % 7) },
	} {
		values := make([]int64, n)
		for i := range values {
			values[i] = value(i)
		}
		sorted := slices.Sorted(slices.Values(values))
		for _, rank := range []int{0, 1, n / 2, n - 1} {
			if place(values, rank); values[rank] != sorted[rank] {
				t.Errorf("%s: rank %d is %d, want %d", name, rank, values[rank], sorted[rank])
			}
		}
	}
}

// Sums are longer than a Duration can be, after some ten million visits.
func TestDuration_doesNotWrap(t *testing.T) {
	t.Parallel()
	if got := duration(math.MaxInt64 / 1000); got != math.MaxInt64 {
		t.Errorf("%v, want the longest", got)
	}
}

func TestMatches_asARegularExpression(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,7}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab]{0,8}`).Draw(t, "text")
		want := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".*") + "$").MatchString(text)
		if got := matches(pattern, text); got != want {
			t.Errorf("matches(%q, %q) = %v", pattern, text, got)
		}
	})
}

func TestLeastWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number string
		unit   time.Duration
		want   int64
	}{
		{"2", 1, 2},
		{"2.5", 1, 3},
		{"-2.5", 1, -2},
		{"0.1", 1000, 100}, // which no float64 is
		{"9.9991", 1000, 10_000},
		{"0", 1000, 0},
		{"999999999999999999999999999999", 1000, math.MaxInt64},
		{"-999999999999999999999999999999", 1000, -math.MaxInt64},
	} {
		if got := leastWhole(c.number, c.unit); got != c.want {
			t.Errorf("leastWhole(%s, %d) = %d, want %d", c.number, c.unit, got, c.want)
		}
	}
}
