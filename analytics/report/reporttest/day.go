package reporttest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day somewhere, by whose clock the traffic of a test is told.
type Date struct {
	day time.Time // its midnight as in UTC
	loc *time.Location
}

// Day returns a day such as "2026-03-29" in a zone such as "Europe/Berlin". It
// panics where there is no such day or zone.
func Day(day, zone string) Date {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(fmt.Sprintf("reporttest: %v", err))
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(fmt.Sprintf("reporttest: %v", err))
	}
	return Date{day: t, loc: loc}
}

// Plus returns the day that many days later.
func (d Date) Plus(days int) Date { return Date{day: d.day.AddDate(0, 0, days), loc: d.loc} }

// At returns the moment at which the clock shows "10:00", "10:00:05" or
// "10:00:05.250". Hours from 24 on are those of the next day. A time that the
// clock shows twice takes its offset along: "02:30+01:00". At panics where it
// cannot read the time.
func (d Date) At(clock string) time.Time {
	shown, offset, twice := clock, "", false
	if i := strings.IndexAny(clock, "+-"); i > 0 {
		shown, offset, twice = clock[:i], clock[i:], true
	}
	var hours, minutes int
	seconds, millis := "00", "000"
	h, rest, _ := strings.Cut(shown, ":")
	m, s, exact := strings.Cut(rest, ":")
	if exact {
		whole, fraction, _ := strings.Cut(s, ".")
		seconds, millis = whole, (fraction + "000")[:3]
	}
	hours, minutes = clockNumber(clock, h), clockNumber(clock, m)
	loc := d.loc
	if twice {
		zone, err := time.Parse("-07:00", offset)
		if err != nil {
			panic(fmt.Sprintf("reporttest: time %q: %v", clock, err))
		}
		loc = zone.Location()
	}
	y, month, day := d.day.Date()
	return time.Date(y, month, day, hours, minutes, clockNumber(clock, seconds),
		clockNumber(clock, millis)*int(time.Millisecond), loc).UTC()
}

func clockNumber(clock, part string) int {
	n, err := strconv.Atoi(part)
	if err != nil || n < 0 {
		panic(fmt.Sprintf("reporttest: time %q: %q is no number", clock, part))
	}
	return n
}
