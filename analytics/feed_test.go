package analytics_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// fakeFeed is a feed in memory. It never takes a consumer for dead, so that an
// entry which a pump loses stays lost and the test sees it.
type fakeFeed struct {
	mu     sync.Mutex
	events []analytics.Event
	next   map[string]int             // per group, the first entry not yet read
	open   map[string]map[string]bool // per group, the positions read and not acknowledged
	reads  []time.Time
	fail   func(op string) error // if set, asked before each "read" and "ack"
}

// append adds n events with consecutive IDs, one millisecond apart.
func (f *fakeFeed) append(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		i := len(f.events)
		f.events = append(f.events, event(i))
	}
}

func (f *fakeFeed) Read(_ context.Context, group, _ string, limit int) ([]analytics.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads = append(f.reads, time.Now())
	if f.fail != nil {
		if err := f.fail("read"); err != nil {
			return nil, err
		}
	}
	if f.next == nil {
		f.next, f.open = map[string]int{}, map[string]map[string]bool{}
	}
	if f.open[group] == nil {
		f.open[group] = map[string]bool{}
	}
	var entries []analytics.Entry
	for ; f.next[group] < len(f.events) && len(entries) < limit; f.next[group]++ {
		position := strconv.Itoa(f.next[group])
		f.open[group][position] = true
		entries = append(entries, analytics.Entry{Position: position, Event: f.events[f.next[group]]})
	}
	return entries, nil
}

func (f *fakeFeed) Ack(_ context.Context, group string, positions []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail("ack"); err != nil {
			return err
		}
	}
	for _, p := range positions {
		delete(f.open[group], p)
	}
	return nil
}

// acked returns how many entries the group has read and acknowledged.
func (f *fakeFeed) acked(group string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next[group] - len(f.open[group])
}

// groups returns the names of the groups that were read, sorted.
func (f *fakeFeed) groups() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.next))
}

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// event returns the ith event of a session.
func event(i int) analytics.Event {
	return analytics.Event{
		ID:      id(i),
		Type:    analytics.ActionTaken,
		Time:    noon.Add(time.Duration(i) * time.Millisecond),
		Session: "s1",
	}
}

func id(i int) string { return fmt.Sprintf("e%04d", i) }

// firstIDs returns the IDs of the first n events of a feed.
func firstIDs(n int) []string {
	var all []string
	for i := range n {
		all = append(all, id(i))
	}
	return all
}

// ids returns the IDs of events.
func ids(events []analytics.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}
