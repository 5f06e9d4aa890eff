package analytics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	// splitAfter is how often a batch fails whole before it is split. The first
	// attempts repeat it as it was, which suits recorders that recognise a batch.
	splitAfter = 3
	// flushAttempts is how many failures in a row end a Flush. It is small:
	// whoever shuts down should not wait for a server that is gone.
	flushAttempts = 3
)

// member is one consumer group of a pump, and the recorder it is read for.
type member struct {
	feed  Feed
	group string
	rec   Recorder
	opts  PumpOptions
	log   *slog.Logger

	// turn holds a token while somebody has the right to use feed, rec and the
	// fields below. A channel, not a mutex, so that waiting can end with a ctx.
	turn chan struct{}

	held     []Entry // read, and not acknowledged yet
	recorded int     // that many of held are recorded and only lack their Ack
	part     int     // the most events to deliver at a time
	full     bool    // the last Read was: there may be more
	failures int     // in a row
}

func newMember(feed Feed, group string, rec Recorder, opts PumpOptions) *member {
	return &member{
		feed:  feed,
		group: group,
		rec:   rec,
		opts:  opts,
		log:   opts.Logger.With(slog.String("group", group), slog.String("consumer", opts.Consumer)),
		turn:  make(chan struct{}, 1),
		part:  opts.Batch,
	}
}

// run makes attempts until ctx is done.
func (m *member) run(ctx context.Context) {
	for m.take(ctx) {
		if !pause(ctx, m.attempt(ctx)) {
			return
		}
	}
}

// attempt makes one step, gives up the turn, and returns how long to wait
// before the next. It does not stop half way when ctx ends: an interrupted Read
// could leave events with a consumer that never heard of them.
func (m *member) attempt(ctx context.Context) time.Duration {
	defer m.release()
	_, err := m.step(context.WithoutCancel(ctx))
	switch {
	case err != nil:
		return backoff(m.failures)
	case len(m.held) > 0 || m.full:
		return 0
	default:
		return m.opts.Poll
	}
}

// flush makes steps until nothing is left, ctx is done, or too many failed.
func (m *member) flush(ctx context.Context) error {
	if !m.take(ctx) {
		return context.Cause(ctx)
	}
	defer m.release()
	failures := 0
	for {
		n, err := m.step(ctx)
		if err == nil && n == 0 {
			return nil
		}
		var wait time.Duration
		if err == nil {
			failures = 0
		} else if failures++; failures < flushAttempts {
			wait = backoff(failures)
		} else {
			return err
		}
		if !pause(ctx, wait) {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// take waits for the turn. It reports false if ctx is done first.
func (m *member) take(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case m.turn <- struct{}{}:
		return true
	}
}

// release gives up the turn.
func (m *member) release() { <-m.turn }

// step reads a batch, unless one is held, and delivers it or the next part of
// it. It returns the number of events delivered; zero without an error means
// that the feed was empty.
func (m *member) step(ctx context.Context) (int, error) {
	if err := m.read(ctx); err != nil {
		return 0, m.failed(ctx, 0, fmt.Errorf("read feed: %w", err))
	}
	if m.recorded == 0 && len(m.held) > 0 {
		n := min(m.part, len(m.held))
		if err := m.deliver(ctx, n); err != nil {
			err = m.failed(ctx, n, fmt.Errorf("record: %w", err))
			if m.failures >= splitAfter {
				m.part = (n + 1) / 2
			}
			return 0, err
		}
		m.recorded = n
	}
	n := m.recorded
	if err := m.ack(ctx); err != nil {
		return 0, m.failed(ctx, n, fmt.Errorf("acknowledge: %w", err))
	}
	m.part = min(2*m.part, m.opts.Batch)
	if m.failures > 0 {
		m.log.LogAttrs(ctx, slog.LevelInfo, "analytics delivery recovered", slog.Int("failures", m.failures))
		m.failures = 0
	}
	return n, nil
}

// read fetches a batch if none is held.
func (m *member) read(ctx context.Context) error {
	if len(m.held) > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.Timeout)
	defer cancel()
	held, err := m.feed.Read(ctx, m.group, m.opts.Consumer, m.opts.Batch)
	if err != nil {
		return err
	}
	m.held, m.full = held, len(held) >= m.opts.Batch
	return nil
}

// deliver hands the first n held events to the recorder, in a new slice each
// time: a recorder that failed may have spoilt the last one.
func (m *member) deliver(ctx context.Context, n int) error {
	events := make([]Event, n)
	for i := range events {
		events[i] = m.held[i].Event
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.Timeout)
	defer cancel()
	return record(ctx, m.rec, events)
}

// ack acknowledges the recorded events and lets go of them.
func (m *member) ack(ctx context.Context) error {
	if m.recorded == 0 {
		return nil
	}
	positions := make([]string, m.recorded)
	for i := range positions {
		positions[i] = m.held[i].Position
	}
	ctx, cancel := context.WithTimeout(ctx, m.opts.Timeout)
	defer cancel()
	if err := m.feed.Ack(ctx, m.group, positions); err != nil {
		return err
	}
	m.held, m.recorded = m.held[m.recorded:], 0
	return nil
}

// failed counts and logs a failure with the first n held events, and returns
// err. A single event that keeps failing needs somebody to look at it.
func (m *member) failed(ctx context.Context, n int, err error) error {
	m.failures++
	level := slog.LevelWarn
	if n == 1 && m.failures > splitAfter {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.Int("failures", m.failures),
		slog.Int("events", n),
		slog.String("error", err.Error()),
	}
	if n > 0 {
		attrs = append(attrs, slog.String("first", m.held[0].Event.ID))
	}
	if p, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", p.stack))
	}
	m.log.LogAttrs(ctx, level, "analytics delivery failed", attrs...)
	return err
}
