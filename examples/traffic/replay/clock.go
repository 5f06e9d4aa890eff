package replay

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// clock is the log's. It never goes back.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(0, c.nanoseconds.Load()).UTC() }

// set advances the clock, and reports whether it had been there already.
func (c *clock) set(t time.Time) (late bool) {
	if t.Before(c.now()) {
		return true
	}
	c.nanoseconds.Store(t.UnixNano())
	return false
}

// store keeps sessions on the log's clock. The manager gathers activity for up to a
// second of real time, in which the log may go on for days, and visits would seem to
// be over that are not; so activity is noted when a request has been served, and only
// the replay sweeps.
type store struct {
	*sessionstore.Memory

	served sessionstore.ID // session of the request under way
}

func newStore(c *clock) *store {
	return &store{Memory: sessionstore.NewMemory(sessionstore.MemoryOptions{
		Now: c.now,
		Feed: sessionstore.FeedOptions{
			Keep:       time.Minute,
			ClaimAfter: 100 * 365 * 24 * time.Hour, // there is one reader; the clock races while it is at work
		},
	})}
}

// Load implements [sessionstore.Store].
func (s *store) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	s.served = id
	return s.Memory.Load(ctx, id)
}

// Sweep implements [sessionstore.Store], for the manager, which need not.
func (s *store) Sweep(context.Context, time.Duration) (bool, error) { return false, nil }

// noteActivity notes that the session of the request that was served is active.
func (s *store) noteActivity(ctx context.Context) error {
	id := s.served
	s.served = sessionstore.ID{}
	if id == (sessionstore.ID{}) {
		return nil
	}
	return s.Touch(ctx, []sessionstore.Touch{{Session: id, At: s.Now()}})
}

// sweep ends what is over by the log's clock.
func (s *store) sweep(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = s.Memory.Sweep(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}
