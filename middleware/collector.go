package middleware

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// collector gathers the activity of sessions, and the events that are no
// transitions, and hands them to the store every so often, off the request path:
// many requests of a session become one touch. A process that is killed loses what
// it holds, which is what interval bounds.
type collector struct {
	store    sessionstore.Store
	interval time.Duration // between flushes, at most 1 s
	coarse   time.Duration // activity this close to the last is not worth a touch

	flushing sync.Mutex // held during a flush: events come in the order of their flushes

	mu      sync.Mutex
	pending map[sessionstore.ID]sessionstore.Touch
	events  []analytics.Event
	lost    int // events other than page views that did not fit
	skipped map[skipReason]int
}

const (
	maxHeld    = 10_000 // events
	maxBeacons = 5000   // events among which a beacon is taken, so that there is room for others
	tellBatch  = 1000   // events that one failure of the store concerns
)

// skipReason is why a page that was shown is not recorded as a page view.
type skipReason string

const (
	skippedBot      skipReason = "bot"      // a known bot, for which no session is started
	skippedPrefetch skipReason = "prefetch" // fetched before it was asked for, and maybe never seen
	skippedOverflow skipReason = "overflow" // too many at once
	skippedStore    skipReason = "store"    // the store failed; it may have recorded some all the same
	skippedSession  skipReason = "session"  // there is none, and none is started
)

// newCollector returns a collector whose delays suit limits as short as the
// given one: they stay within a tenth of it.
func newCollector(store sessionstore.Store, shortest time.Duration) *collector {
	return &collector{
		store:    store,
		interval: max(10*time.Millisecond, min(time.Second, shortest/20)),
		coarse:   min(5*time.Second, shortest/20),
		pending:  map[sessionstore.ID]sessionstore.Touch{},
		skipped:  map[skipReason]int{},
	}
}

// add takes a touch of a session that the store last saw at seen.
func (c *collector) add(t sessionstore.Touch, always bool, seen time.Time) {
	if !always && t.At.Sub(seen) < c.coarse {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.pending[t.Session]; ok {
		if p.At.After(t.At) {
			t.At = p.At
		}
		if t.Used == (sessionstore.Hash{}) {
			t.Used = p.Used
		}
	}
	c.pending[t.Session] = t
}

// tell takes an event, which must not be changed any more.
func (c *collector) tell(e analytics.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := maxHeld
	if e.Type == analytics.PageEngaged {
		most = maxBeacons
	}
	switch {
	case len(c.events) < most:
		c.events = append(c.events, e)
	case e.Type == analytics.PageViewed:
		c.skipped[skippedOverflow]++
	default:
		c.lost++
	}
}

// skip counts a page that was shown and is not recorded.
func (c *collector) skip(why skipReason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped[why]++
}

// flush hands over what has been gathered. What the store does not take is lost:
// it was no transition, and to hand it over again might count it twice.
func (c *collector) flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	c.mu.Lock()
	touches := make([]sessionstore.Touch, 0, len(c.pending))
	for _, t := range c.pending {
		touches = append(touches, t)
	}
	clear(c.pending)
	events, lost := c.events, c.lost
	c.events, c.lost = make([]analytics.Event, 0, len(events)), 0 // as many may come again
	c.mu.Unlock()

	var err error
	if len(touches) > 0 {
		err = c.store.Touch(ctx, touches)
	}
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("middleware: %d events lost: too many at once", lost))
	}
	return errors.Join(err, c.append(ctx, events), c.report(ctx))
}

func (c *collector) append(ctx context.Context, events []analytics.Event) (err error) {
	for some := range slices.Chunk(events, tellBatch) {
		failure := c.store.Append(ctx, some...)
		if failure == nil {
			continue
		}
		err = errors.Join(err, fmt.Errorf("middleware: %d events may be lost: %w", len(some), failure))
		c.mu.Lock()
		for i := range some {
			if some[i].Type == analytics.PageViewed {
				c.skipped[skippedStore]++
			}
		}
		c.mu.Unlock()
	}
	return err
}

// report tells how many page views were not recorded. Counts that the store does
// not take are told the next time; if it took them after all, they are told twice.
func (c *collector) report(ctx context.Context) error {
	c.mu.Lock()
	var events []analytics.Event
	skipped := c.skipped
	for why, n := range skipped {
		events = append(events, analytics.Event{
			Type:       analytics.PageSkipped,
			Attributes: map[string]string{"reason": string(why), "count": strconv.Itoa(n)},
		})
	}
	if len(events) > 0 {
		c.skipped = map[skipReason]int{}
	}
	c.mu.Unlock()
	if len(events) == 0 {
		return nil
	}
	err := c.store.Append(ctx, events...)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		for why, n := range skipped {
			c.skipped[why] += n
		}
	}
	return err
}
