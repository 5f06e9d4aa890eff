package analytics

import (
	"context"
	"maps"
	"slices"
	"sort"
	"sync"
)

// DefaultMemoryLimit is how many events a [Memory] keeps where nothing else is
// said.
const DefaultMemoryLimit = 10_000

// Memory is a [Recorder] that keeps events in memory, for tests, development
// and small live views. What it holds is gone when the process ends.
//
// It is idempotent: an event whose ID it holds is not taken again. Events
// without an ID are all kept. Beyond its limit it drops the events with the
// oldest Time and counts them.
//
// The zero value is ready for use and keeps [DefaultMemoryLimit] events. A
// Memory is safe for concurrent use and must not be copied after first use.
type Memory struct {
	limit int

	mu      sync.RWMutex
	events  []Event             // oldest first
	held    map[string]struct{} // the IDs in events
	dropped int
}

// NewMemory returns a Memory that keeps at most limit events, or
// [DefaultMemoryLimit] if limit is zero or less.
func NewMemory(limit int) *Memory {
	return &Memory{limit: limit}
}

// Record adds events. It neither blocks nor fails.
func (m *Memory) Record(_ context.Context, events []Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.add(e)
	}
	return nil
}

// Events returns copies of the events that q selects, oldest first by Time;
// events of the same moment come in order of arrival.
func (m *Memory) Events(q Query) []Event {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Event
	for _, e := range m.events {
		if q.Limit > 0 && len(found) == q.Limit {
			break
		}
		if q.Matches(e) {
			found = append(found, clone(e))
		}
	}
	return found
}

// Dropped returns how many events were dropped because the limit was reached.
// An event that is delivered again after it was dropped is dropped, and
// counted, again.
func (m *Memory) Dropped() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.dropped
}

// add puts e in its place and drops the oldest event if that is one too many.
// It runs under mu.
func (m *Memory) add(e Event) {
	if m.held == nil {
		m.held = make(map[string]struct{})
	}
	if e.ID != "" {
		if _, ok := m.held[e.ID]; ok {
			return
		}
		m.held[e.ID] = struct{}{}
	}
	// Nearly every event is the newest, and then this moves nothing.
	i := sort.Search(len(m.events), func(i int) bool { return m.events[i].Time.After(e.Time) })
	m.events = slices.Insert(m.events, i, clone(e))

	limit := m.limit
	if limit <= 0 {
		limit = DefaultMemoryLimit
	}
	if len(m.events) > limit {
		delete(m.held, m.events[0].ID)
		m.events[0] = Event{} // lets go of its strings
		m.events = m.events[1:]
		m.dropped++
	}
}

// clone returns a copy of e that shares no memory which could be written to.
func clone(e Event) Event {
	e.Attributes = maps.Clone(e.Attributes)
	return e
}
