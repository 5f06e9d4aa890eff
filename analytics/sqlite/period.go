package sqlite

import (
	"cmp"
	"math"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// periodOf returns the first millisecond of a period, and the first after it.
func periodOf(s report.Selection) (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if !s.From.IsZero() {
		from = ceil(s.From)
	}
	if !s.To.IsZero() {
		to = ceil(s.To)
	}
	return from, to
}

// ceil returns the first millisecond that is not before t.
func ceil(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return ms
}

// localHour returns when the hour began that the clock of a place shows at a moment.
// It began at the latest when the clock was put forward or back.
func localHour(ms int64, loc *time.Location) time.Time {
	t := time.UnixMilli(ms).In(cmp.Or(loc, time.UTC))
	begin := t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	changed, _ := t.ZoneBounds()
	if changed.IsZero() || !changed.After(begin) {
		return begin
	}
	_, before := changed.Add(-time.Second).Zone()
	if _, after := t.Zone(); before == after {
		return begin // only the name of the zone is another
	}
	return changed.In(t.Location())
}
