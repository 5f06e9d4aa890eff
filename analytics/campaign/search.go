package campaign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// share is the part of the time that may be spent looking: one in so many.
const share = 10

// search is a campaign that is looked for.
type search struct {
	name   string
	finder finder
	hooks  []string // who is told

	// turn holds a token while somebody has the right to use the finder and known.
	turn  chan struct{}
	known map[string]bool // found by the last look, and in the outbox
}

// search looks again and again, until ctx is done.
func (r *Runner) search(ctx context.Context, s *search) {
	for {
		took, err := r.look(ctx, s)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			attrs := []slog.Attr{slog.String("campaign", s.name), slog.String("error", err.Error())}
			r.log.LogAttrs(ctx, slog.LevelWarn, "campaign look failed", append(attrs, stackOf(err)...)...)
		}
		if !pause(ctx, max(r.options.Every, (share-1)*took), nil) {
			return
		}
	}
}

// look puts what has come about into the outbox. It returns how long it took to
// ask.
func (r *Runner) look(ctx context.Context, s *search) (took time.Duration, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	now := r.options.Now()
	l := look{warehouse: r.options.Warehouse, now: now, since: now.Add(-r.options.MaxAge), settled: r.outbox.settled}
	var found []finding
	began := time.Now()
	err = guard(func() error {
		found, err = s.finder.find(ctx, l)
		return err
	})
	took = time.Since(began)
	if err != nil {
		err = fmt.Errorf("campaign %q: %w", s.name, err)
	}
	return took, errors.Join(err, r.insert(ctx, s, found, now))
}

// insert puts in what was found, save what the last look found as well.
func (r *Runner) insert(ctx context.Context, s *search, found []finding, now time.Time) error {
	known := make(map[string]bool, len(found))
	var unknown []finding
	for _, f := range found {
		known[f.ID] = true
		if !s.known[f.ID] {
			unknown = append(unknown, f)
		}
	}
	inserted, missed, err := r.outbox.insert(ctx, unknown, s.hooks, now)
	if missed > 0 {
		r.log.LogAttrs(ctx, slog.LevelInfo, "campaign missed occasions", slog.String("campaign", s.name), slog.Int("occasions", missed))
	}
	if inserted > missed {
		r.wake.raise()
	}
	if err != nil {
		return fmt.Errorf("campaign %q: %w", s.name, err)
	}
	s.known = known
	return nil
}

// stackOf returns the stack of a panic, to be logged.
func stackOf(err error) []slog.Attr {
	if p, ok := errors.AsType[*panicError](err); ok {
		return []slog.Attr{slog.String("stack", p.stack)}
	}
	return nil
}
