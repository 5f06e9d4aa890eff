package httpapi_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/httpapi"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var monday = reporttest.Day("2026-03-02", "UTC")

func traffic() []analytics.Event {
	google := analytics.Origin{Source: "google", Medium: "organic", Device: "desktop", Platform: "web"}
	return reporttest.Events(
		monday.Plus(-2).Visit("v0").By("s0").View("12:00", "/").Ends("12:30", analytics.ReasonIdle),
		monday.Visit("v1").By("s1").From(google).Login("09:59", "ada").View("10:00", "/").Expose("10:00", "checkout", "a").View("10:01", "/shop").
			Action("10:02", "newsletter").Purchase("10:03", "o1", 1999, "EUR").Logout("10:04").Ends("10:33", analytics.ReasonIdle),
		monday.Visit("v2").By("s2").View("10:30", "/").Expose("10:30", "checkout", "b").Cart("10:31", "mug", 2).Ends("11:00", analytics.ReasonIdle),
		monday.Visit("v3").By("s3").View("11:00", "/=cmd").Engaged("11:00:20", 20*time.Second).Ends("11:30", analytics.ReasonIdle),
		monday.Visit("b1").By("s4").From(analytics.Origin{Bot: "declared"}).View("11:00", "/").Ends("11:30", analytics.ReasonIdle),
		monday.Plus(1).Visit("v4").By("s1").View("23:58", "/shop"),
	)
}

// api serves the traffic at the end of the two days.
func api(t testing.TB, o httpapi.Options) http.Handler {
	t.Helper()
	model := reporttest.NewModel()
	model.Price = reporttest.Price
	if err := model.Record(t.Context(), traffic()); err != nil {
		t.Fatal(err)
	}
	return httpapi.New(report.New(model, report.Options{Now: func() time.Time { return monday.Plus(2).At("00:00") }}), o)
}

func get(t testing.TB, h http.Handler, url string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// longNumber is one whose last digits differ between processors.
var longNumber = regexp.MustCompile(`[0-9]+\.[0-9]{12,}`)

// golden compares got with the file of this name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got = longNumber.ReplaceAllFunc(got, func(digits []byte) []byte {
		v, err := strconv.ParseFloat(string(digits), 64)
		if err != nil {
			t.Fatal(err)
		}
		return strconv.AppendFloat(nil, v, 'g', 10, 64)
	})
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the answer is not that of %s any more; go test -update writes it anew if it is to change:\n%s", path, got)
	}
}
