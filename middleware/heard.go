package middleware

import (
	"math"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// heard remembers which sessions ended or changed their credentials while access
// tokens from before may still be good, so that signed routes refuse them at
// once where this process has been told. It forgets after a token's life, or the
// oldest when there are too many.
type heard struct {
	keep time.Duration

	mu       sync.RWMutex
	now, old map[sessionstore.ID]int64 // the first epoch whose tokens are good
	since    time.Time                 // of now
}

// maxHeard bounds each of the two halves.
const maxHeard = 1 << 16

func newHeard(keep time.Duration) *heard {
	return &heard{keep: keep, now: map[sessionstore.ID]int64{}}
}

// notify takes in a signal of the store. An end of a login by its limits, which
// leaves the epoch as it is, tokens have in their own expiry.
func (h *heard) notify(s signal, at time.Time) {
	if s.Lost {
		return
	}
	epoch := s.Epoch
	if s.Ended {
		epoch = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if at.Sub(h.since) > h.keep || len(h.now) >= maxHeard {
		h.now, h.old, h.since = map[sessionstore.ID]int64{}, h.now, at
	}
	h.now[s.Session] = max(epoch, h.now[s.Session])
}

// revoked reports whether a token of the session from that epoch is known not to
// be good any more.
func (h *heard) revoked(id sessionstore.ID, epoch int64) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return epoch < h.now[id] || epoch < h.old[id]
}
