package report_test

import (
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// monday is the first day of the traffic: 2 March 2026.
var monday = reporttest.Day("2026-03-02", "UTC")

// traffic is two days of four visits and a bot's, and a visit two days before.
func traffic() []analytics.Event {
	google := analytics.Origin{Source: "google", Medium: "organic", Device: "desktop", Platform: "web"}
	return reporttest.Events(
		monday.Plus(-2).Visit("v0").By("s0").View("12:00", "/").Ends("12:30", analytics.ReasonIdle),
		monday.Visit("v1").By("s1").From(google).View("10:00", "/").View("10:01", "/shop").
			Action("10:02", "newsletter").Purchase("10:03", "o1", 1999, "EUR").Ends("10:33", analytics.ReasonIdle),
		monday.Visit("v2").By("s2").View("10:30", "/").Ends("11:00", analytics.ReasonIdle),
		monday.Visit("v3").By("s3").View("11:00", "/").Engaged("11:00:20", 20*time.Second).Ends("11:30", analytics.ReasonIdle),
		monday.Visit("b1").By("s4").From(analytics.Origin{Bot: "declared"}).View("11:00", "/").Ends("11:30", analytics.ReasonIdle),
		monday.Plus(1).Visit("v4").By("s1").View("09:00", "/shop"),
	)
}

// reports returns reports over events at the end of the two days.
func reports(t testing.TB, events []analytics.Event) *report.Reports {
	t.Helper()
	model := reporttest.NewModel()
	model.Price = reporttest.Price
	if err := model.Record(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	return report.New(model, report.Options{Now: func() time.Time { return monday.Plus(2).At("00:00") }})
}

// days is a request about the two days.
func days() report.Request {
	return report.Request{Selection: report.Selection{From: monday.At("00:00"), To: monday.Plus(2).At("00:00")}}
}

// expect checks a number: its value, where it is known, and its rows.
func expect(t *testing.T, n report.Number, want float64, rows int64) {
	t.Helper()
	if !n.Known || !near(n.Value, want, 1e-9) || n.Rows != rows {
		t.Errorf("%s is %v (known: %v) over %d, want %v over %d", n.Name(), n.Value, n.Known, n.Rows, want, rows)
	}
}

func unknown(t *testing.T, n report.Number) {
	t.Helper()
	if n.Known || n.Value != 0 {
		t.Errorf("%s is %v, want it not to be known", n.Name(), n.Value)
	}
}

func shareIs(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || !near(*got, want, 1e-9) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
