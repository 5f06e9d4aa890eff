package analytics_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestNewPumpReportsAllMistakes(t *testing.T) {
	p, err := analytics.NewPump(nil, "", nil, analytics.PumpOptions{Batch: -1, Poll: time.Microsecond, Timeout: -1})
	if p != nil || err == nil {
		t.Fatalf("pump %v, error %v", p, err)
	}
	for _, want := range []string{"feed is nil", "no name", "recorder for group", "Batch", "Poll", "Timeout"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not mention %q: %v", want, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 6 {
		t.Errorf("%d mistakes, want 6: %v", got, err)
	}
}

func TestNewPumpChecksEachMember(t *testing.T) {
	m := analytics.NewMemory(0)
	tests := map[string]struct {
		rec  analytics.Recorder
		opts analytics.PumpOptions
		want string
	}{
		"no members":     {analytics.Fanout{}, analytics.PumpOptions{}, "no members"},
		"nil fanout":     {analytics.Fanout(nil), analytics.PumpOptions{}, "no members"},
		"nil member":     {analytics.Fanout{"a": m, "b": nil}, analytics.PumpOptions{}, `"b"`},
		"nameless":       {analytics.Fanout{"": m}, analytics.PumpOptions{}, "no name"},
		"batch too big":  {m, analytics.PumpOptions{Batch: 10_001}, "10001"},
		"negative poll":  {m, analytics.PumpOptions{Poll: -time.Second}, "Poll"},
		"good":           {m, analytics.PumpOptions{Batch: 10_000, Poll: time.Millisecond}, ""},
		"good by itself": {analytics.Fanout{"a": m}, analytics.PumpOptions{}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := analytics.NewPump(new(fakeFeed), "g", tt.rec, tt.opts)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one on %s", err, tt.want)
			}
		})
	}
}
