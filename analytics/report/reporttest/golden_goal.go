package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func buying() scenario {
	d := tuesday()
	return scenario{
		name: "an_order_counts_once",
		events: Events(
			// The page that thanks for order 1 is reloaded, and seen again a day later.
			d.Visit("v1").By("s1").View("10:00", "/thanks").Purchase("10:00", "1", 1200, "EUR").View("10:01", "/thanks").Purchase("10:01", "1", 1200, "EUR").Ends("10:31", idle),
			d.Plus(1).Visit("v2").By("s1").View("10:00", "/thanks").Purchase("10:00", "1", 1200, "EUR").Ends("10:30", idle),
			d.Visit("v3").By("s2").View("11:00", "/thanks").Purchase("11:00", "2", 500, "EUR").Purchase("11:01", "3", 300, "USD").Ends("11:31", idle),
			d.Visit("v4").By("s3").From(analytics.Origin{Bot: "crawler"}).Purchase("12:00", "4", 9900, "EUR").Ends("12:30", idle),
		),
		check: func(e *env) {
			got := e.totals(report.Selection{})
			e.is("purchases", nil, got.Purchases, 3)                                           // orders 1, 2, 3
			e.is("revenue", nil, got.Revenue, map[string]int64{"EUR": 1200 + 500, "USD": 300}) // each currency by itself
			day := e.totals(report.Selection{From: d.At("24:00")})
			e.is("purchases on the day after", nil, day.Purchases, 0) // order 1 is that of the first telling
		},
	}
}

func goals() scenario {
	d := tuesday()
	return scenario{
		name: "visits_with_the_goal",
		events: Events(
			d.Visit("v1").Routed("10:00", "/p/1", "/p/{id}").Action("10:01", "signup").Action("10:02", "signup").Ends("10:32", idle),
			d.Visit("v2").View("10:00", "/p/2").Ends("10:30", idle),
			d.Visit("v3").Screen("10:00", "Home").Cart("10:01", "mug", 1).Ends("10:31", idle),
			d.Visit("v4").View("10:00", "/q").Ends("10:30", idle),
		),
		check: func(e *env) {
			for goal, want := range map[report.Step]int64{
				{Action: "signup"}:       1, // v1, once a visit
				{Page: "/p/1"}:           1,
				{Page: "/p/*"}:           2, // v1, v2
				{Page: "*"}:              3, // a screen is no page
				{Page: "/P/1"}:           0,
				{Page: "/p"}:             0,
				{Route: "/p/{id}"}:       1,
				{Route: "/p/*"}:          2, // v2 has no route and goes by its path
				{Screen: "Ho*e"}:         1,
				{Action: "cart.changed"}: 1,
				{Action: "*"}:            2, // v1, v3
			} {
				groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Goal: &goal})
				if err != nil || len(groups) != 1 || groups[0].Converted != want {
					e.Errorf("visits with the goal %+v: %s, %v, want %d", goal, describe(groups), err, want)
				}
			}
		},
	}
}
