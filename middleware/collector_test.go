package middleware

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// appendsStore is a store that can refuse to append, and notes in which order it is
// called.
type appendsStore struct {
	sessionstore.Store
	broken atomic.Bool
	calls  []string
}

var errNoAppend = errors.New("the store is out of reach")

func (s *appendsStore) Touch(ctx context.Context, touches []sessionstore.Touch) error {
	s.calls = append(s.calls, "touch")
	return s.Store.Touch(ctx, touches)
}

func (s *appendsStore) Append(ctx context.Context, events ...analytics.Event) error {
	s.calls = append(s.calls, "append")
	if s.broken.Load() {
		return errNoAppend
	}
	return s.Store.Append(ctx, events...)
}

// skippedIn returns what the feed tells of page views that were not recorded.
func (s *appendsStore) skippedIn(t *testing.T) map[string]int {
	t.Helper()
	events, err := s.Events(t.Context(), analytics.Query{Type: analytics.PageSkipped})
	if err != nil {
		t.Fatal(err)
	}
	skipped := map[string]int{}
	for _, e := range events {
		n, err := strconv.Atoi(e.Attributes["count"])
		if err != nil {
			t.Errorf("%+v", e)
		}
		skipped[e.Attributes["reason"]] += n
	}
	return skipped
}

func (s *appendsStore) count(t *testing.T, typ analytics.Type) int {
	t.Helper()
	events, err := s.Events(t.Context(), analytics.Query{Type: typ})
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}

func newAppends() (*appendsStore, *collector) {
	s := &appendsStore{Store: sessionstore.NewMemory(sessionstore.MemoryOptions{})}
	return s, newCollector(s, time.Hour)
}

// A collector is bounded. What does not fit is counted, page views by their reason.
func TestCollectorOverflows(t *testing.T) {
	s, c := newAppends()
	for range maxHeld + 50 {
		c.tell(analytics.Event{Type: analytics.PageViewed})
	}
	for range 5 {
		c.tell(analytics.Event{Type: analytics.ActionTaken})
	}
	c.skip(skippedBot)
	if err := c.flush(t.Context()); err == nil {
		t.Error("five actions were lost, and nobody is told")
	}
	if got, want := s.skippedIn(t), (map[string]int{"overflow": 50, "bot": 1}); !maps.Equal(got, want) {
		t.Errorf("skipped %v, want %v", got, want)
	}
	if views, reports := s.count(t, analytics.PageViewed), s.count(t, analytics.PageSkipped); views != maxHeld || reports != 2 {
		t.Errorf("%d views and %d reports, want %d and one for each reason", views, reports, maxHeld)
	}
	if err := c.flush(t.Context()); err != nil || s.count(t, analytics.PageSkipped) != 2 {
		t.Errorf("the next flush: %v", err)
	}
}

// Whoever has a session can send beacons without end. They leave room for what others
// do.
func TestCollectorKeepsRoomBesideBeacons(t *testing.T) {
	s, c := newAppends()
	for range 2 * maxHeld {
		c.tell(analytics.Event{Type: analytics.PageEngaged})
	}
	c.tell(analytics.Event{Type: analytics.PageViewed})
	c.tell(analytics.Event{Type: analytics.ActionTaken})
	if err := c.flush(t.Context()); err == nil {
		t.Error("beacons were lost, and nobody is told")
	}
	if views, actions := s.count(t, analytics.PageViewed), s.count(t, analytics.ActionTaken); views != 1 || actions != 1 {
		t.Errorf("%d views and %d actions, want one of each", views, actions)
	}
}

// What the store did not take is not handed over again, which might count it twice;
// how much that was is told when the store is back.
func TestCollectorOutage(t *testing.T) {
	s, c := newAppends()
	s.broken.Store(true)
	for range 2 {
		c.skip(skippedSession)
		c.tell(analytics.Event{Type: analytics.PageViewed})
		c.tell(analytics.Event{Type: analytics.ActionTaken})
		if err := c.flush(t.Context()); !errors.Is(err, errNoAppend) {
			t.Errorf("flush = %v, want the store's error", err)
		}
	}
	s.broken.Store(false)
	if err := c.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := s.skippedIn(t), (map[string]int{"store": 2, "session": 2}); !maps.Equal(got, want) {
		t.Errorf("skipped %v, want %v", got, want)
	}
	if n := s.count(t, analytics.PageViewed) + s.count(t, analytics.ActionTaken); n != 0 {
		t.Errorf("%d events were handed over again", n)
	}
}

// Touches go first: a visit must not end, for want of activity, before what was done
// in it is told.
func TestCollectorTouchesFirst(t *testing.T) {
	s, c := newAppends()
	c.tell(analytics.Event{Type: analytics.PageViewed})
	c.add(sessionstore.Touch{Session: sessionstore.NewID(), At: time.Now()}, true, time.Time{})
	if err := c.flush(t.Context()); err != nil || len(s.calls) != 2 || s.calls[0] != "touch" {
		t.Errorf("flush = %v, calls %q", err, s.calls)
	}
}
