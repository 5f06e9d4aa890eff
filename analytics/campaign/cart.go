package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

const (
	// cartAsks is how many sessions are asked about at a time, and cartFailures
	// after how many failures the rest waits for the next look.
	cartAsks     = 8
	cartFailures = 10

	// cartReturns is how often in a row somebody may come back within After, and
	// leave the cart as it is, until the cart is not looked at any more.
	cartReturns = 30

	// staleCart is the pause after which a cart is looked at again that was left
	// behind too long ago to be news.
	staleCart = time.Hour
)

// CartAbandoned is about carts with something in them whose session has had no
// activity for After, and in any case about those whose session is about to expire:
// a hook is called while the session lives, so that it can still put a coupon into
// it, or keep the cart. A cart that is changed afterwards, and left behind again,
// is no other occasion; one that was emptied or ordered first is another cart.
//
// Carts are looked at until their last change is older than 30 times After and the
// runner's MaxAge. Those whose session has ended before anybody could be told are missed: they are
// counted, see [Runner.Stats], and no hook is called.
type CartAbandoned struct {
	Name string // default: cart.abandoned

	// After is how long there must have been no activity. Required.
	After time.Duration

	// Before is how long before the session expires the hook is called at the
	// latest, however recent the activity. It should be several times the runner's
	// Every. 0: expiry has no part in it.
	Before time.Duration

	// SessionIdle is the time without activity after which sessions expire, for
	// those of which Standing does not tell when they do. 0: it is not known.
	SessionIdle time.Duration

	// Standing returns how the session with this public ID stands now. Required: a
	// warehouse lags behind, because requests that change nothing leave no event.
	// It is called once for every cart that is begun, and again when the cart
	// seems to be due, from several goroutines. An error puts the cart off to the
	// next look. With a middleware.Manager:
	//
	//	id, err := sessionstore.ParseID(session)
	//	if err != nil {
	//		return campaign.Standing{}, err
	//	}
	//	s, err := manager.Find(ctx, id)
	//	if errors.Is(err, sessionstore.ErrEnded) {
	//		return campaign.Standing{Ended: true}, nil
	//	}
	//	return campaign.Standing{Active: s.Seen, Expires: s.Expires}, err
	Standing func(ctx context.Context, session string) (Standing, error)
}

// Standing is how a session stands.
type Standing struct {
	Active  time.Time // last activity; zero: as far as the warehouse knows
	Expires time.Time // when it ends if nothing more happens; zero: see [CartAbandoned].SessionIdle
	Ended   bool      // it is over, or never was
}

func (c CartAbandoned) name() string {
	if c.Name == "" {
		return string(KindCartAbandoned)
	}
	return c.Name
}

func (c CartAbandoned) faults() []string {
	var faults []string
	if c.After <= 0 {
		faults = append(faults, fmt.Sprintf("After is %v, must be more than 0", c.After))
	}
	if c.Before < 0 {
		faults = append(faults, fmt.Sprintf("Before is %v, must not be negative", c.Before))
	}
	if c.SessionIdle < 0 {
		faults = append(faults, fmt.Sprintf("SessionIdle is %v, must not be negative", c.SessionIdle))
	}
	if c.SessionIdle > 0 && c.Before >= c.SessionIdle {
		faults = append(faults, fmt.Sprintf("Before is %v, must be less than SessionIdle, which is %v", c.Before, c.SessionIdle))
	}
	if c.Standing == nil {
		faults = append(faults, "Standing is nil")
	}
	return faults
}

func (c CartAbandoned) finder() finder { return &cartFinder{CartAbandoned: c} }

// cartFinder looks for carts. To ask about each open cart at each look would be
// too much, so it notes when each can be due at the earliest: activity can only
// put that off.
type cartFinder struct {
	CartAbandoned
	next map[string]time.Time // by the cart's ID: not to be asked about before
}

// verdict is what was made of a cart.
type verdict struct {
	finding
	found bool
	next  time.Time
}

func (f *cartFinder) find(ctx context.Context, l look) ([]finding, error) {
	answer, err := l.warehouse.Carts(ctx, report.CartsQuery{
		Selection: report.Selection{From: l.since.Add(-cartReturns * f.After)},
		Now:       l.now,
		Idle:      time.Millisecond, // every cart with lines: only its session can tell whether it is left behind
		Abandoned: true,
	})
	if err != nil {
		return nil, fmt.Errorf("carts: %w", err)
	}
	due, next, err := f.due(ctx, l, answer.List)
	if err != nil {
		return nil, err
	}
	f.next = next

	verdicts, err := f.ask(ctx, l, due)
	var found []finding
	for i, v := range verdicts {
		if v.found {
			found = append(found, v.finding)
		}
		if !v.next.IsZero() {
			next[due[i].ID] = v.next
		}
	}
	return found, err
}

// due returns the carts that can be due and are not in the outbox, and what is
// known of when the others are.
func (f *cartFinder) due(ctx context.Context, l look, carts []report.Cart) ([]report.Cart, map[string]time.Time, error) {
	next := make(map[string]time.Time, len(carts))
	var ids []string
	var candidates []report.Cart
	for _, c := range carts {
		if at, known := f.next[c.ID]; known && l.now.Before(at) {
			next[c.ID] = at
			continue
		}
		candidates = append(candidates, c)
		ids = append(ids, identify(f.name(), c.ID))
	}
	settled, err := l.settled(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	due := candidates[:0]
	for i, c := range candidates {
		if settled[ids[i]] {
			next[c.ID] = l.now.Add(staleCart)
			continue
		}
		due = append(due, c)
	}
	return due, next, nil
}

// ask judges carts by their sessions. One without an answer has no verdict.
func (f *cartFinder) ask(ctx context.Context, l look, carts []report.Cart) ([]verdict, error) {
	verdicts := make([]verdict, len(carts))
	errs := make([]error, len(carts))
	var failures atomic.Int64
	var wg sync.WaitGroup
	work := make(chan int)
	for range min(cartAsks, len(carts)) {
		wg.Go(func() {
			for i := range work {
				errs[i] = guard(func() error {
					s, err := f.Standing(ctx, carts[i].Session)
					if err == nil {
						verdicts[i] = f.judge(l, &carts[i], s)
					}
					return err
				})
				if errs[i] != nil {
					failures.Add(1)
				}
			}
		})
	}
	for i := range carts {
		if ctx.Err() != nil || failures.Load() >= cartFailures {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return verdicts, fmt.Errorf("standing of sessions: %w", err)
	}
	return verdicts, nil
}

// judge decides about one cart.
func (f *cartFinder) judge(l look, c *report.Cart, s Standing) verdict {
	active := c.Active
	if s.Active.After(active) {
		active = s.Active
	}
	expires := s.Expires
	if expires.IsZero() && f.SessionIdle > 0 {
		expires = active.Add(f.SessionIdle)
	}
	due := active.Add(f.After)
	if last := expires.Add(-f.Before); f.Before > 0 && !expires.IsZero() && last.Before(due) {
		due = last
	}
	if due.Before(c.Changed) {
		due = c.Changed
	}
	over := s.Ended || !expires.IsZero() && !l.now.Before(expires)
	switch {
	case due.After(l.now) && !over:
		return verdict{next: due}
	case due.Before(l.since):
		return verdict{next: l.now.Add(staleCart)}
	}
	if due.After(l.now) {
		due = l.now // it ended before its time
	}
	return verdict{found: true, finding: finding{missed: over, Occasion: Occasion{
		ID: identify(f.name(), c.ID), Kind: KindCartAbandoned, Campaign: f.name(), Time: moment(due), Session: c.Session, User: c.User,
		Cart: &CartDetails{
			ID: c.ID, Lines: c.Lines, Value: c.Value,
			Changed: moment(c.Changed), Active: moment(active), Expires: moment(expires),
		},
	}}}
}
