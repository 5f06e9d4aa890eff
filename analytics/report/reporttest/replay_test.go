package reporttest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// noting notes what a test would fail with.
type noting struct{ failed []string }

func (n *noting) Helper() {}
func (n *noting) Errorf(format string, args ...any) {
	n.failed = append(n.failed, fmt.Sprintf(format, args...))
}
func (n *noting) Fatalf(format string, args ...any) { n.Errorf("fatal: "+format, args...) }

func (n *noting) want(t *testing.T, parts ...string) {
	t.Helper()
	if len(n.failed) != len(parts) {
		t.Fatalf("failed with %q, want %q", n.failed, parts)
	}
	for i, part := range parts {
		if !strings.Contains(n.failed[i], part) {
			t.Errorf("failed with %q, want %q in it", n.failed[i], part)
		}
	}
}

func TestReadFileReadsWhatJSONLinesWrote(t *testing.T) {
	day := reporttest.Day("2026-03-10", "UTC")
	events := reporttest.Events(
		day.Visit("1").From(analytics.Origin{Campaign: "<&>\u202e"}).View("10:00", "/").View("10:01", "/b").Ends("10:31", analytics.ReasonIdle),
	)
	path := filepath.Join(t.TempDir(), "events.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // delivered twice
		if err := analytics.NewJSONLines(file).Record(t.Context(), events); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	summary, err := reporttest.Replay(t, reporttest.ReadFile(t, path)).Summary(t.Context(), report.Request{})
	if err != nil {
		t.Fatal(err)
	}
	reporttest.Number(t, summary.Visits, 1)
	reporttest.Number(t, summary.Views, 2)
	reporttest.Number(t, summary.MedianDuration, 60)
}

func TestReadNamesTheLineThatIsNone(t *testing.T) {
	_, err := reporttest.Read(strings.NewReader("\n{\"id\":\"1\"}\n{\"id\":"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("Read = %v, want an error about line 3", err)
	}
}

func TestReadFileStopsWithoutAFile(t *testing.T) {
	n := &noting{}
	reporttest.ReadFile(n, filepath.Join(t.TempDir(), "none"))
	n.want(t, "fatal: read events of ")
}

func TestReplayFailsOverEventsThatCannotBeCounted(t *testing.T) {
	n := &noting{}
	reporttest.Replay(n, []analytics.Event{{ID: "1", Type: "page.folded"}, {ID: "2", Type: analytics.SessionStarted}})
	n.want(t, "2 of 2 events")
}

func TestAssertions(t *testing.T) {
	known := report.Number{Metric: "bounce rate", Unit: report.UnitShare, Value: 0.25, Known: true, Rows: 4}
	unknown := report.Number{Metric: "bounce rate", Unit: report.UnitShare}
	funnel := &report.Funnel{Steps: []report.FunnelAt{{Step: "page:/", Reached: report.Number{Unit: report.UnitCount, Value: 2, Known: true}}}}
	for name, c := range map[string]struct {
		assert func(t reporttest.T)
		want   []string
	}{
		"number":                {func(t reporttest.T) { reporttest.Number(t, known, 0.25) }, nil},
		"another number":        {func(t reporttest.T) { reporttest.Number(t, known, 0.26) }, []string{"bounce rate is 25"}},
		"number not known":      {func(t reporttest.T) { reporttest.Number(t, unknown, 0) }, []string{"not known"}},
		"between":               {func(t reporttest.T) { reporttest.Between(t, known, 0.25, 0.5) }, nil},
		"below":                 {func(t reporttest.T) { reporttest.Between(t, known, 0.3, 0.5) }, []string{"want 30"}},
		"above":                 {func(t reporttest.T) { reporttest.Between(t, known, 0, 0.2) }, []string{"to 20"}},
		"between not known":     {func(t reporttest.T) { reporttest.Between(t, unknown, 0, 1) }, []string{"not known"}},
		"unknown":               {func(t reporttest.T) { reporttest.Unknown(t, unknown) }, nil},
		"unknown that is known": {func(t reporttest.T) { reporttest.Unknown(t, known) }, []string{"want it not to be known"}},
		"reached":               {func(t reporttest.T) { reporttest.Reached(t, funnel, 2) }, nil},
		"reached by others":     {func(t reporttest.T) { reporttest.Reached(t, funnel, 3) }, []string{"page:/ was reached by 2, want 3"}},
		"other steps":           {func(t reporttest.T) { reporttest.Reached(t, funnel, 2, 1) }, []string{"1 steps, want 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := &noting{}
			c.assert(n)
			n.want(t, c.want...)
		})
	}
}
