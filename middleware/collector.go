package middleware

import (
	"context"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// collector gathers the activity of sessions and hands it to the store every so
// often, off the request path: many requests of a session become one touch. A
// process that is killed loses what it holds, which is what interval bounds.
type collector struct {
	store    sessionstore.Store
	interval time.Duration // between flushes, at most 1 s
	coarse   time.Duration // activity this close to the last is not worth a touch

	mu      sync.Mutex
	pending map[sessionstore.ID]sessionstore.Touch
}

// newCollector returns a collector whose delays suit limits as short as the
// given one: they stay within a tenth of it.
func newCollector(store sessionstore.Store, shortest time.Duration) *collector {
	return &collector{
		store:    store,
		interval: max(10*time.Millisecond, min(time.Second, shortest/20)),
		coarse:   min(5*time.Second, shortest/20),
		pending:  map[sessionstore.ID]sessionstore.Touch{},
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

// flush hands over what has been gathered. What the store does not take is lost:
// it was activity, not a transition.
func (c *collector) flush(ctx context.Context) error {
	c.mu.Lock()
	if len(c.pending) == 0 {
		c.mu.Unlock()
		return nil
	}
	touches := make([]sessionstore.Touch, 0, len(c.pending))
	for _, t := range c.pending {
		touches = append(touches, t)
	}
	clear(c.pending)
	c.mu.Unlock()
	return c.store.Touch(ctx, touches)
}
