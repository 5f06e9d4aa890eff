package campaign_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// logbook is a warehouse without anything in it that notes when it is asked.
type logbook struct {
	report.Warehouse
	mu    sync.Mutex
	times map[string][]time.Duration // by action, since the first question
	began time.Time
	takes time.Duration
	fails error
}

func (l *logbook) Visitors(_ context.Context, q report.VisitorsQuery) ([]report.Visitor, error) {
	<-time.After(l.takes)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.began.IsZero() {
		l.began, l.times = time.Now(), map[string][]time.Duration{}
	}
	l.times[q.Action] = append(l.times[q.Action], time.Since(l.began))
	if q.Action == "failing" {
		return nil, l.fails
	}
	return nil, nil
}

func TestSearchLooksEveryFewSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w logbook
		r, _ := newRunner(t, campaign.Options{Now: time.Now, Warehouse: &w})
		stop := run(t, r)
		advance(35 * time.Second)
		stop()
		if got, want := w.times["anything"], []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("looked at %v, want %v", got, want)
		}
	})
}

func TestSearchLeavesTheWarehouseTimeForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := logbook{takes: 4 * time.Second}
		r, _ := newRunner(t, campaign.Options{Now: time.Now, Warehouse: &w})
		stop := run(t, r)
		advance(90 * time.Second)
		stop()
		if got, want := w.times["anything"], []time.Duration{0, 40 * time.Second, 80 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("looked at %v, want %v", got, want)
		}
	})
}

func TestSearchThatFailsHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := logbook{fails: errDown}
		var logged bytes.Buffer
		o := campaign.Options{
			Now: time.Now, Warehouse: &w, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
			Campaigns: []campaign.Campaign{campaign.Badge{Name: "bad", Action: "failing"}, campaign.Badge{Name: "good", Action: "working"}},
		}
		r, _ := newRunner(t, o)
		if err := r.RunOnce(t.Context()); !errors.Is(err, errDown) || !strings.Contains(err.Error(), `"bad"`) {
			t.Errorf("RunOnce: %v", err)
		}
		stop := run(t, r)
		advance(25 * time.Second)
		stop()
		if len(w.times["failing"]) != 4 || len(w.times["working"]) != 4 {
			t.Errorf("looked at %v, want four times for each", w.times)
		}
		if n := strings.Count(logged.String(), "campaign=bad"); n != 3 {
			t.Errorf("logged %d failures, want 3: %s", n, logged.String())
		}
	})
}

func TestSearchTellsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		r, _ := newRunner(t, campaign.Options{
			Now: time.Now, Warehouse: earners{sessions: []string{"s1", "s2", "s3"}}, Every: time.Minute,
			Hooks: []campaign.Subscription{{Name: "hook", Concurrency: 1, Hook: campaign.HookFunc(func(context.Context, campaign.Occasion) error {
				at = append(at, time.Since(began))
				return nil
			})}},
		})
		stop := run(t, r)
		advance(10 * time.Minute)
		stop()
		if !slices.Equal(at, []time.Duration{0, 0, 0}) {
			t.Errorf("told after %v, want at once and once", at)
		}
	})
}
