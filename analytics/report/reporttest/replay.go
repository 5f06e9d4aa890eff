package reporttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// T is what the helpers need of a test: a [testing.TB], or what stands in for one
// outside of a test.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Replay returns the reports of the traffic that events tell of, in the order in
// which they come or any other. Their clock stands at the newest event, and their
// days are those of UTC unless a request says otherwise. The test fails if an event
// lacks something or is of an unknown type; one that is there twice counts once.
//
// Nothing has a price; for the value of carts make a [Model] with prices, have it
// Record the events, and give it to [report.New].
func Replay(t T, events []analytics.Event) *report.Reports {
	t.Helper()
	m := NewModel()
	if err := m.Record(context.Background(), events); err != nil {
		t.Fatalf("replay: %v", err)
	}
	if n := m.dropped[report.DropInvalid] + m.dropped[report.DropUnknown]; n > 0 {
		t.Errorf("replay: %d of %d events lack something or are of an unknown type", n, len(events))
	}
	now := m.newest
	return report.New(m, report.Options{Now: func() time.Time { return now }})
}

// ReadFile returns the events in a file of lines of JSON, as [analytics.JSONLines]
// writes them. The test stops if one cannot be read.
func ReadFile(t T, path string) []analytics.Event {
	t.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // the test says which (G304)
	var events []analytics.Event
	if err == nil {
		events, err = Read(bytes.NewReader(data))
	}
	if err != nil {
		t.Fatalf("read events of %s: %v", path, err)
	}
	return events
}

// Read returns the events in lines of JSON. Its error names the line that is none,
// such as one that was cut off when a disk was full.
func Read(r io.Reader) ([]analytics.Event, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reporttest: read events: %w", err)
	}
	var events []analytics.Event
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var e analytics.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("reporttest: line %d: %w", n, err)
		}
		events = append(events, e)
	}
	return events, nil
}
