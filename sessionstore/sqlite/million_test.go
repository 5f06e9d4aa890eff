package sqlite_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/sqlite"
)

// TestStore_million makes a million sessions, opens them, and sweeps them all
// away beside requests. It reports, and asserts no time.
func TestStore_million(t *testing.T) {
	if !soak() {
		t.Skip("takes minutes: set SOJOURN_SOAK")
	}
	const n = 1_000_000
	path, clock := newFile(t), newClock()
	o := sqlite.Options{Durability: sqlite.Normal, Now: clock.Now}
	s := open(t, path, o)
	start := time.Now()
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range n / 32 {
				c := creation()
				c.Visit = &sessionstore.VisitStart{ID: sessionstore.NewSpanID(), Idle: 30 * time.Minute}
				for k := range 5 {
					c.Values = append(c.Values, sessionstore.ValueChange{Key: fmt.Sprint("key ", k), Value: "a value of some thirty bytes.."})
				}
				if _, err := s.Apply(t.Context(), c); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d sessions made in %v: %.0f/s", n, time.Since(start), n/time.Since(start).Seconds())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	s = open(t, path, o)
	t.Logf("%d MB opened in %v", info.Size()>>20, time.Since(start))

	recs, err := s.Sessions(t.Context(), 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var reads atomic.Int64
	start = time.Now()
	for i := range 32 {
		wg.Go(func() {
			for j := i; !stop.Load(); j += 7919 {
				if _, err := s.Load(t.Context(), recs[j%len(recs)].ID); err != nil {
					t.Error(err)
					return
				}
				reads.Add(1)
			}
		})
	}
	<-time.After(3 * time.Second)
	stop.Store(true)
	wg.Wait()
	t.Logf("reads over 100,000 sessions, more than the cache holds: %.0f/s", float64(reads.Load())/time.Since(start).Seconds())
	recs = nil

	clock.Advance(2 * time.Hour)
	took := requestsBeside(t, s, func() {
		start, calls := time.Now(), 0
		for more := true; more; calls++ {
			var err error
			if more, err = s.Sweep(t.Context(), 0); err != nil {
				t.Error(err)
				return
			}
		}
		t.Logf("swept in %v, %d calls", time.Since(start), calls)
	})
	t.Logf("%d requests beside the sweep: p50 %v, p99 %v, p99.9 %v, most %v", len(took),
		took[len(took)/2], took[len(took)*99/100], took[len(took)*999/1000], took[len(took)-1])
	start = time.Now()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("checked in %v", time.Since(start))
}

// requestsBeside makes requests, a change and a load each, a few at a time,
// while something else is done, and returns how long they took, in order.
func requestsBeside(t *testing.T, s *sqlite.Store, do func()) []time.Duration {
	t.Helper()
	var stop atomic.Bool
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			pace := time.NewTicker(2 * time.Millisecond)
			defer pace.Stop()
			c := creation()
			if _, err := s.Apply(t.Context(), c); err != nil {
				t.Error(err)
				return
			}
			change := sessionstore.Change{Session: c.Session, Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
			for !stop.Load() {
				<-pace.C
				start := time.Now()
				_, err := s.Apply(t.Context(), change)
				if err == nil {
					_, err = s.Load(t.Context(), c.Session)
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(start))
				mu.Unlock()
			}
		})
	}
	do()
	stop.Store(true)
	wg.Wait()
	slices.Sort(took)
	return took
}
