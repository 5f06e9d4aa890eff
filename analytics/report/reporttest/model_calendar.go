package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// hourOf returns when the hour began that the clock shows at t. The same hour on
// the clock, after it was put back, is another.
func hourOf(t time.Time, loc *time.Location) time.Time {
	type face struct{ day, hour, offset int }
	shown := func(t time.Time) face {
		t = t.In(loc)
		_, offset := t.Zone()
		return face{t.YearDay(), t.Hour(), offset}
	}
	t = t.In(loc).Truncate(time.Minute)
	for shown(t.Add(-time.Minute)) == shown(t) {
		t = t.Add(-time.Minute)
	}
	return t
}

// date is a day of the calendar, kept as its midnight in UTC.
type date struct{ time.Time }

func dateOf(t time.Time, loc *time.Location) date {
	y, m, d := t.In(loc).Date()
	return date{time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// begins returns the first moment of the day, which is not always midnight. Where
// clocks are put back after it, the day begins, is left again and goes on.
func (d date) begins(loc *time.Location) time.Time {
	y, m, day := d.Date()
	begin := time.Date(y, m, day, 12, 0, 0, 0, loc)
	for t := begin; begin.Sub(t) < 3*time.Hour; t = t.Add(-time.Minute) {
		if dateOf(t, loc) == d {
			begin = t
		}
	}
	return begin
}

func (d date) plus(days int) date { return date{d.AddDate(0, 0, days)} }

// first returns the first day of the day, week or month that d lies in.
func (d date) first(every report.Dimension) date {
	switch every {
	case report.ByWeek:
		return d.plus(-(int(d.Weekday()) + 6) % 7)
	case report.ByMonth:
		return d.plus(1 - d.Day())
	default:
		return d
	}
}

// next returns the first day of the period after the one that begins with d.
func (d date) next(every report.Dimension) date {
	switch every {
	case report.ByWeek:
		return d.plus(7)
	case report.ByMonth:
		return date{d.AddDate(0, 1, 0)}
	default:
		return d.plus(1)
	}
}

// period returns the value of a dimension by time.
func period(t time.Time, by report.Dimension, loc *time.Location) string {
	if by == report.ByHour {
		return hourOf(t, loc).Format("2006-01-02T15:04")
	}
	return dateOf(t, loc).first(by).Format(time.DateOnly)
}
