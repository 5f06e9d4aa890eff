package columns_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Of two streaks of the same length the later counts, and several visits on a day
// are one day of it.
func TestVisitors_streaks(t *testing.T) {
	t.Parallel()
	var visits []columns.Visit
	for _, days := range []int64{0, 1, 1, 3, 5, 6, 9} {
		visits = append(visits, columns.Visit{Visitor: 1, Start: noon + days*day})
	}
	set := small(noon, visits...)
	set.Visitors = func(codes []uint32) ([]string, error) { return make([]string, len(codes)), nil }
	got, err := columns.Visitors(t.Context(), set, report.VisitorsQuery{MinStreak: 2})
	want := report.Streak{Days: 2, Start: time.Date(2026, 5, 9, 0, 0, 0, 0, time.UTC)}
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Streak, want) || got[0].Visits != 7 {
		t.Errorf("%+v, %v, want a streak of %+v", got, err, want)
	}
	if got, err = columns.Visitors(t.Context(), set, report.VisitorsQuery{MinStreak: 3}); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v, want nobody with 3 days", got, err)
	}
}
