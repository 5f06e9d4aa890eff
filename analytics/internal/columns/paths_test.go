package columns_test

import (
	"reflect"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func path(visits int64, pages ...string) report.Path {
	return report.Path{Pages: pages, Visits: visits}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	set := small(noon,
		columns.Visit{Visitor: 1, Start: noon, Views: []columns.View{view(0, 1), view(1, 1), view(2, 2), view(3, 1), view(4, 3)}},
		columns.Visit{Visitor: 1, Start: noon + hour, Views: []columns.View{view(hour, 1), view(hour+1, 2)}},
		columns.Visit{Visitor: 2, Start: noon, Views: []columns.View{view(0, 3)}},
		columns.Visit{Visitor: 2, Start: noon},
	)
	for _, c := range []struct {
		name string
		q    report.PathsQuery
		want []report.Path
	}{
		{"two pages", report.PathsQuery{Length: 2}, []report.Path{path(2, "/", "/cart"), path(1, "home")}},
		{"the same page twice in a row is one", report.PathsQuery{Length: 3}, []report.Path{
			path(1, "/", "/cart"), path(1, "/", "/cart", "/"), path(1, "home"),
		}},
		{"from a page on", report.PathsQuery{Length: 3, After: "/cart"}, []report.Path{path(1, "/cart"), path(1, "/cart", "/", "home")}},
		{"the first", report.PathsQuery{Length: 3, Limit: 1}, []report.Path{path(1, "/", "/cart")}},
		{"from nowhere", report.PathsQuery{Length: 3, After: "/none"}, []report.Path{}},
	} {
		if got, err := columns.Paths(t.Context(), set, c.q); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}
