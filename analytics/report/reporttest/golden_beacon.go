package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// beaconScenarios are about beacons that tell of what they should not: their sender
// can name any visit.
func beaconScenarios() []scenario {
	d := tuesday()
	tells := func(at, session, user, visit, view string) analytics.Event {
		return d.happened(at, analytics.PageEngaged, session, inVisit(visit), having(map[string]string{"view": view, "milliseconds": "1000"}),
			func(e *analytics.Event) { e.User = user })
	}
	viewed := report.Totals{Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 1, Judged: 1, Bounces: 1, SinglePage: 1, Duration: report.Spread{N: 1}}
	return []scenario{{
		name:   "one_alone_is_no_visit",
		events: append(d.Visit("v1").View("10:00", "/").Ends("10:30", idle).Events(), tells("10:05", "s2", "", "made-up", "made-up:1")),
		check: func(e *env) {
			e.is("totals", nil, e.totals(report.Selection{}), viewed)
			visitors, err := e.w.Visitors(e.Context(), report.VisitorsQuery{})
			e.is("number of visitors", err, len(visitors), 1)
		},
	}, {
		name: "one_of_another_session_tells_nothing",
		events: append(
			d.Visit("v1").By("s1").As("ada").lostStart().View("10:00", "/").Ends("10:30", idle).Events(),
			tells("09:00", "s2", "bob", "v1", "other"), tells("10:05", "s2", "bob", "v1", "v1:1"),
		),
		check: func(e *env) {
			viewed := viewed
			viewed.Users, viewed.WithUser = 1, 1
			e.is("totals at the time of the view", nil, e.totals(report.Selection{From: d.At("10:00")}), viewed)
			users, err := e.w.Visitors(e.Context(), report.VisitorsQuery{Users: true})
			e.is("users", err, users, []report.Visitor{{ID: "ada", User: "ada", First: d.At("10:00"), Last: d.At("10:00"), Visits: 1, Streak: report.Streak{Days: 1, Start: d.At("00:00")}}})
			visitors, err := e.w.Visitors(e.Context(), report.VisitorsQuery{})
			e.is("visitors", err, visitors, []report.Visitor{{ID: "s1", User: "ada", First: d.At("10:00"), Last: d.At("10:00"), Visits: 1, Streak: report.Streak{Days: 1, Start: d.At("00:00")}}})
		},
	}}
}
