package analytics_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestMemoryKeepsTheNewestUpToItsLimit(t *testing.T) {
	m := analytics.NewMemory(3)
	for i := range 10 {
		m.Record(t.Context(), []analytics.Event{event(i)})
	}
	if got, want := ids(m.Events(analytics.Query{})), firstIDs(10)[7:]; !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v", got, want)
	}
	if got := m.Dropped(); got != 7 {
		t.Errorf("dropped %d, want 7", got)
	}
}

func TestMemoryDefaultLimit(t *testing.T) {
	var zero analytics.Memory
	for _, m := range []*analytics.Memory{&zero, analytics.NewMemory(0), analytics.NewMemory(-1)} {
		var batch []analytics.Event
		for i := range analytics.DefaultMemoryLimit + 1 {
			batch = append(batch, event(i))
		}
		m.Record(t.Context(), batch)
		if got := len(m.Events(analytics.Query{})); got != analytics.DefaultMemoryLimit || m.Dropped() != 1 {
			t.Errorf("holds %d and dropped %d", got, m.Dropped())
		}
	}
}

func TestMemoryIsIdempotent(t *testing.T) {
	m := analytics.NewMemory(10)
	again := event(1)
	again.User = "changed"
	m.Record(t.Context(), []analytics.Event{event(1), event(2), again})
	m.Record(t.Context(), []analytics.Event{event(2), event(1)})
	got := m.Events(analytics.Query{})
	if want := []string{id(1), id(2)}; !slices.Equal(ids(got), want) {
		t.Fatalf("holds %v, want %v", ids(got), want)
	}
	if got[0].User != "" {
		t.Error("a second delivery replaced the first")
	}
}

// An event that was dropped for its age must not push out a newer one when it
// is delivered again.
func TestMemoryDroppedEventStaysOut(t *testing.T) {
	m := analytics.NewMemory(2)
	m.Record(t.Context(), []analytics.Event{event(0), event(1), event(2)})
	m.Record(t.Context(), []analytics.Event{event(0)})
	if got, want := ids(m.Events(analytics.Query{})), []string{id(1), id(2)}; !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v", got, want)
	}
	if got := m.Dropped(); got != 2 {
		t.Errorf("dropped %d, want 2", got)
	}
}

func TestMemoryKeepsEventsWithoutID(t *testing.T) {
	m := analytics.NewMemory(2)
	m.Record(t.Context(), make([]analytics.Event, 3))
	if got := len(m.Events(analytics.Query{})); got != 2 || m.Dropped() != 1 {
		t.Errorf("holds %d and dropped %d, want 2 and 1", got, m.Dropped())
	}
}

func TestMemoryOrdersByTimeThenArrival(t *testing.T) {
	m := analytics.NewMemory(10)
	at := func(id string, d time.Duration) analytics.Event {
		return analytics.Event{ID: id, Time: noon.Add(d)}
	}
	m.Record(t.Context(), []analytics.Event{at("c", 2), at("a1", 0), at("b", 1)})
	m.Record(t.Context(), []analytics.Event{at("a2", 0), at("d", 3)})
	if got, want := ids(m.Events(analytics.Query{})), []string{"a1", "a2", "b", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if got, want := ids(m.Events(analytics.Query{Since: noon.Add(1), Limit: 2})), []string{"b", "c"}; !slices.Equal(got, want) {
		t.Errorf("limited to %v, want the oldest two, %v", got, want)
	}
}

func TestMemorySharesNothing(t *testing.T) {
	m := analytics.NewMemory(10)
	e := event(1)
	e.Attributes = map[string]string{"action": "search"}
	batch := []analytics.Event{e}
	m.Record(t.Context(), batch)
	batch[0].ID = "spoilt"
	e.Attributes["action"] = "spoilt"
	got := m.Events(analytics.Query{})
	got[0].Attributes["action"] = "spoilt"
	got = m.Events(analytics.Query{})
	if got[0].ID != id(1) || got[0].Attributes["action"] != "search" {
		t.Errorf("holds %+v", got[0])
	}
}

func TestMemoryConcurrently(t *testing.T) {
	m := analytics.NewMemory(50)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 100 {
				m.Record(t.Context(), []analytics.Event{event(i)})
				m.Events(analytics.Query{Session: "s1", Limit: 5})
				m.Dropped()
			}
		})
	}
	wg.Wait()
	if got, want := ids(m.Events(analytics.Query{})), firstIDs(100)[50:]; !slices.Equal(got, want) {
		t.Errorf("holds %v, want %v", got, want)
	}
}
