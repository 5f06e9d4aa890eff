package analytics

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	backoffFirst = 100 * time.Millisecond
	backoffCap   = 15 * time.Second
)

// backoff returns the pause after the nth failure in a row: it doubles from
// backoffFirst to backoffCap. Up to half of it is taken off at random, so that
// many processes that lost the same server do not come back in step.
func backoff(n int) time.Duration {
	d := backoffFirst
	for ; n > 1 && d < backoffCap; n-- {
		d *= 2
	}
	d = min(d, backoffCap)
	return d - rand.N(d/2) //nolint:gosec // jitter need not be unpredictable
}

// pause waits for d. It reports false, at once, when ctx is done.
func pause(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
