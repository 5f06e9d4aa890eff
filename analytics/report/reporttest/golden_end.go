package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// ending is about visits whose end did not come.
func ending() []scenario {
	d := tuesday()
	visits := func(newest string) []analytics.Event {
		return Events(d.Visit("v1").View("10:00", "/").View("10:05", "/"), d.Visit("v2").View(newest, "/"))
	}
	ends := func(e *env, want string) {
		groups, err := e.w.Totals(e.Context(), report.TotalsQuery{
			Selection: report.Selection{To: d.At("10:01")}, By: []report.Dimension{report.ByEnd},
		})
		var got []string
		for _, g := range groups {
			got = append(got, g.Key...)
		}
		e.is("ends", err, got, []string{want})
	}
	return []scenario{
		{
			name:   "24_hours_without_news_are_under_way",
			events: visits("34:05"), // 10:05 + 24 h
			check:  func(e *env) { ends(e, "under way") },
		},
		{
			name:   "more_than_24_hours_without_news_are_over",
			events: visits("34:05:00.001"),
			check: func(e *env) {
				ends(e, "unknown")
				e.is("totals", nil, e.totals(report.Selection{To: d.At("10:01")}), report.Totals{
					Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 2, Judged: 1,
					Duration: report.Spread{N: 1, Sum: 5 * time.Minute},
				})
			},
		},
		{
			name: "how_visits_ended",
			events: Events(
				d.Visit("v1").View("10:00", "/").Ends("10:30", idle),
				d.Visit("v2").View("10:00", "/").Ends("10:30", idle),
				d.Visit("v3").View("10:00", "/").Ends("10:01", analytics.ReasonErased),
			),
			check: func(e *env) {
				groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{report.ByEnd}, Limit: 1})
				if err == nil && len(groups) == 1 {
					groups[0].Totals = report.Totals{Visits: groups[0].Visits}
				}
				e.is("the most frequent end", err, groups, []report.Group{{Key: []string{"idle"}, Totals: report.Totals{Visits: 2}}})
			},
		},
	}
}

// losing has a visit whose start was lost on its way.
func losing() scenario {
	d := tuesday()
	return scenario{
		name: "lost_start",
		events: Events(
			d.Visit("v1").By("s1").lostStart().View("10:00", "/").View("10:03", "/shop").Ends("10:33", idle),
		),
		check: func(e *env) {
			// It starts with the first that is known of it, and nothing is known of its origin.
			e.is("totals", nil, e.totals(report.Selection{From: d.At("10:00"), To: d.At("10:00:00.001")}), report.Totals{
				Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 2, Judged: 1,
				Duration: report.Spread{N: 1, Sum: 3 * time.Minute},
			})
		},
	}
}
