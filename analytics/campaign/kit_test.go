package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// noon is when tests begin, a Saturday.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

var errDown = errors.New("down")

// clock is a clock that stands until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *clock) advance(d time.Duration) { c.set(c.Now().Add(d)) }

// told is a hook that notes what it is told of, and answers as it is told to.
type told struct {
	mu        sync.Mutex
	occasions []campaign.Occasion
	answer    func(ctx context.Context, o campaign.Occasion) error
}

func (h *told) Deliver(ctx context.Context, o campaign.Occasion) error {
	h.mu.Lock()
	h.occasions = append(h.occasions, o)
	h.mu.Unlock()
	if h.answer == nil {
		return nil
	}
	return h.answer(ctx, o)
}

// all returns what the hook was told of, in that order.
func (h *told) all() []campaign.Occasion {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.occasions)
}

// whom returns whom the hook was told of.
func (h *told) whom() []string {
	var whom []string
	for _, o := range h.all() {
		whom = append(whom, o.Session+o.User)
	}
	return whom
}

// earners is a warehouse in which these sessions have done everything, each at
// noon, one minute after the other.
type earners struct {
	report.Warehouse
	sessions []string
}

func (e earners) Visitors(context.Context, report.VisitorsQuery) ([]report.Visitor, error) {
	list := make([]report.Visitor, len(e.sessions))
	for i, s := range e.sessions {
		list[i] = report.Visitor{ID: s, Last: noon.Add(time.Duration(i) * time.Minute), Visits: 1, Count: 1}
	}
	return list, nil
}

// steps is a warehouse in which a and b have taken action n at n minutes past noon.
type steps struct{ report.Warehouse }

func (steps) Visitors(_ context.Context, q report.VisitorsQuery) ([]report.Visitor, error) {
	n, err := strconv.Atoi(q.Action)
	if err != nil {
		return nil, err
	}
	at := noon.Add(time.Duration(n) * time.Minute)
	return []report.Visitor{{ID: "a", Last: at, Count: 1}, {ID: "b", Last: at, Count: 1}}, nil
}

// badge is a campaign that finds all earners.
var badge = campaign.Badge{Name: "badge", Action: "anything"}

// newRunner returns a runner on a clock that shows an hour after noon. What is not
// set in o is: a warehouse with one earner, badge, an outbox in memory.
func newRunner(t *testing.T, o campaign.Options) (*campaign.Runner, *clock) {
	t.Helper()
	c := &clock{now: noon.Add(time.Hour)}
	if o.Now == nil {
		o.Now = c.Now
	}
	if o.Warehouse == nil {
		o.Warehouse = earners{sessions: []string{"s1"}}
	}
	if o.Campaigns == nil {
		o.Campaigns = []campaign.Campaign{badge}
	}
	r, err := campaign.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r, c
}

// hook returns the one subscription that most tests have.
func hook(h campaign.Hook) []campaign.Subscription {
	return []campaign.Subscription{{Name: "hook", Hook: h}}
}

// once runs r once, which must not fail.
func once(t *testing.T, r *campaign.Runner) {
	t.Helper()
	if err := r.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// statsOf returns what became of the deliveries of the subscription of hook.
func statsOf(t *testing.T, r *campaign.Runner) campaign.Deliveries {
	t.Helper()
	s, err := r.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := s.Hooks["hook"]
	d.Oldest = time.Time{}
	return d
}

// traffic is a warehouse, and writes events into it.
type traffic struct {
	*reporttest.Model
	t *testing.T
	n int
}

func newTraffic(t *testing.T) *traffic {
	m := reporttest.NewModel()
	m.Price = func(sku string) (int64, string, bool) { return 250, "EUR", sku == "apple" }
	return &traffic{Model: m, t: t}
}

func (w *traffic) record(e analytics.Event) {
	w.t.Helper()
	w.n++
	e.ID = strconv.Itoa(w.n)
	if err := w.Record(w.t.Context(), []analytics.Event{e}); err != nil {
		w.t.Fatal(err)
	}
}

// visit records one of a session, whose user may be empty: a view at the start,
// which was looked at for as long as the visit lasted.
func (w *traffic) visit(session, user string, start time.Time, lasted time.Duration, actions ...string) {
	w.t.Helper()
	visit := session + " " + strconv.FormatInt(start.UnixMilli(), 10)
	event := func(kind analytics.Type, at time.Time, attributes ...string) {
		e := analytics.Event{Type: kind, Time: at, Session: session, Visit: visit, User: user, Attributes: map[string]string{}}
		for pair := range slices.Chunk(attributes, 2) {
			e.Attributes[pair[0]] = pair[1]
		}
		w.record(e)
	}
	event(analytics.VisitStarted, start)
	event(analytics.PageViewed, start, "view", visit, "path", "/")
	event(analytics.PageEngaged, start.Add(lasted), "view", visit, "milliseconds", fmt.Sprint(lasted.Milliseconds()))
	for _, action := range actions {
		event(analytics.ActionTaken, start, "action", action)
	}
	w.record(analytics.Event{
		Type: analytics.VisitEnded, Time: start.Add(lasted + 30*time.Minute), Session: session, Visit: visit, Reason: analytics.ReasonIdle,
		Attributes: map[string]string{
			"start": strconv.FormatInt(start.UnixMilli(), 10), "last": strconv.FormatInt(start.Add(lasted).UnixMilli(), 10),
		},
	})
}

// cart records that a line of a session's cart has this quantity.
func (w *traffic) cart(session string, at time.Time, sku string, quantity int) {
	w.t.Helper()
	w.record(analytics.Event{
		Type: analytics.CartChanged, Time: at, Session: session,
		Attributes: map[string]string{"sku": sku, "quantity": strconv.Itoa(quantity)},
	})
}
