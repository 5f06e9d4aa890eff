package columns

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Funnel answers report.Warehouse.Funnel. Each view or action is one step of an
// attempt, so that the same step twice takes two. What a visitor did in two visits
// at the same moment is in the order of the visits, views before actions.
func Funnel(ctx context.Context, set *Set, q report.FunnelQuery) ([]report.FunnelStep, error) {
	if err := checkFunnel(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	f := &funnel{steps: newSteps(sel.set, q.Steps...), n: len(q.Steps), within: math.MaxInt64, spread: len(q.Quantiles) > 0}
	if q.Within > 0 {
		f.within = int64(q.Within / time.Millisecond)
	}
	var parts []*funnelPart
	if q.Scope == report.PerVisitor {
		parts, err = f.perVisitor(ctx, sel)
	} else {
		parts, err = scan(ctx, sel, f.part, func(p *funnelPart, _ int, s *Segment, visits []uint32) {
			for _, i := range visits {
				p.doings = f.steps.doings(p.doings[:0], s, i)
				f.try(p, p.doings)
			}
		})
	}
	if err != nil {
		return nil, err
	}
	return f.answer(parts, q), nil
}

// funnel is how to come by the answer to a FunnelQuery.
type funnel struct {
	steps  *steps
	n      int
	within int64 // milliseconds
	spread bool  // with quantiles
}

// funnelPart is how far some visits or visitors came.
type funnelPart struct {
	doings  []doing // of the visit at hand
	reached []int64
	between []sum
	times   pairs[int64] // by step
}

func (f *funnel) part(int) *funnelPart {
	return &funnelPart{reached: make([]int64, f.n), between: make([]sum, f.n)}
}

// perVisitor goes through what each visitor did, over all visits.
func (f *funnel) perVisitor(ctx context.Context, sel *selection) ([]*funnelPart, error) {
	found := make([][]owned[doing], len(sel.set.Segments))
	_, err := scan(ctx, sel, f.part, func(p *funnelPart, at int, s *Segment, visits []uint32) {
		for _, i := range visits {
			p.doings = f.steps.doings(p.doings[:0], s, i)
			for _, d := range p.doings {
				found[at] = append(found[at], owned[doing]{s.visitor[i], d})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	all := byOwner(len(sel.set.First), found)
	goroutines := workers(len(all.values) / share)
	var parts []*funnelPart
	for range goroutines {
		parts = append(parts, f.part(0))
	}
	order := func(a, b doing) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.rank(), b.rank()))
	}
	eachOwner(&all, goroutines, func(worker, _ int, did []doing) {
		if !slices.IsSortedFunc(did, order) { // visits that overlap
			slices.SortStableFunc(did, order)
		}
		f.try(parts[worker], did)
	})
	return parts, nil
}

// try counts how far doings came, which are in their order.
func (f *funnel) try(p *funnelPart, doings []doing) {
	const none = -1
	var first [stepsMost]int    // the doing that reached the step before all others
	var latest [stepsMost]int64 // the start of the attempt at the step that has the most time left
	for k := range f.n {
		first[k] = none
	}
	for at, d := range doings {
		for k := f.n - 1; k >= 0; k-- { // so that d is one step only
			if d.steps>>k&1 == 0 {
				continue
			}
			start := d.time
			if k > 0 {
				if first[k-1] == none || d.time-latest[k-1] > f.within {
					continue
				}
				start = latest[k-1]
			}
			if first[k] == none {
				first[k], latest[k] = at, start
			}
			latest[k] = max(latest[k], start)
		}
	}
	for k := range f.n {
		if first[k] == none {
			return
		}
		p.reached[k]++
		if k == 0 {
			continue
		}
		took := doings[first[k]].time - f.before(doings[:first[k]], k, doings[first[k]].time)
		p.between[k].add(took)
		if f.spread {
			p.times.add(uint32(k), took)
		}
	}
}

// before returns when the step before step k was taken, in the earliest attempt
// that reached k at the given moment.
func (f *funnel) before(doings []doing, k int, reached int64) int64 {
	step, at := 0, int64(0)
	for _, d := range doings {
		if d.steps>>step&1 == 0 || step == 0 && reached-d.time > f.within {
			continue
		}
		at = d.time
		if step++; step == k {
			break
		}
	}
	return at
}

// answer puts the parts together.
func (f *funnel) answer(parts []*funnelPart, q report.FunnelQuery) []report.FunnelStep {
	times := gather(f.n, column(parts, func(p *funnelPart) *pairs[int64] { return &p.times }), nil)
	rows := make([]report.FunnelStep, f.n)
	for k := range rows {
		var between sum
		for _, p := range parts {
			rows[k].Reached += p.reached[k]
			between.merge(p.between[k])
		}
		rows[k].Between = spread(between, times.of(k), q.Quantiles)
	}
	return rows
}
