package columns_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// A clock that was wrong once must not make every later answer take the memory of all
// the hours between.
func TestHours_thoseWithoutVisitsCostNothing(t *testing.T) {
	far := time.UnixMilli(noon).AddDate(1000, 0, 0)
	set := small(noon, columns.Visit{Visitor: 1, Start: noon}, columns.Visit{Visitor: 2, Start: far.UnixMilli()})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	hours, err := columns.Hours(t.Context(), set, report.HoursQuery{})
	runtime.ReadMemStats(&after)
	if err != nil || len(hours) != 2 || !hours[1].Start.Equal(far) {
		t.Errorf("%v, %v", hours, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("it took %d bytes", took)
	}
}
