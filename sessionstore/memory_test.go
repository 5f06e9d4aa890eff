package sessionstore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

// manualClock stands still until it is advanced.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func openMemory(_ testing.TB, o storetest.Options) storetest.Instance {
	clock := &manualClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	m := sessionstore.NewMemory(sessionstore.MemoryOptions{Limits: o.Limits, Feed: o.Feed, Now: clock.Now})
	return storetest.Instance{Store: m, Peer: m, Advance: clock.Advance}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Open: openMemory})
}

func BenchmarkMemory(b *testing.B) {
	storetest.Bench(b, storetest.Harness{Open: openMemory})
}
