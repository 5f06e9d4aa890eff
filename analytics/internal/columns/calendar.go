package columns

import (
	"cmp"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// calendar divides time into the hours, days, weeks or months of a place. A period
// has a number: a day that of its date, counted from 1970-01-01, weeks and months
// accordingly, one after the other; an hour the Unix milliseconds of its beginning.
//
// A day is all that has its date, and an hour ends when the clock is put forward or
// back, so that one that the clock goes through twice is two.
type calendar struct {
	unit report.Dimension
	loc  *time.Location
}

func newCalendar(unit report.Dimension, loc *time.Location) calendar {
	return calendar{unit: unit, loc: cmp.Or(loc, time.UTC)}
}

// piece is a stretch of time that belongs to one period.
type piece struct {
	period
	number int64
}

// pieces appends to out what the time from from and before to is made of.
func (c calendar) pieces(out []piece, from, to int64) []piece {
	for from < to {
		offset, zone := c.zone(from)
		local := from + offset
		unit := int64(day)
		if c.unit == report.ByHour {
			unit = hour
		}
		begin := floorDiv(local, unit) * unit
		p := piece{period: period{from: from, to: min(to, begin+unit-offset, zone.to)}}
		if c.unit == report.ByHour {
			p.number = c.hourBegin(begin-offset, offset, zone.from)
		} else {
			p.number = c.ofDate(begin / day)
		}
		if n := len(out); n > 0 && out[n-1].number == p.number && out[n-1].to == p.from {
			out[n-1].to = p.to
		} else {
			out = append(out, p)
		}
		from = p.to
	}
	return out
}

// of returns the number of the period of t.
func (c calendar) of(t int64) int64 {
	var one [1]piece
	return c.pieces(one[:0], t, t+1)[0].number
}

// zone returns how far the clock is ahead of UTC at t, in milliseconds, and from
// when to when that is so.
func (c calendar) zone(t int64) (offset int64, _ period) {
	local := time.UnixMilli(t).In(c.loc)
	_, seconds := local.Zone()
	valid := periodOf(report.Selection{})
	from, to := local.ZoneBounds()
	if !from.IsZero() {
		valid.from = from.UnixMilli()
	}
	if !to.IsZero() {
		valid.to = to.UnixMilli()
	}
	return int64(seconds) * 1000, valid
}

// hourBegin returns when the hour began that would have begun at the given moment,
// had the clock not been changed: at zone at the earliest, unless the zone that
// began then has the same offset as the one before.
func (c calendar) hourBegin(begin, offset, zone int64) int64 {
	for begin < zone {
		before, earlier := c.zone(zone - 1)
		if before != offset {
			return zone
		}
		zone = earlier.from
	}
	return begin
}

// ofDate returns the number of the period of a date, which is given in days since
// 1970-01-01.
func (c calendar) ofDate(date int64) int64 {
	switch c.unit {
	case report.ByWeek:
		return floorDiv(date+3, 7) // that was a Thursday
	case report.ByMonth:
		year, month, _ := time.Unix(date*86_400, 0).UTC().Date()
		return int64(year)*12 + int64(month) - 1
	default:
		return date
	}
}

// date returns the first date of a period of days, in days since 1970-01-01.
func (c calendar) date(number int64) int64 {
	switch c.unit {
	case report.ByWeek:
		return number*7 - 3
	case report.ByMonth:
		year := floorDiv(number, 12)
		return time.Date(int(year), time.Month(number-year*12+1), 1, 0, 0, 0, 0, time.UTC).Unix() / 86_400
	default:
		return number
	}
}

// text returns the period as the value of a dimension.
func (c calendar) text(number int64) string {
	if c.unit == report.ByHour {
		return time.UnixMilli(number).In(c.loc).Format("2006-01-02T15:04")
	}
	return time.Unix(c.date(number)*86_400, 0).UTC().Format(time.DateOnly)
}

// begin returns the moment at which a period began: its first, if there is no
// midnight on that day.
func (c calendar) begin(number int64) time.Time {
	if c.unit == report.ByHour {
		return time.UnixMilli(number).In(c.loc)
	}
	// No place is further than 26 hours from UTC, and no clock is put further.
	midnight := c.date(number) * day
	for _, p := range c.pieces(nil, midnight-2*day, midnight+3*day) {
		if p.number == number {
			return time.UnixMilli(p.from).In(c.loc)
		}
	}
	return time.UnixMilli(midnight).In(c.loc)
}
