package campaign

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFirst = time.Second
	backoffCap   = time.Hour
)

// backoff returns the pause after the nth failure for an occasion: it doubles from
// backoffFirst to backoffCap. Up to half of it is taken off at random, so that what
// failed together is not tried again together.
func backoff(n int) time.Duration {
	d := backoffFirst
	for ; n > 1 && d < backoffCap; n-- {
		d *= 2
	}
	d = min(d, backoffCap)
	return d - rand.N(d/2) //nolint:gosec // jitter need not be unpredictable
}
