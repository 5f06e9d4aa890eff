package campaign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// hooked is a hook that is served.
type hooked struct {
	Subscription
	resumes atomic.Int64 // Unix milliseconds before which the hook asked not to be called
}

// paused returns for how long the hook is not to be called.
func (h *hooked) paused(now time.Time) time.Duration {
	return time.UnixMilli(h.resumes.Load()).Sub(now)
}

// serve hands over what is due, one after the other, until ctx is done.
func (r *Runner) serve(ctx context.Context, h *hooked) {
	for ctx.Err() == nil {
		woken := r.wake.wait()
		now := r.options.Now()
		wait := h.paused(now)
		if wait <= 0 {
			d, err := r.outbox.claim(ctx, h.Name, now, now)
			if d != nil {
				_, err = r.hand(ctx, h, d)
			} else if err == nil {
				wait, err = r.untilNext(ctx, h, now)
			}
			if err != nil && ctx.Err() == nil {
				r.log.LogAttrs(ctx, slog.LevelWarn, "campaign delivery failed", slog.String("hook", h.Name), slog.String("error", err.Error()))
				wait = r.options.Every
			}
			if wait <= 0 {
				continue
			}
		}
		if !pause(ctx, min(wait, r.options.Every), woken) {
			return
		}
	}
}

// untilNext returns how long nothing will be due.
func (r *Runner) untilNext(ctx context.Context, h *hooked, now time.Time) (time.Duration, error) {
	next, err := r.outbox.next(ctx, h.Name, now)
	if err != nil || next.IsZero() {
		return r.options.Every, err
	}
	return next.Sub(now), nil
}

// drain hands over what is due now, and returns the failures joined.
func (r *Runner) drain(ctx context.Context) error {
	due := r.options.Now()
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for _, h := range r.hooks {
		for range h.Concurrency {
			wg.Go(func() {
				if err := r.drainHook(ctx, h, due); err != nil {
					mu.Lock()
					defer mu.Unlock()
					errs = append(errs, err)
				}
			})
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r *Runner) drainHook(ctx context.Context, h *hooked, due time.Time) error {
	var errs []error
	for ctx.Err() == nil && h.paused(r.options.Now()) <= 0 {
		d, err := r.outbox.claim(ctx, h.Name, due, r.options.Now())
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if d == nil {
			break
		}
		failure, err := r.hand(ctx, h, d)
		if failure != nil {
			errs = append(errs, fmt.Errorf("campaign: hook %q: occasion %s: %w", h.Name, d.occasion.ID, failure))
		}
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// hand calls the hook and notes what came of it. It returns the hook's failure, and
// the one of the note.
func (r *Runner) hand(ctx context.Context, h *hooked, d *delivery) (failure, err error) {
	failure = call(ctx, h.Hook, d.occasion)
	now := r.options.Now()
	if failure == nil {
		return nil, r.outbox.delivered(ctx, d, now)
	}
	attrs := []slog.Attr{
		slog.String("hook", h.Name), slog.String("campaign", d.occasion.Campaign), slog.String("occasion", d.occasion.ID),
		slog.Int("attempts", d.attempts), slog.String("error", failure.Error()),
	}
	attrs = append(attrs, stackOf(failure)...)
	asked := pauseOf(failure)
	if asked > 0 {
		h.resumes.Store(now.Add(asked).UnixMilli())
	}
	until := now.Add(max(backoff(d.attempts), asked))
	if errors.Is(failure, ErrPermanent) || until.After(d.found.Add(r.options.MaxAge)) {
		r.log.LogAttrs(ctx, slog.LevelError, "campaign delivery given up", attrs...)
		return failure, r.outbox.failed(ctx, d, now, failure)
	}
	r.log.LogAttrs(ctx, slog.LevelWarn, "campaign hook failed", attrs...)
	return failure, r.outbox.putOff(ctx, d, until, failure)
}
