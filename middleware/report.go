package middleware

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// reportUnknown reports a secret that was never issued under a known ID. It has
// no other consequence: knowing an ID must not let a stranger end a session.
func (m *Manager) reportUnknown(ctx context.Context, st *state, id sessionstore.ID) {
	if !m.unknown.allow(id, st.began) {
		return
	}
	d := st.device()
	err := m.store.Append(context.WithoutCancel(ctx), analytics.Event{
		Type: analytics.CredentialUnknown, Session: id.String(),
		Attributes: map[string]string{"agent": d.Agent, "address": d.Address},
	})
	if err != nil {
		m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "event lost", slog.Any("error", err))
	}
}

// reportLimiter keeps strangers from filling the feed: it lets one report a
// minute through for each session, and a bounded number for all together.
type reportLimiter struct {
	mu     sync.Mutex
	minute time.Time
	seen   map[sessionstore.ID]struct{}
}

const reportsPerMinute = 600

func newReportLimiter() *reportLimiter {
	return &reportLimiter{seen: map[sessionstore.ID]struct{}{}}
}

func (l *reportLimiter) allow(id sessionstore.ID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.minute) >= time.Minute {
		l.minute = now
		clear(l.seen)
	}
	if _, again := l.seen[id]; again || len(l.seen) == reportsPerMinute {
		return false
	}
	l.seen[id] = struct{}{}
	return true
}
