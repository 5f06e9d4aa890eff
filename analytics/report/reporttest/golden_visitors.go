package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func visitorScenarios() []scenario {
	d := Day("2026-03-02", "UTC")
	return []scenario{{
		name: "conditions_on_visitors",
		events: Events(
			d.Visit("a1").By("a").As("ada").View("10:00", "/").Engaged("10:04", 4*time.Minute).View("10:05", "/").Ends("10:35", idle),
			d.Plus(1).Visit("a2").By("a").As("eve").Action("10:00", "play").Action("10:01", "play").Ends("10:31", idle),
			d.Plus(3).Visit("a3").By("a").Action("10:00", "play").Ends("10:30", idle),
			d.Plus(4).Visit("a4").By("a").View("23:50", "/").Active("24:10").Ends("24:40", idle),
			d.Plus(2).Visit("b1").By("b").As("ada").View("12:00", "/").Engaged("12:01", time.Minute).Ends("12:30", idle),
			d.Plus(4).Visit("c1").By("c").View("12:00", "/"), // under way
		),
		check: func(e *env) {
			a := report.Visitor{
				ID: "a", User: "eve", First: d.At("10:00"), Last: d.Plus(5).At("00:10"), Visits: 4,
				Duration:   26 * time.Minute,                                     // 5 + 1 + 0 + 20
				Engagement: 4 * time.Minute,                                      // known of a1 alone
				Streak:     report.Streak{Days: 2, Start: d.Plus(3).At("00:00")}, // days 0, 1 and 3, 4: the later
			}
			b := report.Visitor{
				ID: "b", User: "ada", First: d.Plus(2).At("12:00"), Last: d.Plus(2).At("12:00"), Visits: 1,
				Engagement: time.Minute, Streak: report.Streak{Days: 1, Start: d.Plus(2).At("00:00")},
			}
			c := report.Visitor{
				ID: "c", First: d.Plus(4).At("12:00"), Last: d.Plus(4).At("12:00"), Visits: 1,
				Streak: report.Streak{Days: 1, Start: d.Plus(4).At("00:00")},
			}
			played := a
			played.Count = 3
			for _, ask := range []struct {
				what string
				q    report.VisitorsQuery
				want []report.Visitor
			}{
				{"visitors", report.VisitorsQuery{}, []report.Visitor{a, b, c}},
				{"visitors with two visits", report.VisitorsQuery{MinVisits: 2}, []report.Visitor{a}},
				{"visitors not seen from day 3 on", report.VisitorsQuery{LastBefore: d.Plus(3).At("00:00")}, []report.Visitor{b}},
				{"visitors not seen after b's visit", report.VisitorsQuery{LastBefore: d.Plus(2).At("12:00")}, nil},
				{"visitors engaged for a minute", report.VisitorsQuery{MinEngagement: time.Minute}, []report.Visitor{a, b}},
				{"visitors there for 26 minutes", report.VisitorsQuery{MinDuration: 26 * time.Minute}, []report.Visitor{a}},
				{"visitors there for longer", report.VisitorsQuery{MinDuration: 26*time.Minute + time.Millisecond}, nil},
				{"visitors who played three times", report.VisitorsQuery{Action: "play", MinCount: 3}, []report.Visitor{played}},
				{"visitors who played four times", report.VisitorsQuery{Action: "play", MinCount: 4}, nil},
				{"visitors of two days in a row", report.VisitorsQuery{MinStreak: 2}, []report.Visitor{a}},
				{"visitors of three days in a row", report.VisitorsQuery{MinStreak: 3}, nil},
				{"visitors on day 2", report.VisitorsQuery{Selection: report.Selection{From: d.Plus(2).At("00:00"), To: d.Plus(3).At("00:00")}}, []report.Visitor{b}},
				{"users", report.VisitorsQuery{Users: true}, []report.Visitor{
					{
						ID: "ada", User: "ada", First: d.At("10:00"), Last: d.Plus(2).At("12:00"), Visits: 2, // a1, b1
						Duration: 5 * time.Minute, Engagement: 5 * time.Minute, Streak: report.Streak{Days: 1, Start: d.Plus(2).At("00:00")},
					},
					{
						ID: "eve", User: "eve", First: d.Plus(1).At("10:00"), Last: d.Plus(1).At("10:01"), Visits: 1, // a2
						Duration: time.Minute, Streak: report.Streak{Days: 1, Start: d.Plus(1).At("00:00")},
					},
				}},
			} {
				got, err := e.w.Visitors(e.Context(), ask.q)
				e.is(ask.what, err, got, ask.want)
			}
		},
	}}
}
