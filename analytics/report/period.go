package report

import (
	"strconv"
	"strings"
	"time"
)

// maxNamedDays bounds "last N days": five years.
const maxNamedDays = 5*365 + 1

// Period returns the bounds of a period by name: "today", "yesterday", "last N
// days" (such as "last 30 days": today and the 29 days before), "this month" or
// "last month". Days and months are whole ones of the calendar at the location, UTC
// if nil, however long daylight saving makes them; today and this month end in the
// future.
func Period(name string, now time.Time, location *time.Location) (from, to time.Time, err error) {
	if location == nil {
		location = time.UTC
	}
	now = now.In(location)
	y, m, d := now.Date()
	day := func(y int, m time.Month, d int) time.Time { return dayStart(y, m, d, location) }
	switch name {
	case "today":
		return day(y, m, d), day(y, m, d+1), nil
	case "yesterday":
		return day(y, m, d-1), day(y, m, d), nil
	case "this month":
		return day(y, m, 1), day(y, m+1, 1), nil
	case "last month":
		return day(y, m-1, 1), day(y, m, 1), nil
	}
	if days, ok := strings.CutPrefix(name, "last "); ok {
		if days, ok = strings.CutSuffix(days, " days"); ok {
			if n, err := strconv.Atoi(days); err == nil && n >= 1 && n <= maxNamedDays {
				return day(y, m, d-n+1), day(y, m, d+1), nil
			}
		}
	}
	return from, to, fault("unknown period %q; there are today, yesterday, last N days (1 to %d), this month, last month", name, maxNamedDays)
}

// dayStart returns the first moment of a local day, whose number is normalised as
// by [time.Date]. Where the clock springs over midnight that is the moment of the
// transition; where it goes through midnight twice, the first.
func dayStart(year int, month time.Month, day int, location *time.Location) time.Time {
	noon := time.Date(year, month, day, 12, 0, 0, 0, location)
	midnight := time.Date(noon.Year(), noon.Month(), noon.Day(), 0, 0, 0, 0, location)
	if midnight.Day() != noon.Day() {
		_, transition := midnight.ZoneBounds()
		return transition
	}
	if since, _ := midnight.ZoneBounds(); !since.IsZero() {
		_, offset := since.Add(-1).Zone()
		first := time.Date(noon.Year(), noon.Month(), noon.Day(), 0, 0, 0, 0, time.FixedZone("", offset)).In(location)
		if first.Before(midnight) && first.Day() == noon.Day() {
			return first
		}
	}
	return midnight
}

// StartOfDay returns the first moment of t's day by the calendar of t's location.
// Where the clock springs over midnight that is the moment after; where it goes
// through midnight twice, the first.
func StartOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return dayStart(y, m, d, t.Location())
}

// daysBetween counts the days of the calendar from one day to another.
func daysBetween(from, to time.Time) int {
	number := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	}
	return int(number(to) - number(from))
}
