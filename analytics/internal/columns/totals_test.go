package columns_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// A visit without an end is under way until the newest event is more than a day
// after its last activity.
func TestTotals_visitsWithoutAnEnd(t *testing.T) {
	t.Parallel()
	visits := []columns.Visit{
		{Visitor: 1, Start: noon, Views: []columns.View{view(0, 1), view(5000, 1)}},
		{Visitor: 2, Start: noon, Last: noon + hour, End: 1},
	}
	for _, c := range []struct {
		newest int64
		want   map[string]int64
		spread report.Spread
	}{
		{noon + 5000 + day, map[string]int64{"under way": 1, "idle": 1}, report.Spread{N: 1, Sum: time.Hour}},
		{noon + 5000 + day + 1, map[string]int64{"unknown": 1, "idle": 1}, report.Spread{N: 2, Sum: time.Hour + 5*time.Second}},
	} {
		set := small(c.newest, visits...)
		groups, err := columns.Totals(t.Context(), set, report.TotalsQuery{By: []report.Dimension{report.ByEnd}})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		var spread report.Spread
		for _, g := range groups {
			got[g.Key[0]] = g.Visits
			spread.N, spread.Sum = spread.N+g.Duration.N, spread.Sum+g.Duration.Sum
		}
		if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(spread, c.spread) {
			t.Errorf("%d ms later: %v, %+v, want %v, %+v", c.newest-noon, got, spread, c.want, c.spread)
		}
	}
}

// Of two visits that a visitor began at the same moment, one is the first.
func TestTotals_twoFirstVisits(t *testing.T) {
	t.Parallel()
	set := small(noon, columns.Visit{Visitor: 1, Start: noon}, columns.Visit{Visitor: 2, Start: noon}, columns.Visit{Visitor: 1, Start: noon})
	groups, err := columns.Totals(t.Context(), set, report.TotalsQuery{By: []report.Dimension{report.ByVisitor}})
	if err != nil || len(groups) != 2 || groups[0].Key[0] != "new" || groups[0].Visits != 2 || groups[1].NewVisits != 0 {
		t.Errorf("%+v, %v, want 2 new and 1 returning", groups, err)
	}
}

// The hour that the clock goes through twice is two rows of Hours, one group of
// Totals.
func TestHours_anHourThatComesTwice(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	twice := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC) // 02:00 summer time
	set := small(noon,
		columns.Visit{Visitor: 1, Start: twice.UnixMilli() + 10*minute, Last: twice.UnixMilli() + hour},
		columns.Visit{Visitor: 2, Start: twice.UnixMilli() + hour, Last: twice.UnixMilli() + 2*hour - 1},
	)
	hours, err := columns.Hours(t.Context(), set, report.HoursQuery{Selection: report.Selection{Location: berlin}})
	want := []report.Hour{
		{Start: twice.In(berlin), Active: 1, Started: 1},
		{Start: twice.Add(time.Hour).In(berlin), Active: 2, Started: 1},
	}
	if err != nil || !reflect.DeepEqual(hours, want) {
		t.Errorf("hours %+v, %v, want %+v", hours, err, want)
	}
	groups, err := columns.Totals(t.Context(), set, report.TotalsQuery{Selection: report.Selection{Location: berlin}, By: []report.Dimension{report.ByHour}})
	if err != nil || len(groups) != 1 || groups[0].Key[0] != "2026-10-25T02:00" || groups[0].Visits != 2 {
		t.Errorf("groups %+v, %v, want one of 2 visits", groups, err)
	}
}
