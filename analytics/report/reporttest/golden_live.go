package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func liveScenarios() []scenario {
	d := tuesday()
	return []scenario{{
		name: "who_was_active_in_the_last_five_minutes",
		events: Events(
			d.Visit("v1").As("ada").View("11:50", "/a").View("11:56", "/b"),
			d.Visit("v2").View("11:58", "/b"),
			d.Visit("v3").View("11:54", "/a"),                                       // 6 min ago
			d.Visit("v4").View("11:57", "/a").Ends("11:58", analytics.ReasonLogout), // gone
			d.Visit("v5").Screen("11:59", "Home"),
			d.Visit("v6").Action("11:59", "play"), // sees nothing
			d.Visit("v7").From(analytics.Origin{Bot: "crawler"}).View("11:59", "/a"),
			d.Visit("v8").As("ada").View("11:59", "/a"), // at her other device
		),
		check: func(e *env) {
			live, err := e.w.Live(e.Context(), d.At("12:00"))
			e.is("live", err, live, report.Live{
				Visits: 5, Visitors: 5, Users: 1, // v1, v2, v5, v6, v8; ada
				Pages: []report.LivePage{{Name: "/b", Visits: 2}, {Name: "/a", Visits: 1}, {Name: "Home", Visits: 1}},
			})
			live, err = e.w.Live(e.Context(), d.At("13:00"))
			e.is("live an hour later", err, live, report.Live{})
		},
	}}
}
