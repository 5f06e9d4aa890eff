package sessionstore

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// memoryFeed is the log of a [Memory] store.
type memoryFeed struct {
	opts  FeedOptions
	clock func() time.Time
	name  string // makes the IDs of this feed's events unique

	mu     sync.Mutex
	first  int64 // position of log[0]
	log    []analytics.Event
	groups map[string]*memoryGroup
}

// memoryGroup is what one group has read and acknowledged.
type memoryGroup struct {
	next    int64
	pending map[int64]time.Time // delivered, not acknowledged: since when
}

func newMemoryFeed(o FeedOptions, clock func() time.Time) *memoryFeed {
	return &memoryFeed{opts: o, clock: clock, name: NewSpanID(), first: 1, groups: map[string]*memoryGroup{}}
}

func (f *memoryFeed) append(events ...analytics.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events {
		e.ID = f.name + "-" + strconv.FormatInt(f.first+int64(len(f.log)), 10)
		f.log = append(f.log, e)
	}
	if excess := len(f.log) - f.opts.Cap; excess > 0 {
		f.drop(excess)
	}
}

// drop removes the n oldest events.
func (f *memoryFeed) drop(n int) {
	clear(f.log[:n])
	f.log = f.log[n:]
	f.first += int64(n)
}

// trim removes what every group acknowledged and nobody is to look up any more.
func (f *memoryFeed) trim() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.groups) == 0 {
		return
	}
	done := f.first + int64(len(f.log))
	for _, g := range f.groups {
		done = min(done, g.next)
		for pos := range g.pending {
			done = min(done, pos)
		}
	}
	oldest := f.clock().Add(-f.opts.Keep)
	n := 0
	for n < len(f.log) && f.first+int64(n) < done && f.log[n].Time.Before(oldest) {
		n++
	}
	f.drop(n)
}

// read is [analytics.Feed.Read]; the consumer's name does not matter here.
func (f *memoryFeed) read(group string, limit int) []analytics.Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.groups[group]
	if g == nil {
		g = &memoryGroup{next: f.first, pending: map[int64]time.Time{}}
		f.groups[group] = g
	}
	now := f.clock()
	entries := f.gap(g, now)
	deliver := func(pos int64) {
		g.pending[pos] = now
		entries = append(entries, analytics.Entry{Position: strconv.FormatInt(pos, 10), Event: f.log[pos-f.first]})
	}
	var stale []int64
	for pos, since := range g.pending {
		if now.Sub(since) >= f.opts.ClaimAfter {
			stale = append(stale, pos)
		}
	}
	slices.Sort(stale)
	for _, pos := range stale[:min(len(stale), max(0, limit-len(entries)))] {
		deliver(pos)
	}
	for len(entries) < limit && g.next < f.first+int64(len(f.log)) {
		deliver(g.next)
		g.next++
	}
	return entries
}

// gap reports the events that the cap dropped before the group was done with
// them, as an event of its own with no place in the log.
func (f *memoryFeed) gap(g *memoryGroup, now time.Time) []analytics.Entry {
	lost := max(0, f.first-g.next)
	g.next = max(g.next, f.first)
	for pos := range g.pending {
		if pos < f.first {
			delete(g.pending, pos)
			lost++
		}
	}
	if lost == 0 {
		return nil
	}
	return []analytics.Entry{{Event: analytics.Event{
		ID:         f.name + "-gap-" + strconv.FormatInt(f.first, 10),
		Type:       analytics.FeedGap,
		Time:       time.UnixMilli(now.UnixMilli()).UTC(),
		Attributes: map[string]string{"lost": strconv.FormatInt(lost, 10)},
	}}}
}

func (f *memoryFeed) ack(group string, positions []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.groups[group]
	if g == nil {
		return
	}
	for _, p := range positions {
		if pos, err := strconv.ParseInt(p, 10, 64); err == nil {
			delete(g.pending, pos)
		}
	}
}

// Read implements [analytics.Feed].
func (m *Memory) Read(_ context.Context, group, _ string, limit int) ([]analytics.Entry, error) {
	return m.feed.read(group, limit), nil
}

// Ack implements [analytics.Feed].
func (m *Memory) Ack(_ context.Context, group string, positions []string) error {
	m.feed.ack(group, positions)
	return nil
}

// Events implements [Store].
func (m *Memory) Events(_ context.Context, q analytics.Query) ([]analytics.Event, error) {
	m.feed.mu.Lock()
	defer m.feed.mu.Unlock()
	var found []analytics.Event
	for _, e := range m.feed.log {
		if q.Matches(e) {
			found = append(found, e)
		}
	}
	return oldestFirst(found, q.Limit), nil
}

// oldestFirst sorts events and cuts them to a query's limit.
func oldestFirst(events []analytics.Event, limit int) []analytics.Event {
	analytics.Sort(events)
	if limit > 0 && len(events) > limit {
		events = events[:limit]
	}
	return events
}
