package columns_test

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// However many goroutines go through the segments, the answers are the same. The
// test is not parallel because it sets the number of threads of the process.
func TestQuestions_fromSeveralGoroutines(t *testing.T) {
	set, _ := traffic(12_000)
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	for _, q := range asked(t, set) {
		for name, s := range map[string]report.Selection{"all": {}, "filtered": filtered} {
			runtime.GOMAXPROCS(1)
			want, err := q.ask(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			runtime.GOMAXPROCS(4)
			if got, err := q.ask(t.Context(), s); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: %v, from four goroutines %v, %v", q.name, name, want, got, err)
			}
		}
	}
}
