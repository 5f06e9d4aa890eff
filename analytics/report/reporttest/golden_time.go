package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func timeScenarios() []scenario {
	return []scenario{
		midnight(), springForward(), fallBack(), halfHours(), noMidnight(), weeksAndMonths(), hourByHour(),
	}
}

// periods asks for visits by a dimension of time: the value and how many.
func (e *env) periods(by report.Dimension, loc *time.Location) map[string]int64 {
	e.Helper()
	groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Selection: report.Selection{Location: loc}, By: []report.Dimension{by}})
	if err != nil {
		e.Errorf("totals by %s: %v", by, err)
	}
	found := map[string]int64{}
	for _, g := range groups {
		found[g.Key[0]] = g.Visits
	}
	return found
}

func (e *env) hours(loc *time.Location) []report.Hour {
	e.Helper()
	hours, err := e.w.Hours(e.Context(), report.HoursQuery{Selection: report.Selection{Location: loc}})
	if err != nil {
		e.Errorf("hours: %v", err)
	}
	return hours
}

// midnight has a visit from 23:50 to 00:20.
func midnight() scenario {
	d := tuesday()
	return scenario{
		name:   "midnight_does_not_split_a_visit",
		events: Events(d.Visit("v1").View("23:50", "/").View("24:20", "/shop").Action("24:20", "play").Ends("24:50", idle)),
		check: func(e *env) {
			// It belongs to the day on which it started, whole.
			e.is("totals of the day", nil, e.totals(report.Selection{From: d.At("00:00"), To: d.At("24:00")}), report.Totals{
				Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 2, Actions: 1, Judged: 1,
				Duration: report.Spread{N: 1, Sum: 30 * time.Minute},
			})
			e.is("totals of the day after", nil, e.totals(report.Selection{From: d.At("24:00")}), report.Totals{})
			e.is("hours", nil, e.hours(nil), []report.Hour{
				{Start: d.At("23:00"), Active: 1, Started: 1, Views: 1},
				{Start: d.At("24:00"), Active: 1, Views: 1, Actions: 1},
			})
		},
	}
}

// springForward has a night in which the clock goes from 02:00 to 03:00.
func springForward() scenario {
	d := Day("2026-03-29", "Europe/Berlin")
	return scenario{
		name: "an_hour_that_does_not_exist",
		events: Events(
			d.Visit("v1").View("01:59", "/").View("03:00", "/").Ends("03:30", idle), // one minute
			d.Visit("v2").View("23:30", "/").Ends("24:00", idle),
			d.Plus(1).Visit("v3").View("00:00", "/").Ends("00:30", idle),
		),
		check: func(e *env) {
			e.is("days", nil, e.periods(report.ByDay, d.loc), map[string]int64{"2026-03-29": 2, "2026-03-30": 1})
			e.is("hours by name", nil, e.periods(report.ByHour, d.loc), map[string]int64{
				"2026-03-29T01:00": 1, "2026-03-29T23:00": 1, "2026-03-30T00:00": 1,
			})
			utc := Day("2026-03-29", "UTC")
			e.is("hours", nil, e.hours(d.loc), []report.Hour{
				{Start: utc.At("00:00"), Active: 1, Started: 1, Views: 1}, // 01:00 of winter
				{Start: utc.At("01:00"), Active: 1, Views: 1},             // 03:00 of summer
				{Start: utc.At("21:00"), Active: 1, Started: 1, Views: 1},
				{Start: utc.At("22:00"), Active: 1, Started: 1, Views: 1},
			})
			e.is("duration of the first", nil, e.totals(report.Selection{To: utc.At("01:00")}).Duration, report.Spread{N: 1, Sum: time.Minute})
		},
	}
}

// fallBack has a night in which the clock goes from 03:00 back to 02:00.
func fallBack() scenario {
	d := Day("2026-10-25", "Europe/Berlin")
	return scenario{
		name: "an_hour_that_comes_twice",
		events: Events(
			d.Visit("v1").View("02:30+02:00", "/").Ends("02:00+01:00", idle),
			d.Visit("v2").View("02:30+01:00", "/").View("03:10", "/").Ends("03:40", idle),
			d.Visit("v3").View("02:40+02:00", "/").View("02:10+01:00", "/").Ends("02:40+01:00", idle), // 30 min
		),
		check: func(e *env) {
			utc := Day("2026-10-25", "UTC")
			// By name the two are one; as hours they are two.
			e.is("hours by name", nil, e.periods(report.ByHour, d.loc), map[string]int64{"2026-10-25T02:00": 3})
			e.is("hours", nil, e.hours(d.loc), []report.Hour{
				{Start: utc.At("00:00"), Active: 2, Started: 2, Views: 2}, // 02:00 of summer: v1, v3
				{Start: utc.At("01:00"), Active: 2, Started: 1, Views: 2}, // 02:00 of winter: v2, v3
				{Start: utc.At("02:00"), Active: 1, Views: 1},             // v2
			})
			// v1 0, v2 40 min, v3 30 min
			e.is("durations", nil, e.totals(report.Selection{}).Duration, report.Spread{N: 3, Sum: 70 * time.Minute})
		},
	}
}

// halfHours has a zone that is 5 h 30 min ahead.
func halfHours() scenario {
	d := Day("2026-03-10", "Asia/Kolkata")
	return scenario{
		name: "a_zone_of_half_hours",
		events: Events(
			d.Visit("v1").View("00:10", "/").Ends("00:40", idle), // 18:40 UTC of the day before
			d.Visit("v2").View("10:20", "/").View("10:40", "/").Ends("11:10", idle),
		),
		check: func(e *env) {
			utc := Day("2026-03-09", "UTC")
			e.is("days", nil, e.periods(report.ByDay, d.loc), map[string]int64{"2026-03-10": 2})
			e.is("days in UTC", nil, e.periods(report.ByDay, nil), map[string]int64{"2026-03-09": 1, "2026-03-10": 1})
			e.is("hours by name", nil, e.periods(report.ByHour, d.loc), map[string]int64{"2026-03-10T00:00": 1, "2026-03-10T10:00": 1})
			before := report.Selection{Where: where("day", report.Is, "2026-03-09")}
			for loc, want := range map[*time.Location]int{d.loc: 0, nil: 1} {
				before.Location = loc
				hours, err := e.w.Hours(e.Context(), report.HoursQuery{Selection: before})
				e.is("hours where the day is the one before", err, len(hours), want) // by the clock of the question
				pages, err := e.w.Pages(e.Context(), report.PagesQuery{Selection: before, Kind: report.ByPath})
				e.is("pages where the day is the one before", err, len(pages), want)
			}
			e.is("hours", nil, e.hours(d.loc), []report.Hour{
				{Start: utc.At("18:30"), Active: 1, Started: 1, Views: 1},
				{Start: utc.At("28:30"), Active: 1, Started: 1, Views: 2}, // 10:00: both views
			})
			e.is("hours in UTC", nil, e.hours(nil), []report.Hour{
				{Start: utc.At("18:00"), Active: 1, Started: 1, Views: 1},
				{Start: utc.At("28:00"), Active: 1, Started: 1, Views: 1}, // 04:50
				{Start: utc.At("29:00"), Active: 1, Views: 1},             // 05:10
			})
		},
	}
}

// noMidnight has a day that begins at 01:00.
func noMidnight() scenario {
	d := Day("2018-11-04", "America/Sao_Paulo")
	return scenario{
		name: "a_day_without_midnight",
		events: Events(
			d.Plus(-1).Visit("v1").By("s1").View("23:59", "/").View("25:05", "/").Ends("25:35", idle), // 6 min: after 23:59 comes 01:00
			d.Visit("v2").By("s2").View("01:10", "/").Ends("01:40", idle),
		),
		check: func(e *env) {
			utc := Day("2018-11-04", "UTC")
			e.is("days", nil, e.periods(report.ByDay, d.loc), map[string]int64{"2018-11-03": 1, "2018-11-04": 1})
			e.is("hours", nil, e.hours(d.loc), []report.Hour{
				{Start: utc.At("02:00"), Active: 1, Started: 1, Views: 1}, // 23:00, UTC-3
				{Start: utc.At("03:00"), Active: 2, Started: 1, Views: 2}, // 01:00, UTC-2
			})
			cohorts, err := e.w.Cohorts(e.Context(), report.CohortsQuery{Selection: report.Selection{Location: d.loc}, Every: report.ByDay, Periods: 2})
			e.is("cohorts", err, cohorts, []report.Cohort{
				{Start: utc.Plus(-1).At("03:00"), Visitors: 1, Returned: []int64{1, 0}, Open: true},
				{Start: utc.At("03:00"), Visitors: 1, Returned: []int64{1}, Open: true},
			})
			visitors, err := e.w.Visitors(e.Context(), report.VisitorsQuery{
				Selection: report.Selection{Where: where("session", report.Is, "s2"), Location: d.loc},
				MinStreak: 1,
			})
			e.is("visitors", err, visitors, []report.Visitor{{
				ID: "s2", First: utc.At("03:10"), Last: utc.At("03:10"), Visits: 1, Streak: report.Streak{Days: 1, Start: utc.At("03:00")},
			}})
		},
	}
}

func weeksAndMonths() scenario {
	d := Day("2026-03-01", "UTC") // a Sunday
	return scenario{
		name: "weeks_begin_on_monday",
		events: Events(
			d.Visit("v1").View("10:00", "/").Ends("10:30", idle),
			d.Plus(1).Visit("v2").View("10:00", "/").Ends("10:30", idle),  // Monday
			d.Plus(-1).Visit("v3").View("10:00", "/").Ends("10:30", idle), // in February
			d.Plus(-60).Visit("v4").View("10:00", "/").Ends("10:30", idle),
		),
		check: func(e *env) {
			e.is("weeks", nil, e.periods(report.ByWeek, nil), map[string]int64{"2026-02-23": 2, "2026-03-02": 1, "2025-12-29": 1})
			e.is("months", nil, e.periods(report.ByMonth, nil), map[string]int64{"2026-03-01": 2, "2026-02-01": 1, "2025-12-01": 1})
		},
	}
}

// hourByHour has visits that last over hours, at their very edges.
func hourByHour() scenario {
	d := tuesday()
	return scenario{
		name: "a_visit_is_active_in_every_hour_it_touches",
		events: Events(
			d.Visit("v1").View("10:00", "/").View("12:00", "/").Ends("12:30", idle),
			d.Visit("v2").View("10:59:59.999", "/").Ends("11:29", idle),
			d.Visit("v3").View("11:30", "/").Active("11:59:59.999").Ends("12:30", analytics.ReasonIdle),
		),
		check: func(e *env) {
			e.is("hours", nil, e.hours(nil), []report.Hour{
				{Start: d.At("10:00"), Active: 2, Started: 2, Views: 2}, // v1, v2
				{Start: d.At("11:00"), Active: 2, Started: 1, Views: 1}, // v1, v3
				{Start: d.At("12:00"), Active: 1, Views: 1},             // v1
			})
		},
	}
}
