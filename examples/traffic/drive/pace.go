package drive

import (
	"context"
	"sync"
	"time"
)

// pace hands out the moments at which requests may be sent.
type pace struct {
	interval time.Duration

	mu   sync.Mutex
	next time.Time
}

func newPace(rate float64) *pace {
	return &pace{interval: time.Duration(float64(time.Second) / rate)}
}

// wait returns when one more request may be sent.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	at := p.next
	p.next = at.Add(p.interval)
	p.mu.Unlock()
	return until(ctx, at.Sub(now))
}

// until waits for d.
func until(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
