package campaign

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// tidyEvery is the pause between two rounds of tidying the outbox.
const tidyEvery = time.Hour

// Runner looks for the occasions of campaigns and hands them to hooks. Several
// runners, also of several processes, may share an outbox. A Runner is safe for
// concurrent use.
type Runner struct {
	options  Options
	log      *slog.Logger
	outbox   *outbox
	searches []*search
	hooks    []*hooked
	wake     signal

	mu      sync.Mutex
	closed  bool
	stop    chan struct{} // closed by Close
	running sync.WaitGroup
}

// New returns a runner, which looks for nothing before [Runner.Run] or
// [Runner.RunOnce]. It reports all faults of the options together, joined; then the
// fault of the file, if it has one: see [ErrForeign] and [ErrNewer].
func New(o Options) (*Runner, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	r := &Runner{options: o, log: o.Logger, stop: make(chan struct{})}
	for _, c := range o.Campaigns {
		s := &search{name: c.name(), finder: c.finder(), turn: make(chan struct{}, 1)}
		for _, h := range o.Hooks {
			if h.wants(s.name) {
				s.hooks = append(s.hooks, h.Name)
			}
		}
		r.searches = append(r.searches, s)
	}
	for _, h := range o.Hooks {
		r.hooks = append(r.hooks, &hooked{Subscription: h})
	}
	var err error
	if r.outbox, err = openOutbox(context.Background(), o.Path, rand.Text()); err != nil {
		return nil, err
	}
	return r, nil
}

// Run looks and delivers until ctx is done or the runner is closed. It then
// finishes the calls of hooks that are under way, and returns nil; what is left is
// in the outbox. Failures are logged and tried again. The error is [ErrClosed] if
// the runner was closed before.
func (r *Runner) Run(ctx context.Context) error {
	ctx, done, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	var wg sync.WaitGroup
	for _, s := range r.searches {
		wg.Go(func() { r.search(ctx, s) })
	}
	for _, h := range r.hooks {
		for range h.Concurrency {
			wg.Go(func() { r.serve(ctx, h) })
		}
	}
	wg.Go(func() {
		for {
			if err := r.tidy(ctx); err != nil && ctx.Err() == nil {
				r.log.LogAttrs(ctx, slog.LevelWarn, "campaign outbox not tidied", slog.String("error", err.Error()))
			}
			if !pause(ctx, tidyEvery, nil) {
				return
			}
		}
	})
	wg.Wait()
	return nil
}

// RunOnce looks once for every campaign and then delivers what is due at that
// moment, each once: for tests, and for a cron job in place of [Runner.Run]. It
// returns what failed, joined; what failed to be delivered stays in the outbox.
func (r *Runner) RunOnce(ctx context.Context) error {
	ctx, done, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	errs := make([]error, len(r.searches)+1)
	var wg sync.WaitGroup
	for i, s := range r.searches {
		wg.Go(func() { _, errs[i] = r.look(ctx, s) })
	}
	wg.Wait()
	errs[len(r.searches)] = r.tidy(ctx)
	return errors.Join(errors.Join(errs...), r.drain(ctx), context.Cause(ctx))
}

// Close stops [Runner.Run] and [Runner.RunOnce], waits for the calls of hooks that
// are under way, and closes the outbox. To close again does nothing.
func (r *Runner) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		r.running.Wait()
		return nil
	}
	r.closed = true
	close(r.stop)
	r.mu.Unlock()
	r.running.Wait()
	return r.outbox.close()
}

// open returns ErrClosed if the runner was closed.
func (r *Runner) open() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	return nil
}

// begin registers a run, whose context ends with the runner.
func (r *Runner) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r.running.Go(func() {
		select {
		case <-r.stop:
			cancel(ErrClosed)
		case <-ctx.Done():
		}
	})
	r.running.Add(1)
	return ctx, func() {
		cancel(nil)
		r.running.Done()
	}, nil
}

// tidy gives up, and forgets, what is too old.
func (r *Runner) tidy(ctx context.Context) error {
	now := r.options.Now()
	n, err := r.outbox.tidy(ctx, now.Add(-r.options.MaxAge), now.Add(-r.options.Keep), now)
	if n > 0 {
		r.log.LogAttrs(ctx, slog.LevelError, "campaign deliveries given up: too old", slog.Int64("deliveries", n))
	}
	if err != nil {
		return fmt.Errorf("campaign: tidy: %w", err)
	}
	return nil
}

// signal wakes whoever waits for it.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait returns a channel that is closed at the next raise.
func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// pause waits for d, or less if it is woken. It reports false, at once, when ctx is
// done.
func pause(ctx context.Context, d time.Duration, woken <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-woken:
	case <-t.C:
	}
	return ctx.Err() == nil
}
