package middleware

import (
	"context"
	"log/slog"
	"time"
)

// start begins the background work, which goes on until Close.
func (m *Manager) start() {
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	// A flush that is under way when Close comes is finished: cut off, it would
	// leave unknown what was recorded.
	flushing, abort := context.WithCancel(context.Background())
	m.abort = abort
	flush := func(context.Context) error { return m.touches.flush(flushing) }
	m.running.Go(func() { m.every(ctx, m.touches.interval, "recording activity", flush) })
	m.running.Go(func() { m.every(ctx, max(m.touches.interval, 100*time.Millisecond), "sweeping", m.sweep) })
	m.running.Go(func() { m.watch(ctx) })
	if m.pump != nil {
		m.running.Go(func() {
			if err := m.pump.Run(ctx); err != nil {
				m.cfg.Logger.LogAttrs(ctx, slog.LevelError, "recording events", slog.Any("error", err))
			}
		})
	}
}

// every calls do at the given interval until ctx is done.
func (m *Manager) every(ctx context.Context, interval time.Duration, what string, do func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "background work failed", slog.String("while", what), slog.Any("error", err))
		}
	}
}

// sweep makes the ends that no request makes. It waits out the collectors, so
// that activity that is on its way to the store comes first.
func (m *Manager) sweep(ctx context.Context) error {
	for {
		more, err := m.store.Sweep(ctx, 2*m.touches.interval)
		if !more || err != nil {
			return err
		}
	}
}

// watch ends the streams of sessions that end, here or elsewhere.
func (m *Manager) watch(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		err := m.store.Watch(ctx, func(s signal) {
			if m.tokens != nil { // first: it never waits
				m.tokens.heard.notify(s, m.now())
			}
			m.streams.notify(ctx, s)
		})
		if ctx.Err() == nil {
			m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "watching sessions", slog.Any("error", err))
		}
		m.streams.notify(ctx, signal{Lost: true})
		pause.Reset(time.Second)
	}
}
