package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// bouncing has a visit for each case, told apart by its entry page.
func bouncing() scenario {
	d := tuesday()
	return scenario{
		name: "bounce_in_all_its_cases",
		events: Events(
			d.Visit("b1").View("10:00", "/one").Ends("10:30", idle),
			d.Visit("b2").View("10:00", "/9999ms").Engaged("10:02", 9999*time.Millisecond).Ends("10:30", idle),
			d.Visit("b3").View("10:00", "/10000ms").Engaged("10:02", 10*time.Second).Ends("10:30", idle),
			d.Visit("b4").View("10:00", "/action").Action("10:00:01", "play").Ends("10:30:01", idle),
			d.Visit("b5").View("10:00", "/cart").Cart("10:00:01", "mug", 1).Ends("10:30:01", idle),
			d.Visit("b6").View("10:00", "/login").Login("10:00:01", "ada").Ends("10:30:01", idle),
			d.Visit("b7").View("10:00", "/two").View("10:00:01", "/two").Ends("10:30:01", idle),
			d.Visit("b8").View("12:00", "/under-way"),
			d.Plus(-2).Visit("b9").View("10:00", "/lost"),
			d.Visit("b0").Action("10:00", "play").Ends("10:30", idle),
		),
		check: func(e *env) {
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{report.ByEntry}})
			type row struct {
				Entry                       string
				Judged, Bounces, SinglePage int64
			}
			var got []row
			for _, g := range groups {
				got = append(got, row{g.Key[0], g.Judged, g.Bounces, g.SinglePage})
			}
			e.is("bounces", err, got, []row{
				{"", 0, 0, 0},         // no view: cannot be judged
				{"/10000ms", 1, 0, 1}, // 10 s are enough
				{"/9999ms", 1, 1, 1},
				{"/action", 1, 0, 1},
				{"/cart", 1, 0, 1},
				{"/login", 1, 0, 1},
				{"/lost", 1, 1, 1}, // over, because its last activity is 50 h old
				{"/one", 1, 1, 1},
				{"/two", 1, 0, 0},       // the same page twice is two views
				{"/under-way", 0, 0, 0}, // may still go on
			})
		},
	}
}

func engaging() scenario {
	d := tuesday()
	early := d.Visit("v2").View("10:00:05", "/").Engaged("10:00:10", 4*time.Second).Ends("10:30", idle)
	events := Events(
		// The beacon tells of all so far: 3 s, 8 s, and late again 5 s make 8 s. With the second view 8 + 2 = 10 s.
		d.Visit("v1").View("10:00", "/").Engaged("10:00:03", 3*time.Second).Engaged("10:00:09", 8*time.Second).Engaged("10:00:10", 5*time.Second).
			View("10:01", "/shop").Engaged("10:02", 2*time.Second).Ends("10:31", idle),
		early,
		// 40 min count as 30.
		d.Visit("v3").View("10:00", "/").Engaged("10:45", 40*time.Minute).Ends("10:50", idle),
		// No beacon: its engagement is not known, which is not 0.
		d.Visit("v4").View("10:00", "/").View("10:09", "/").Ends("10:39", idle),
		// A beacon that says 0 is one.
		d.Visit("v5").View("10:00", "/").Engaged("10:01", 0).Ends("10:30", idle),
		// Under way.
		d.Visit("v6").View("10:20", "/").Engaged("10:21", time.Minute),
	)
	return scenario{
		name:   "engagement_is_what_beacons_told",
		events: events,
		check: func(e *env) {
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Quantiles: []float64{0.5}})
			var got report.Spread
			if len(groups) == 1 {
				got = groups[0].Engagement
			}
			e.is("engagement", err, got, report.Spread{
				N:   4, // v1, v2, v3, v5
				Sum: 10*time.Second + 4*time.Second + 30*time.Minute,
				At:  []time.Duration{7 * time.Second}, // between 4 s and 10 s
			})
			e.is("bounces", nil, e.totals(report.Selection{}).Bounces, 2) // v2 and v5: one view, less than 10 s
		},
	}
}
