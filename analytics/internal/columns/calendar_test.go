package columns

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func located(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestCalendar_pieces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		place, from, to string
		unit            report.Dimension
		want            []string // moment in UTC from which a period goes on, and its text
	}{
		"a zone with half an hour": {
			"Asia/Kolkata", "2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z", report.ByHour,
			[]string{"10:00 2026-06-01T15:00", "10:30 2026-06-01T16:00", "11:30 2026-06-01T17:00"},
		},
		"midnight half past the hour": {
			"Asia/Kolkata", "2026-06-01T18:00:00Z", "2026-06-01T19:00:00Z", report.ByDay,
			[]string{"18:00 2026-06-01", "18:30 2026-06-02"},
		},
		"an hour that is left out": {
			"Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", report.ByHour,
			[]string{"00:00 2026-03-29T01:00", "01:00 2026-03-29T03:00"},
		},
		"an hour that comes twice": {
			"Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z", report.ByHour,
			[]string{"23:00 2026-10-25T01:00", "00:00 2026-10-25T02:00", "01:00 2026-10-25T02:00"},
		},
		"days of 25 hours": {
			"Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", report.ByDay,
			[]string{"12:00 2026-10-24", "22:00 2026-10-25", "23:00 2026-10-26"},
		},
		"a day without midnight": {
			"America/Sao_Paulo", "2018-11-04T02:00:00Z", "2018-11-04T05:00:00Z", report.ByHour,
			[]string{"02:00 2018-11-03T23:00", "03:00 2018-11-04T01:00", "04:00 2018-11-04T02:00"},
		},
		"an hour that the clock enters in its middle": {
			"Australia/Lord_Howe", "2026-10-03T14:00:00Z", "2026-10-03T17:00:00Z", report.ByHour,
			[]string{"14:00 2026-10-04T00:00", "14:30 2026-10-04T01:00", "15:30 2026-10-04T02:30", "16:00 2026-10-04T03:00"},
		},
		"half an hour that comes twice": {
			"Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z", report.ByHour,
			[]string{"14:00 2026-04-05T01:00", "15:00 2026-04-05T01:30", "15:30 2026-04-05T02:00"},
		},
		"a date that comes back for an hour": {
			"America/St_Johns", "2010-11-07T02:00:00Z", "2010-11-07T05:00:00Z", report.ByDay,
			[]string{"02:00 2010-11-06", "02:30 2010-11-07", "02:31 2010-11-06", "03:30 2010-11-07"},
		},
		"a date that does not exist": {
			"Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-30T12:00:00Z", report.ByDay,
			[]string{"08:00 2011-12-29", "10:00 2011-12-31"},
		},
		"weeks begin on Monday": {
			"UTC", "2026-02-28T12:00:00Z", "2026-03-03T00:00:00Z", report.ByWeek,
			[]string{"12:00 2026-02-23", "00:00 2026-03-02"},
		},
		"months": {
			"UTC", "2025-12-31T12:00:00Z", "2026-02-01T12:00:00Z", report.ByMonth,
			[]string{"12:00 2025-12-01", "00:00 2026-01-01", "00:00 2026-02-01"},
		},
		"before 1970": {
			"UTC", "1969-12-28T12:00:00Z", "1970-01-01T12:00:00Z", report.ByWeek,
			[]string{"12:00 1969-12-22", "00:00 1969-12-29"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calendar := newCalendar(c.unit, located(t, c.place))
			moment := func(text string) int64 {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				return at.UnixMilli()
			}
			pieces := calendar.pieces(nil, moment(c.from), moment(c.to))
			var got []string
			for _, p := range pieces {
				got = append(got, time.UnixMilli(p.from).UTC().Format("15:04 ")+calendar.text(p.number))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("pieces\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestCalendar_begin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		place string
		unit  report.Dimension
		at    string
		want  string
	}{
		{"Europe/Berlin", report.ByDay, "2026-03-29T12:00:00Z", "2026-03-29T00:00:00+01:00"},
		{"America/Sao_Paulo", report.ByDay, "2018-11-04T12:00:00Z", "2018-11-04T01:00:00-02:00"},
		{"Asia/Beirut", report.ByDay, "2026-03-29T12:00:00Z", "2026-03-29T01:00:00+03:00"},
		{"America/Havana", report.ByDay, "2026-11-01T12:00:00Z", "2026-11-01T00:00:00-04:00"}, // 00:00 twice
		{"Asia/Beirut", report.ByWeek, "2026-04-01T12:00:00Z", "2026-03-30T00:00:00+03:00"},
		{"America/Asuncion", report.ByMonth, "2023-10-20T12:00:00Z", "2023-10-01T01:00:00-03:00"},
		{"Pacific/Kiritimati", report.ByDay, "2026-01-01T12:00:00Z", "2026-01-02T00:00:00+14:00"},
		{"Australia/Lord_Howe", report.ByHour, "2026-04-04T15:10:00Z", "2026-04-05T01:30:00+10:30"},
	} {
		calendar := newCalendar(c.unit, located(t, c.place))
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := calendar.begin(calendar.of(at.UnixMilli())).Format(time.RFC3339); got != c.want {
			t.Errorf("the %s in %s of %s began %s, want %s", c.unit, c.place, c.at, got, c.want)
		}
	}
}

// Every moment is in the period that the clock shows, in any place.
func TestCalendar_piecesAgreeWithTheClock(t *testing.T) {
	t.Parallel()
	places := []string{
		"UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Beirut", "America/Havana",
		"Australia/Lord_Howe", "America/St_Johns", "Africa/Monrovia", "Pacific/Apia", "Antarctica/Troll",
	}
	rapid.Check(t, func(r *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(places).Draw(r, "place"))
		if err != nil {
			r.Fatal(err)
		}
		at := rapid.Int64Range(0, 2_000_000_000).Draw(r, "moment") / 3600 * 3600 * 1000
		// Near a change of the clock, rather.
		if _, to := time.UnixMilli(at).In(loc).ZoneBounds(); !to.IsZero() && rapid.Bool().Draw(r, "near") {
			at = (to.UnixMilli()/hour - 2) * hour
		}
		for _, unit := range []report.Dimension{report.ByHour, report.ByDay, report.ByWeek, report.ByMonth} {
			calendar := newCalendar(unit, loc)
			pieces := calendar.pieces(nil, at, at+4*hour)
			for t := at; t < at+4*hour; t += 30_000 {
				for pieces[0].to <= t {
					pieces = pieces[1:]
				}
				shown, got := clock(time.UnixMilli(t).In(loc), unit), calendar.text(pieces[0].number)
				if unit == report.ByHour {
					got = got[:13] // an hour can begin in its middle
				}
				if pieces[0].from > t || got != shown {
					r.Fatalf("%s: %v is in %+v, which is %s, want %s", unit, time.UnixMilli(t).In(loc), pieces[0], got, shown)
				}
			}
		}
	})
}

// clock returns the period that a clock shows.
func clock(at time.Time, unit report.Dimension) string {
	switch unit {
	case report.ByHour:
		return at.Format("2006-01-02T15")
	case report.ByWeek:
		at = time.Date(at.Year(), at.Month(), at.Day(), 12, 0, 0, 0, time.UTC)
		return at.AddDate(0, 0, -(int(at.Weekday())+6)%7).Format(time.DateOnly)
	case report.ByMonth:
		return fmt.Sprintf("%04d-%02d-01", at.Year(), at.Month())
	default:
		return at.Format(time.DateOnly)
	}
}
