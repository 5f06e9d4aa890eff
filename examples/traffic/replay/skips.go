package replay

import (
	"context"
	"strconv"
	"sync"

	"github.com/sojourn-go/sojourn/analytics"
)

// skips counts the pages that are not recorded, as it passes events on.
type skips struct {
	to analytics.Recorder

	mu       sync.Mutex
	byReason map[string]int64
}

// Record implements [analytics.Recorder].
func (s *skips) Record(ctx context.Context, events []analytics.Event) error {
	if err := s.to.Record(ctx, events); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		if e.Type != analytics.PageSkipped {
			continue
		}
		if n, err := strconv.ParseInt(e.Attributes["count"], 10, 64); err == nil {
			s.byReason[e.Attributes["reason"]] += n
		}
	}
	return nil
}
