package reporttest

import (
	"context"
	"maps"
	"slices"
	"testing" //nolint:depguard // a test package: nobody imports it but tests

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// properties tells warehouses of random traffic, which reaches them in any order
// and in part twice.
func properties(t *testing.T, open func(t testing.TB) Warehouse) {
	t.Run("answers_are_those_of_the_model", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			s := &scope{TB: t}
			defer s.close()
			c := &check{T: rt, ctx: t.Context(), w: open(s)}
			c.run()
		})
	})
}

// scope cleans up after one warehouse, and not only at the end of the test.
type scope struct {
	testing.TB
	cleanups []func()
}

// Cleanup has f called when the warehouse is no longer needed.
func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *scope) close() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// check is one warehouse with random traffic.
type check struct {
	*rapid.T
	ctx context.Context //nolint:containedctx // that of the test, which is no *rapid.T's
	w   Warehouse
}

func (c *check) run() {
	events := randomTraffic(c.T)
	model := &Model{Price: Price, Keep: Keep}
	c.record(model, events)
	var received int64
	for _, batch := range arrivals(c.T, events) {
		c.record(c.w, batch)
		received += int64(len(batch))
		c.balanced(received)
	}
	c.sameLedger(model)

	now := model.newest.Add((&traffic{T: c.T}).draw("since", randomGaps))
	for _, q := range (asker{c.T}).questions(now) {
		want, err := q.ask(c.ctx, model)
		if err != nil {
			c.Fatalf("the model was asked for %s with %+v: %v", q.name, q.q, err)
		}
		got, err := q.ask(c.ctx, c.w)
		if err != nil {
			c.Fatalf("%s of %+v: %v", q.name, q.q, err)
		}
		if g, w := describe(got), describe(want); g != w {
			c.Fatalf("%s of %+v are\n%s\nwant, as the model has it\n%s", q.name, q.q, g, w)
		}
	}
	c.consistent((asker{c.T}).selection())
}

func (c *check) record(w Warehouse, events []analytics.Event) {
	if err := w.Record(c.ctx, events); err != nil {
		c.Fatalf("Record of %d events = %v, want success", len(events), err)
	}
}

// balanced checks that the ledger accounts for every event.
func (c *check) balanced(received int64) {
	l, err := c.w.Ledger(c.ctx)
	if err != nil {
		c.Fatalf("Ledger: %v", err)
	}
	if l.Received != received || total64(l.Stored)+total64(l.Dropped) != received {
		c.Fatalf("after %d events the ledger does not balance: %s", received, describe(l))
	}
}

// sameLedger compares what does not depend on how often events came.
func (c *check) sameLedger(model *Model) {
	var ledgers [2]report.Ledger
	for i, w := range []Warehouse{c.w, model} {
		l, err := w.Ledger(c.ctx)
		if err != nil {
			c.Fatalf("Ledger: %v", err)
		}
		l.Received, l.Dropped = 0, nil
		ledgers[i] = l
	}
	if got, want := describe(ledgers[0]), describe(ledgers[1]); got != want {
		c.Fatalf("the ledger is\n%s\nwant, as the model has it\n%s", got, want)
	}
}

// consistent checks what has to hold between answers, whatever they are.
func (c *check) consistent(s report.Selection) {
	all := answer(c, c.w.Totals, report.TotalsQuery{Selection: s})[0].Totals
	if all.Bounces > all.Judged || all.SinglePage > all.Judged || all.Bounces > all.SinglePage || all.Judged > all.Visits ||
		all.UnderWay+all.Duration.N != all.Visits {
		c.Fatalf("totals contradict themselves: %s", describe(all))
	}
	for _, by := range rapid.SliceOfNDistinct(rapid.SampledFrom(dimensions), 3, 3, rapid.ID).Draw(c.T, "disjoint") {
		var visits, views, judged, bounces int64
		for _, g := range answer(c, c.w.Totals, report.TotalsQuery{Selection: s, By: []report.Dimension{by}}) {
			visits += g.Visits
			views += g.Views
			judged += g.Judged
			bounces += g.Bounces
		}
		if visits != all.Visits || views != all.Views || judged != all.Judged || bounces != all.Bounces {
			c.Fatalf("by %s there are %d visits, %d views, %d judged, %d bounces, want those of all: %s", by, visits, views, judged, bounces, describe(all))
		}
	}
	c.pagesAddUp(s, all)
	c.hoursAddUp(s, all)

	steps := answer(c, c.w.Funnel, report.FunnelQuery{Selection: s, Steps: (asker{c.T}).steps()})
	if !slices.IsSortedFunc(steps, func(a, b report.FunnelStep) int { return int(b.Reached - a.Reached) }) || steps[0].Reached > all.Visits {
		c.Fatalf("the steps of a funnel grow: %s", describe(steps))
	}
	for _, cohort := range answer(c, c.w.Cohorts, report.CohortsQuery{Selection: s, Every: report.ByDay, Periods: 5}) {
		if cohort.Returned[0] != cohort.Visitors || slices.Max(cohort.Returned) > cohort.Visitors {
			c.Fatalf("more came back than there were: %s", describe(cohort))
		}
	}
}

func (c *check) pagesAddUp(s report.Selection, all report.Totals) {
	var views, entries, exits, bounces int64
	for _, kind := range []report.PageKind{report.ByPath, report.ByScreen} {
		for _, p := range answer(c, c.w.Pages, report.PagesQuery{Selection: s, Kind: kind}) {
			views += p.Views
			entries += p.Entries
			exits += p.Exits
			bounces += p.Bounces
		}
	}
	if views != all.Views || entries != all.WithView || exits != all.Judged || bounces != all.Bounces {
		c.Fatalf("pages have %d views, %d entries, %d exits, %d bounces, want those of all: %s", views, entries, exits, bounces, describe(all))
	}
}

func (c *check) hoursAddUp(s report.Selection, all report.Totals) {
	var started, views, actions int64
	for _, h := range answer(c, c.w.Hours, report.HoursQuery{Selection: s}) {
		started += h.Started
		views += h.Views
		actions += h.Actions
		if h.Active < h.Started || h.Active == 0 {
			c.Fatalf("an hour has less active visits than started in it, or none: %s", describe(h))
		}
	}
	if started != all.Visits || views != all.Views || actions != all.Actions {
		c.Fatalf("hours have %d visits, %d views, %d actions, want those of all: %s", started, views, actions, describe(all))
	}
}

func answer[Q, A any](c *check, method func(context.Context, Q) (A, error), q Q) A {
	a, err := method(c.ctx, q)
	if err != nil {
		c.Fatalf("%+v: %v", q, err)
	}
	return a
}

func total64[K comparable](m map[K]int64) (sum int64) {
	for n := range maps.Values(m) {
		sum += n
	}
	return sum
}
