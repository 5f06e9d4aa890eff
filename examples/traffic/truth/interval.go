package truth

import (
	"math"
	"slices"
	"time"
)

// Interval bounds a time that is not known exactly, in milliseconds: client and
// server read their clocks at different moments.
type Interval struct {
	Lo int64 `json:"lo"`
	Hi int64 `json:"hi"`
}

// around returns the interval from lo to hi, wide enough for moments that were cut
// to milliseconds on the way.
func around(lo, hi time.Duration) Interval {
	const cut = time.Millisecond
	return Interval{max(0, (lo - cut).Milliseconds()), (hi + 2*cut).Milliseconds()}
}

// Holds reports whether the interval includes the time.
func (i Interval) Holds(d time.Duration) bool {
	return time.Duration(i.Lo)*time.Millisecond <= d && d <= time.Duration(i.Hi)*time.Millisecond
}

// Spread is what the durations of visits come to.
type Spread struct {
	Visits int64    `json:"visits"`
	Sum    Interval `json:"sum"`
	Median Interval `json:"median"`
	P95    Interval `json:"p95"`

	Each []Interval `json:"each"`
}

// spreadOf bounds sum and quantiles. A quantile grows with every value, so that
// those of the lower bounds bound it from below.
func spreadOf(each []Interval) Spread {
	s := Spread{Visits: int64(len(each)), Each: each}
	var lo, hi []int64
	for _, i := range each {
		s.Sum.Lo += i.Lo
		s.Sum.Hi += i.Hi
		lo, hi = append(lo, i.Lo), append(hi, i.Hi)
	}
	slices.Sort(lo)
	slices.Sort(hi)
	s.Median = Interval{quantile(lo, 0.5), quantile(hi, 0.5)}
	s.P95 = Interval{quantile(lo, 0.95), quantile(hi, 0.95)}
	return s
}

// quantile is that of package analytics: in proportion between the two values next
// to the rank, in whole milliseconds.
func quantile(sorted []int64, q float64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := q * float64(len(sorted)-1)
	at := int(rank)
	next := min(at+1, len(sorted)-1)
	return int64(math.Floor(float64(sorted[at]) + (rank-float64(at))*float64(sorted[next]-sorted[at]) + 0.5))
}
