package replay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/examples/traffic/accesslog"
	"github.com/sojourn-go/sojourn/middleware"
)

// Options says how a log is replayed. Recorder and Host are needed.
type Options struct {
	Recorder  analytics.Recorder
	Host      string        // the site's own, whose pages are no source of visits
	VisitIdle time.Duration // default: that of the middleware
	Logger    *slog.Logger

	// Progress is called before each line, with the requests so far.
	Progress func(requests int64)
}

// Result is what became of a log.
type Result struct {
	Requests    int64
	Junk        map[accesslog.JunkError]int64 // lines by what was wrong
	Late        int64                         // requests that came too far out of order, and were taken as they came
	Skipped     map[string]int64              // pages that are not recorded, by reason
	First, Last time.Time                     // requests; zero: none
}

// errFuture is junk: one such line would take all that follow it for late.
const errFuture accesslog.JunkError = "from the future"

const (
	// batch is how many requests go through one manager. It gathers page views, of
	// which it holds 10,000 and hands them over every second; closing it hands them
	// over now.
	batch = 4096

	// ahead is how many requests the replay may be ahead of the recorder. Of one come
	// five events at most, and the feed keeps 500,000.
	ahead = 16 * batch
)

// Run replays the lines, and returns what became of them when all visits are over and
// everything is recorded. If it breaks off, what went before is recorded all the
// same.
func Run(ctx context.Context, lines iter.Seq2[accesslog.Line, error], o Options) (Result, error) {
	p := &player{opts: o, clock: &clock{}, clients: map[client]*held{}, result: Result{Junk: map[accesslog.JunkError]int64{}}}
	p.store = newStore(p.clock)
	skips := &skips{to: o.Recorder, byReason: map[string]int64{}}
	var err error
	if p.pump, err = analytics.NewPump(p.store, "replay", skips, analytics.PumpOptions{Batch: batch, Logger: o.Logger}); err != nil {
		return p.result, fmt.Errorf("replaying: %w", err)
	}
	pumping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { err = p.pump.Run(pumping) })
	playErr := p.play(ctx, lines)
	playErr = errors.Join(playErr, p.finish(context.WithoutCancel(ctx)))
	stop()
	wg.Wait()
	p.result.Skipped = skips.byReason
	return p.result, errors.Join(playErr, err)
}

// client is whom the log can tell apart.
type client struct{ address, agent string }

// held is what a client holds.
type held struct {
	cookies string
	seen    time.Time
}

type player struct {
	opts    Options
	clock   *clock
	store   *store
	pump    *analytics.Pump
	manager *middleware.Manager // nil between batches
	clients map[client]*held
	swept   time.Time
	result  Result
}

func (p *player) play(ctx context.Context, lines iter.Seq2[accesslog.Line, error]) error {
	tomorrow := time.Now().Add(24 * time.Hour)
	for l, err := range lines {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && l.Time.After(tomorrow) {
			err = errFuture
		}
		if junk, ok := errors.AsType[accesslog.JunkError](err); ok {
			p.result.Junk[junk]++
			continue
		}
		if err == nil {
			err = p.request(ctx, l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// request replays one request.
func (p *player) request(ctx context.Context, l accesslog.Line) error {
	if p.opts.Progress != nil {
		p.opts.Progress(p.result.Requests)
	}
	if p.clock.set(l.Time) {
		p.result.Late++
	}
	now := p.clock.now()
	if err := p.keepUp(ctx, now); err != nil {
		return err
	}
	if p.result.First.IsZero() {
		p.result.First = now
	}
	p.result.Last = now
	p.result.Requests++

	who := client{l.Address, l.Agent}
	c := p.clients[who]
	cookies := ""
	if c != nil {
		cookies = c.cookies
	}
	w := &response{header: http.Header{}}
	p.manager.Handler(answer(l)).ServeHTTP(w, request(ctx, l, p.opts.Host, cookies))
	if cookies = cookiesFrom(w, cookies); cookies != "" {
		p.clients[who] = &held{cookies, now}
	}
	return p.store.noteActivity(ctx)
}

// keepUp does what is due from time to time, on the log's clock or by count.
func (p *player) keepUp(ctx context.Context, now time.Time) error {
	if now.Sub(p.swept) > time.Minute {
		p.swept = now
		if err := p.store.sweep(ctx); err != nil {
			return fmt.Errorf("replaying: %w", err)
		}
	}
	if p.manager != nil && p.result.Requests%batch == 0 {
		if err := p.flush(ctx); err != nil {
			return err
		}
		if p.result.Requests%ahead == 0 {
			if err := p.pump.Flush(ctx); err != nil {
				return fmt.Errorf("replaying: %w", err)
			}
		}
		for who, c := range p.clients {
			if now.Sub(c.seen) > sessionIdle {
				delete(p.clients, who)
			}
		}
	}
	if p.manager != nil {
		return nil
	}
	var err error
	p.manager, err = middleware.New(middleware.Config{ //nolint:contextcheck // it works until flush closes it
		Store: p.store, Logger: p.opts.Logger,
		Visits: middleware.NavigationVisits, VisitIdle: p.opts.VisitIdle, SessionIdle: sessionIdle,
	})
	if err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	return nil
}

// sessionIdle is how long a client is known who does not come back.
const sessionIdle = 30 * 24 * time.Hour

// flush has everything in the feed that has happened so far.
func (p *player) flush(ctx context.Context) error {
	if p.manager == nil {
		return nil
	}
	m := p.manager
	p.manager = nil
	if err := m.Close(ctx); err != nil {
		return fmt.Errorf("replaying: %w", err)
	}
	return nil
}

// finish lets the clock go on until all visits are over.
func (p *player) finish(ctx context.Context) error {
	const longest = 24*time.Hour + time.Millisecond // a visit lasts no longer
	p.clock.set(p.clock.now().Add(longest))
	return errors.Join(p.store.sweep(ctx), p.flush(ctx), p.pump.Flush(ctx))
}
