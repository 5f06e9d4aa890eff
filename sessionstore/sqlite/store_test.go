package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

// manualClock stands still until it is advanced.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *manualClock { return &manualClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

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

// open opens a store that is closed when the test ends.
func open(tb testing.TB, path string, o sqlite.Options) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(path, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func newFile(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "sessions.db")
}

// harness opens stores on a clock that stands still.
func harness(o sqlite.Options) storetest.Harness {
	return storetest.Harness{Open: func(tb testing.TB, so storetest.Options) storetest.Instance {
		tb.Helper()
		clock := newClock()
		o := o
		o.Limits, o.Feed, o.Now = so.Limits, so.Feed, clock.Now
		s := open(tb, newFile(tb), o)
		return storetest.Instance{Store: s, Peer: s, Advance: clock.Advance}
	}}
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, harness(sqlite.Options{Durability: sqlite.Normal}))
}

func BenchmarkFull(b *testing.B) { storetest.Bench(b, harness(sqlite.Options{})) }

func BenchmarkNormal(b *testing.B) {
	storetest.Bench(b, harness(sqlite.Options{Durability: sqlite.Normal}))
}

var _ sessionstore.Store = (*sqlite.Store)(nil)
