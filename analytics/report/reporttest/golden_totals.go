package reporttest

import (
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

const idle = analytics.ReasonIdle

// tuesday is where most of the traffic happens.
func tuesday() Date { return Day("2026-03-10", "UTC") }

func totalScenarios() []scenario {
	list := []scenario{counting(), bouncing(), crawling(), sharing(), switching(), buying(), engaging(), combining(), origins(), goals(), losing()}
	return append(append(list, ending()...), quantiles()...)
}

// counting has four visits by three visitors.
func counting() scenario {
	d := tuesday()
	return scenario{
		name: "visits_visitors_views_actions_and_durations",
		events: Events(
			d.Visit("v1").By("s1").View("10:00", "/").View("10:01", "/shop").Action("10:02", "newsletter").Ends("10:32", idle),
			d.Visit("v2").By("s2").View("10:10", "/").Ends("10:40", idle),
			d.Visit("v3").By("s1").View("12:00", "/").Active("12:05").Ends("12:35", idle),
			d.Visit("v4").By("s3").View("23:00", "/"),
		),
		check: func(e *env) {
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Quantiles: []float64{0, 0.5, 1}})
			e.is("totals", err, groups, []report.Group{{Totals: report.Totals{
				Visits:     4,
				UnderWay:   1, // v4
				Visitors:   3, // s1 twice
				NewVisits:  3, // v3 is s1's second
				WithView:   4,
				Views:      5, // 2 + 1 + 1 + 1
				Actions:    1,
				Judged:     3, // all but v4
				Bounces:    2, // v2, v3
				SinglePage: 2,
				// v1 2 min, v2 0 (one request), v3 5 min; not v4
				Duration: report.Spread{N: 3, Sum: 7 * time.Minute, At: []time.Duration{0, 2 * time.Minute, 5 * time.Minute}},
			}}})
			groups, err = e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{report.ByVisitor}})
			e.is("new and returning", err, groups, []report.Group{
				{Key: []string{"new"}, Totals: report.Totals{
					Visits: 3, UnderWay: 1, Visitors: 3, NewVisits: 3, WithView: 3, Views: 4, Actions: 1, Judged: 2, Bounces: 1, SinglePage: 1,
					Duration: report.Spread{N: 2, Sum: 2 * time.Minute},
				}},
				{Key: []string{"returning"}, Totals: report.Totals{
					Visits: 1, Visitors: 1, WithView: 1, Views: 1, Judged: 1, Bounces: 1, SinglePage: 1,
					Duration: report.Spread{N: 1, Sum: 5 * time.Minute},
				}},
			})
			// Returning is judged by all visits, not only by those of the period: v3.
			e.is("totals of the afternoon", nil, e.totals(report.Selection{From: d.At("12:00"), To: d.At("23:00")}), report.Totals{
				Visits: 1, Visitors: 1, WithView: 1, Views: 1, Judged: 1, Bounces: 1, SinglePage: 1,
				Duration: report.Spread{N: 1, Sum: 5 * time.Minute},
			})
		},
	}
}

// quantiles has visits of 1, 2, 3 and 10 s, and one of 7 s on the next day.
func quantiles() []scenario {
	d := tuesday()
	return []scenario{{
		name: "quantiles_lie_between_ranks",
		events: Events(
			d.Visit("v1").View("10:00", "/").View("10:00:01", "/").Ends("10:30", idle),
			d.Visit("v2").View("10:00", "/").View("10:00:02", "/").Ends("10:30", idle),
			d.Visit("v3").View("10:00", "/").View("10:00:03", "/").Ends("10:30", idle),
			d.Visit("v4").View("10:00", "/").View("10:00:10", "/").Ends("10:30", idle),
			d.Plus(1).Visit("v5").View("10:00", "/").View("10:00:07", "/").Ends("10:30", idle),
		),
		check: func(e *env) {
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{
				By: []report.Dimension{report.ByDay}, Quantiles: []float64{0, 0.25, 0.5, 0.95, 1},
			})
			var got []report.Spread
			for _, g := range groups {
				got = append(got, g.Duration)
			}
			ms := time.Millisecond
			e.is("durations", err, got, []report.Spread{
				// Ranks 0, 0.75, 1.5, 2.85 and 3 of 1, 2, 3, 10 s: 3 + 0.85 · 7 = 8.95
				{N: 4, Sum: 16 * time.Second, At: []time.Duration{1000 * ms, 1750 * ms, 2500 * ms, 8950 * ms, 10000 * ms}},
				{N: 1, Sum: 7 * time.Second, At: []time.Duration{7000 * ms, 7000 * ms, 7000 * ms, 7000 * ms, 7000 * ms}},
			})
		},
	}}
}

// combining groups by two dimensions.
func combining() scenario {
	d := tuesday()
	phone, desk := analytics.Origin{Device: "mobile", Medium: "email"}, analytics.Origin{Device: "desktop"}
	return scenario{
		name: "two_dimensions",
		events: Events(
			d.Visit("v1").From(phone).View("10:00", "/").Ends("10:30", idle),
			d.Visit("v2").From(phone).View("10:00", "/b").Ends("10:30", idle),
			d.Visit("v3").From(desk).View("10:00", "/").Ends("10:30", idle),
			d.Visit("v4").From(desk).View("10:00", "/").View("10:01", "/b").Ends("10:31", idle),
			d.Visit("v5").View("10:00", "/b").Ends("10:30", idle),
		),
		check: func(e *env) {
			keys := func(by ...report.Dimension) (rows [][]string) {
				groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: by})
				if err != nil {
					e.Errorf("totals by %v: %v", by, err)
				}
				for _, g := range groups {
					rows = append(rows, append(g.Key, strconv.FormatInt(g.Visits, 10)))
				}
				return rows
			}
			e.is("by device and entry", nil, keys(report.ByDevice, report.ByEntry), [][]string{
				{"desktop", "/", "2"}, {"", "/b", "1"}, {"mobile", "/", "1"}, {"mobile", "/b", "1"},
			})
			// v1 leaves from /, v2 from /b (mail); v3 from /, v4 and v5 from /b.
			e.is("by exit and medium", nil, keys(report.ByExit, report.ByMedium), [][]string{
				{"/b", "", "2"}, {"/", "", "1"}, {"/", "email", "1"}, {"/b", "email", "1"},
			})
		},
	}
}

// origins has one visit, of which everything is known.
func origins() scenario {
	d := tuesday()
	o := analytics.Origin{
		Source: "google", Medium: "cpc", Campaign: "spring", Term: "mugs", Content: "blue", Click: "gclid", Referrer: "google.com",
		Platform: "web", Device: "tablet", Browser: "Firefox", OS: "Android", Language: "de",
	}
	return scenario{
		name:   "every_dimension_of_an_origin",
		events: Events(d.Visit("v1").From(o).View("10:00", "/").Ends("10:30", idle), d.Visit("v2").View("10:00", "/").Ends("10:30", idle)),
		check: func(e *env) {
			for by, want := range map[report.Dimension]string{
				report.BySource: "Google", report.ByMedium: "cpc", report.ByCampaign: "spring", report.ByTerm: "mugs", report.ByContent: "blue",
				report.ByReferrer: "google.com", report.ByPlatform: "web", report.ByDevice: "tablet", report.ByBrowser: "Firefox",
				report.ByOS: "Android", report.ByLanguage: "de",
			} {
				groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{by}})
				var got []string
				for _, g := range groups {
					got = append(got, g.Key...)
				}
				e.is("values of "+string(by), err, got, []string{"", want}) // one visit each
			}
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{report.ByChannel}})
			var got []string
			for _, g := range groups {
				got = append(got, g.Key...)
			}
			e.is("channels", err, got, []string{"direct", "paid search"})
		},
	}
}
