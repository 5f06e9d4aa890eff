package replay

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
	"github.com/sojourn-go/sojourn/examples/traffic/accesslog"
)

func TestALogBecomesVisitsOnItsOwnClock(t *testing.T) {
	f, err := os.Open("testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	warehouse := reporttest.NewModel()
	lines := accesslog.InOrder(accesslog.Read(f), time.Minute)
	result, err := Run(t.Context(), lines, Options{Recorder: warehouse, Host: "tea.example"})
	if err != nil {
		t.Fatal(err)
	}
	junk := map[accesslog.JunkError]int64{accesslog.ErrFormat: 1, accesslog.ErrRequest: 1, accesslog.ErrTime: 1}
	if result.Requests != 25 || result.Late != 0 || !maps.Equal(result.Junk, junk) {
		t.Errorf("%+v", result)
	}

	groups, err := warehouse.Totals(t.Context(), report.TotalsQuery{By: []report.Dimension{report.BySource, report.ByDevice}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, g := range groups {
		got[strings.Join(g.Key, ", ")] = fmt.Sprintf("%d visits, %d views, %d bounces, %v",
			g.Visits, g.Views, g.Bounces, g.Duration.Sum.Round(time.Second))
	}
	want := map[string]string{
		"Google, desktop":    "1 visits, 3 views, 0 bounces, 20m1s", // 12:00:00 to 12:20:00.5, an API call
		"newsletter, mobile": "1 visits, 1 views, 1 bounces, 0s",    // 45 min before the next
		", mobile":           "1 visits, 2 views, 0 bounces, 1m1s",  // 12:50:00 to 12:51:00.5
		// The redirect from leaves.example was no page; what it led to came from the site.
		", desktop": "2 visits, 4 views, 0 bounces, 29m57s", // 12:10:08 to 12:20:00 and, over midnight, 23:50:00 to 00:10:05
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}

	ledger, err := warehouse.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Two pages for Googlebot, one for curl, one for a client that does not say what it is.
	if want := map[string]int64{"bot": 4}; !maps.Equal(ledger.Skipped, want) || !maps.Equal(result.Skipped, want) {
		t.Errorf("skipped %v and %v, want %v", ledger.Skipped, result.Skipped, want)
	}
	if ledger.Stored[analytics.VisitEnded] != 5 || ledger.Stored[analytics.PageViewed] != 10 {
		t.Errorf("%+v", ledger)
	}
}

// A manager gathers page views and hands them over later, in real time; a log of many
// days goes by in a moment.
func TestNothingIsLostInALongLog(t *testing.T) {
	const days, pages = 60, 200
	var log strings.Builder
	begin := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	for day := range days {
		for i := range pages {
			at := begin.AddDate(0, 0, day).Add(time.Duration(i) * time.Minute)
			fmt.Fprintf(&log, "192.0.2.%d - - [%s] \"GET /page/%d HTTP/1.1\" 200 1 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0\"\n",
				i%4, at.Format("02/Jan/2006:15:04:05 -0700"), i)
		}
	}
	warehouse := reporttest.NewModel()
	lines := accesslog.InOrder(accesslog.Read(strings.NewReader(log.String())), time.Minute)
	result, err := Run(t.Context(), lines, Options{Recorder: warehouse, Host: "tea.example"})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := warehouse.Totals(t.Context(), report.TotalsQuery{})
	if err != nil {
		t.Fatal(err)
	}
	total := groups[0]
	// Four visitors come every day, a page each 4 minutes for 3 h 16 min.
	if result.Requests != days*pages || total.Visits != days*4 || total.Visitors != 4 || total.Views != days*pages ||
		total.UnderWay != 0 || total.Duration.Sum != days*4*196*time.Minute {
		t.Errorf("%+v\n%+v", result, total)
	}
}

func TestALogThatGoesBackIsTakenAsItComes(t *testing.T) {
	const at = "192.0.2.1 - - [01/Mar/2026:12:%02d:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0\"\n"
	log := fmt.Sprintf(at, 10) + fmt.Sprintf(at, 20) + fmt.Sprintf(at, 1) +
		strings.Replace(fmt.Sprintf(at, 1), "2026", "2999", 1)
	warehouse := reporttest.NewModel()
	result, err := Run(t.Context(), accesslog.InOrder(accesslog.Read(strings.NewReader(log)), time.Second), Options{Recorder: warehouse, Host: "tea.example"})
	if err != nil {
		t.Fatal(err)
	}
	if result.Requests != 3 || result.Late != 1 || result.Junk[errFuture] != 1 {
		t.Errorf("%+v", result)
	}
}
