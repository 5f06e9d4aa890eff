package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func pageScenarios() []scenario {
	return []scenario{pages(), routes(), screens(), pageTimes(), actions()}
}

func (e *env) pages(q report.PagesQuery) []report.Page {
	e.Helper()
	rows, err := e.w.Pages(e.Context(), q)
	if err != nil {
		e.Errorf("pages: %v", err)
	}
	return rows
}

// pages has entries and exits, and a visitor who comes again.
func pages() scenario {
	d := tuesday()
	return scenario{
		name: "entries_exits_and_bounces",
		events: Events(
			d.Visit("v1").By("s1").View("10:00", "/a").View("10:01", "/b").View("10:03", "/a").Ends("10:33", idle),
			d.Visit("v2").By("s1").View("12:00", "/a").Ends("12:30", idle),
			d.Visit("v3").By("s2").View("12:00", "/b").View("12:10", "/a"), // under way
			d.Visit("v4").By("s3").From(analytics.Origin{Bot: "crawler"}).View("12:00", "/c").Ends("12:30", idle),
		),
		check: func(e *env) {
			minute := time.Minute
			rows := []report.Page{
				{
					Name: "/a", Views: 4, Visits: 3, Visitors: 2,
					Entries: 2, Exits: 2, // v1, v2 begin and end with it; v3 may go on
					Judged: 2, Bounces: 1, // v2
					Time: report.Spread{N: 1, Sum: minute, At: []time.Duration{minute}}, // 10:00 to 10:01; three views were the last
				},
				{
					Name: "/b", Views: 2, Visits: 2, Visitors: 2,
					Entries: 1, Exits: 0, Judged: 0,
					Time: report.Spread{N: 2, Sum: 12 * minute, At: []time.Duration{6 * minute}}, // 2 and 10 min
				},
			}
			e.is("pages", nil, e.pages(report.PagesQuery{Kind: report.ByPath, Quantiles: []float64{0.5}}), rows)
			e.is("the first page", nil, e.pages(report.PagesQuery{Kind: report.ByPath, Quantiles: []float64{0.5}, Limit: 1}), rows[:1])
			e.is("screens", nil, e.pages(report.PagesQuery{Kind: report.ByScreen}), []report.Page(nil))
		},
	}
}

func routes() scenario {
	d := tuesday()
	return scenario{
		name: "routes_and_pages_without_one",
		events: Events(
			d.Visit("v1").Routed("10:00", "/p/1", "/p/{id}").Routed("10:01", "/p/2", "/p/{id}").View("10:02", "/about").Ends("10:32", idle),
		),
		check: func(e *env) {
			e.is("routes", nil, e.pages(report.PagesQuery{Kind: report.ByRoute}), []report.Page{
				{Name: "/p/{id}", Views: 2, Visits: 1, Visitors: 1, Entries: 1, Judged: 1, Time: report.Spread{N: 2, Sum: 2 * time.Minute}},
				{Name: "/about", Views: 1, Visits: 1, Visitors: 1, Exits: 1},
			})
			e.is("paths", nil, e.pages(report.PagesQuery{Kind: report.ByPath}), []report.Page{
				{Name: "/about", Views: 1, Visits: 1, Visitors: 1, Exits: 1},
				{Name: "/p/1", Views: 1, Visits: 1, Visitors: 1, Entries: 1, Judged: 1, Time: report.Spread{N: 1, Sum: time.Minute}},
				{Name: "/p/2", Views: 1, Visits: 1, Visitors: 1, Time: report.Spread{N: 1, Sum: time.Minute}},
			})
		},
	}
}

// screens has a visit that goes from a page to a screen and back.
func screens() scenario {
	d := tuesday()
	return scenario{
		name: "screens_and_pages_apart",
		events: Events(
			d.Visit("v1").View("10:00", "/web").Screen("10:01", "Home").View("10:03", "/web").Ends("10:33", idle),
		),
		check: func(e *env) {
			// The page's time ends with the screen that follows, and entries and exits are the visit's.
			e.is("pages", nil, e.pages(report.PagesQuery{Kind: report.ByPath}), []report.Page{
				{Name: "/web", Views: 2, Visits: 1, Visitors: 1, Entries: 1, Exits: 1, Judged: 1, Time: report.Spread{N: 1, Sum: time.Minute}},
			})
			e.is("screens", nil, e.pages(report.PagesQuery{Kind: report.ByScreen}), []report.Page{
				{Name: "Home", Views: 1, Visits: 1, Visitors: 1, Time: report.Spread{N: 1, Sum: 2 * time.Minute}},
			})
		},
	}
}

func pageTimes() scenario {
	d := tuesday()
	return scenario{
		name: "time_on_page",
		events: Events(
			// The beacon says 20 s, whatever the gap.
			d.Visit("v1").View("10:00", "/beacon").Engaged("10:01", 20*time.Second).View("10:05", "/last").Ends("10:35", idle),
			// The last page has a beacon: 5 s.
			d.Visit("v2").View("10:00", "/last").Engaged("10:01", 5*time.Second).Ends("10:30", idle),
			// Gaps and beacons count for 30 min at most.
			d.Visit("v3").View("10:00", "/gap").Active("10:29").Active("10:58").View("11:00", "/long").Engaged("11:50", 45*time.Minute).Ends("12:20", idle),
		),
		check: func(e *env) {
			times := map[string]report.Spread{}
			for _, p := range e.pages(report.PagesQuery{Kind: report.ByPath}) {
				times[p.Name] = p.Time
			}
			for name, want := range map[string]report.Spread{
				"/beacon": {N: 1, Sum: 20 * time.Second},
				"/last":   {N: 1, Sum: 5 * time.Second}, // that of v1 is unknown
				"/gap":    {N: 1, Sum: 30 * time.Minute},
				"/long":   {N: 1, Sum: 30 * time.Minute},
			} {
				e.is("times on "+name, nil, times[name], want)
			}
		},
	}
}

func actions() scenario {
	d := tuesday()
	return scenario{
		name: "actions",
		events: Events(
			d.Visit("v1").By("s1").Login("10:00", "ada").Cart("10:01", "mug", 1).Cart("10:02", "mug", 2).Checkout("10:03", "1").
				Purchase("10:03", "1", 2500, "EUR").Ends("10:33", idle),
			d.Visit("v2").By("s1").Action("11:00", "play").Action("11:01", "play").Action("11:02", "play").Ends("11:32", idle),
			d.Visit("v3").By("s2").Cart("11:00", "pen", 1).Ends("11:30", idle),
		),
		check: func(e *env) {
			rows := []report.Action{
				{Name: "cart.changed", Count: 3, Visits: 2, Visitors: 2},
				{Name: "play", Count: 3, Visits: 1, Visitors: 1},
				{Name: "checkout.completed", Count: 1, Visits: 1, Visitors: 1},
				{Name: "login.started", Count: 1, Visits: 1, Visitors: 1},
				{Name: "purchase", Count: 1, Visits: 1, Visitors: 1, Revenue: map[string]int64{"EUR": 2500}},
			}
			got, err := e.w.Actions(e.Context(), report.ActionsQuery{})
			e.is("actions", err, got, rows)
			got, err = e.w.Actions(e.Context(), report.ActionsQuery{Limit: 2})
			e.is("the first two actions", err, got, rows[:2])
			e.is("actions in all", nil, e.totals(report.Selection{}).Actions, 9) // 3 + 3 + 1 + 1 + 1
		},
	}
}
