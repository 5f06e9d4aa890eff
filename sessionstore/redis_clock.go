package sessionstore

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// redisClock reads the server's clock without asking for it. Each reply of a
// script carries the server's time. A reply that came in at a local moment
// bounds how far the server is ahead: by no less than the difference of the
// two. The greatest of the recent bounds is taken, so that the clock is never
// ahead of the server's, and behind it at most by what the quickest reply took.
// Ahead would be worse: a login that began before the end of all the user's
// sessions could seem to have begun after it.
type redisClock struct {
	start time.Time // local time is monotonic, so a step of the local clock does nothing

	known  atomic.Bool
	bound  atomic.Int64 // microseconds to add to local time
	latest atomic.Int64 // local time of the latest bound
	asking atomic.Bool
	asked  atomic.Int64 // local time of the latest question

	mu       sync.Mutex
	since    int64 // local time at which the present window began
	now, old int64 // greatest bounds of this window and the one before
}

const (
	clockWindow = int64(30 * time.Second / time.Microsecond)
	clockStale  = 2 * clockWindow
)

// local is the local clock, in microseconds.
func (c *redisClock) local() int64 { return time.Since(c.start).Microseconds() }

// learn takes in that the server's clock was at the given microsecond at some
// moment after sent.
func (c *redisClock) learn(sent, server int64) {
	if !c.mu.TryLock() {
		return // somebody else is learning the same
	}
	defer c.mu.Unlock()
	got := c.local()
	upper, lower := server-sent, server-got
	switch {
	case !c.known.Load(), upper < c.bound.Load()-time.Millisecond.Microseconds():
		// The first, or the server's clock was set back.
		c.since, c.now, c.old = got, lower, math.MinInt64
	case got-c.since > clockWindow:
		c.since, c.now, c.old = got, lower, c.now
	default:
		c.now = max(c.now, lower)
	}
	c.bound.Store(max(c.now, c.old))
	c.latest.Store(got)
	c.known.Store(true)
}

// Now implements [Store]. It is the server's clock as learnt from its replies.
// Before the first one it asks, and while the server does not answer it is the
// local clock.
func (r *Redis) Now() time.Time {
	micros := r.micros(context.Background())
	if skew := r.skew.Load(); skew != 0 {
		return moment(micros, skew)
	}
	return time.UnixMicro(micros).UTC()
}

// now is the clock in the precision of records and events.
func (r *Redis) now(ctx context.Context) time.Time { return moment(r.micros(ctx), r.skew.Load()) }

func (r *Redis) micros(ctx context.Context) int64 {
	c, local := &r.clock, r.clock.local()
	switch {
	case !c.known.Load():
		if asked := c.asked.Load(); asked == 0 || local-asked > time.Second.Microseconds() {
			r.askTime(ctx)
			local = c.local()
		}
	case local-c.latest.Load() > clockStale && c.asking.CompareAndSwap(false, true):
		go func() {
			defer c.asking.Store(false)
			r.askTime(context.WithoutCancel(ctx))
		}()
	}
	if c.known.Load() {
		return local + c.bound.Load()
	}
	return time.Now().UnixMicro()
}

func (r *Redis) askTime(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	sent := r.clock.local()
	r.clock.asked.Store(sent + 1)
	if t, err := r.client.Time(ctx).Result(); err == nil {
		r.clock.learn(sent, t.UnixMicro())
	}
}

// moment returns the store's time at a moment of the server's clock. Tests put
// the clock forward by skew, or if that is negative stop it at -skew.
func moment(micros, skew int64) time.Time {
	if skew < 0 {
		return time.UnixMilli(-skew).UTC()
	}
	return time.UnixMilli(micros/1000 + skew).UTC()
}
