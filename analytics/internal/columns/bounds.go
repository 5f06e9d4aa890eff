package columns

import (
	"math"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

const (
	hour = 3_600_000 // milliseconds
	day  = 24 * hour
)

// longest is how far back a visit that is live may have started: the 24 hours
// after which the middleware ends one, and one for clocks that differ.
const longest = 25 * hour

// Bounds returns the Unix hours whose segments a Set must hold at least to answer
// Totals, Hours, Pages, Actions, Funnel, Paths, Visitors or Select: from the first
// on and before the second.
func Bounds(s report.Selection) (from, to int64) {
	p := periodOf(s)
	from, to = math.MinInt64, math.MaxInt64
	if p.from != math.MinInt64 {
		from = floorDiv(p.from, hour)
	}
	if p.to != math.MaxInt64 {
		to = floorDiv(p.to-1, hour) + 1
	}
	return from, to
}

// CohortsBounds returns the hours for Cohorts: all from the first on, because
// visitors come back after the period in which they came first.
func CohortsBounds(q report.CohortsQuery) (from, to int64) {
	from, _ = Bounds(q.Selection)
	return from, math.MaxInt64
}

// ExperimentBounds returns the hours for Experiment: all before the end, because a
// visit that began earlier may have been exposed within the period, however long
// visits may last.
func ExperimentBounds(q report.ExperimentQuery) (from, to int64) {
	_, to = Bounds(q.Selection)
	return math.MinInt64, to
}

// LiveBounds returns the hours for Live.
func LiveBounds(now time.Time) (from, to int64) {
	return floorDiv(now.UnixMilli()-longest, hour), floorDiv(now.UnixMilli(), hour) + 1
}

// period is a stretch of time in Unix milliseconds: from its from on and before
// its to.
type period struct{ from, to int64 }

// periodOf returns the period in which the visits of s have started.
func periodOf(s report.Selection) period {
	p := period{from: math.MinInt64, to: math.MaxInt64}
	if !s.From.IsZero() {
		p.from = ceilMilli(s.From)
	}
	if !s.To.IsZero() {
		p.to = ceilMilli(s.To)
	}
	return p
}

// ceilMilli returns the first whole millisecond that is not before t.
func ceilMilli(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return ms
}

// has reports whether t lies in p.
func (p period) has(t int64) bool { return p.from <= t && t < p.to }

// floorDiv returns a / b, rounded towards the past.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
