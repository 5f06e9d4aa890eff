package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func cohortScenarios() []scenario {
	d := Day("2026-03-02", "UTC") // a Monday
	visit := func(id, session string, days int) *Visit {
		return d.Plus(days).Visit(id).By(session).View("10:00", "/").Ends("10:30", idle)
	}
	return []scenario{{
		name: "who_came_back_in_which_week",
		events: Events(
			visit("a0", "a", 0), visit("a1", "a", 1), visit("a2", "a", 8), visit("a3", "a", 22), // weeks 0, 0, 1, 3
			visit("b0", "b", 6), visit("b1", "b", 21), // weeks 0 (Sunday), 3
			visit("c0", "c", 2).From(analytics.Origin{Medium: "email"}), // week 0
			visit("d0", "d", 14), visit("d1", "d", 21), // weeks 2, 3
			visit("e0", "e", 23), // week 3, the newest
			visit("x0", "x", 0).From(analytics.Origin{Bot: "crawler"}), // no visitor
		),
		check: func(e *env) {
			cohorts := func(q report.CohortsQuery) []report.Cohort {
				got, err := e.w.Cohorts(e.Context(), q)
				if err != nil {
					e.Errorf("cohorts: %v", err)
				}
				return got
			}
			e.is("cohorts", nil, cohorts(report.CohortsQuery{Every: report.ByWeek, Periods: 6}), []report.Cohort{
				{Start: d.At("00:00"), Visitors: 3, Returned: []int64{3, 1, 0, 2}, Open: true},    // a, b, c; a; none; a, b
				{Start: d.Plus(14).At("00:00"), Visitors: 1, Returned: []int64{1, 1}, Open: true}, // d
				{Start: d.Plus(21).At("00:00"), Visitors: 1, Returned: []int64{1}, Open: true},    // e
			})
			e.is("cohorts over two weeks", nil, cohorts(report.CohortsQuery{Every: report.ByWeek, Periods: 2}), []report.Cohort{
				{Start: d.At("00:00"), Visitors: 3, Returned: []int64{3, 1}}, // week 1 is long over
				{Start: d.Plus(14).At("00:00"), Visitors: 1, Returned: []int64{1, 1}, Open: true},
				{Start: d.Plus(21).At("00:00"), Visitors: 1, Returned: []int64{1}, Open: true},
			})
			// The condition is on the first visit alone.
			mail := report.CohortsQuery{Every: report.ByMonth, Periods: 3}
			mail.Where = where("medium", report.Is, "email")
			e.is("cohorts by mail", nil, cohorts(mail), []report.Cohort{{Start: d.Plus(-1).At("00:00"), Visitors: 1, Returned: []int64{1}, Open: true}})
			first := report.CohortsQuery{Every: report.ByDay, Periods: 3}
			first.From, first.To = d.At("00:00"), d.At("24:00")
			e.is("cohorts of a day", nil, cohorts(first), []report.Cohort{
				{Start: d.At("00:00"), Visitors: 1, Returned: []int64{1, 1, 0}}, // a came again on the day after
			})
			later := report.CohortsQuery{Every: report.ByWeek, Periods: 1}
			later.From, later.To = d.Plus(8).At("00:00"), d.Plus(9).At("00:00")
			e.is("cohorts of a day with returning visitors alone", nil, cohorts(later), []report.Cohort(nil))
		},
	}}
}
