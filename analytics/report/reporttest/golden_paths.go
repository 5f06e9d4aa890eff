package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics/report"
)

func pathScenarios() []scenario {
	d := tuesday()
	return []scenario{{
		name: "paths",
		events: Events(
			d.Visit("v1").View("10:00", "/a").View("10:01", "/a").View("10:02", "/b").View("10:03", "/c").Ends("10:33", idle),
			d.Visit("v2").View("10:00", "/a").View("10:01", "/b").View("10:02", "/d").Ends("10:32", idle),
			d.Visit("v3").View("10:00", "/b").Screen("10:01", "Home").View("10:02", "/b").Ends("10:32", idle),
			d.Visit("v4").View("10:00", "/a").Ends("10:30", idle),
			d.Visit("v5").Action("10:00", "play").Ends("10:30", idle), // saw nothing
		),
		check: func(e *env) {
			paths := func(q report.PathsQuery) []report.Path {
				got, err := e.w.Paths(e.Context(), q)
				if err != nil {
					e.Errorf("paths: %v", err)
				}
				return got
			}
			two := []report.Path{
				{Pages: []string{"/a", "/b"}, Visits: 2}, // v1, where /a twice is one; v2
				{Pages: []string{"/a"}, Visits: 1},       // v4 ended there
				{Pages: []string{"/b", "Home"}, Visits: 1},
			}
			e.is("beginnings of two", nil, paths(report.PathsQuery{Length: 2}), two)
			e.is("the first of them", nil, paths(report.PathsQuery{Length: 2, Limit: 1}), two[:1])
			e.is("beginnings of three", nil, paths(report.PathsQuery{Length: 3}), []report.Path{
				{Pages: []string{"/a"}, Visits: 1},
				{Pages: []string{"/a", "/b", "/c"}, Visits: 1},
				{Pages: []string{"/a", "/b", "/d"}, Visits: 1},
				{Pages: []string{"/b", "Home", "/b"}, Visits: 1},
			})
			e.is("paths after /b", nil, paths(report.PathsQuery{After: "/b", Length: 2}), []report.Path{
				{Pages: []string{"/b", "/c"}, Visits: 1},
				{Pages: []string{"/b", "/d"}, Visits: 1},
				{Pages: []string{"/b", "Home"}, Visits: 1}, // from the first /b on
			})
			e.is("paths after a screen", nil, paths(report.PathsQuery{After: "Home", Length: 10}), []report.Path{
				{Pages: []string{"Home", "/b"}, Visits: 1},
			})
			e.is("paths after a page that nobody saw", nil, paths(report.PathsQuery{After: "/z", Length: 2}), []report.Path(nil))
		},
	}}
}
