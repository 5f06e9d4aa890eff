package columns

import (
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// bounceBelow is the engagement in milliseconds with which a visit does not bounce
// any more.
const bounceBelow = 10_000

// bounced reports whether visit i, which has a view, bounced if it is over.
func (s *Segment) bounced(i uint32) bool {
	return s.views[i+1]-s.views[i] == 1 && s.actions[i] == s.actions[i+1] && s.engaged[i] < bounceBelow
}

// Totals answers report.Warehouse.Totals. An hour that the clock goes through twice
// is one, because both have the same key.
func Totals(ctx context.Context, set *Set, q report.TotalsQuery) ([]report.Group, error) {
	if err := checkTotals(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	t := &totals{set: sel.set, slots: 1, spread: len(q.Quantiles) > 0}
	for _, d := range q.By {
		dim := newDimension(sel.set, d, q.Location, sel)
		t.by = append(t.by, dim)
		t.slots *= uint64(len(dim.texts))
	}
	if q.Goal != nil {
		t.goal = newSteps(sel.set, *q.Goal)
	}
	parts, err := scan(ctx, sel, t.part, t.add)
	if err != nil {
		return nil, err
	}
	return t.answer(parts, q), nil
}

// totals is how to come by the answer to a TotalsQuery.
type totals struct {
	set    *Set
	by     []*dimension
	slots  uint64 // combinations of values
	goal   *steps // nil: none
	spread bool   // with quantiles
}

// add counts visits of s.
func (t *totals) add(p *totalsPart, at int, s *Segment, visits []uint32) {
	p.slots = slices.Grow(p.slots[:0], len(visits))[:len(visits)]
	clear(p.slots)
	for _, dim := range t.by {
		dim.add(p.slots, at, s, visits)
	}
	// Visitors are all over memory: asked for by themselves, they come together.
	p.maybe = p.maybe[:0]
	for _, i := range visits {
		p.maybe = append(p.maybe, s.start[i] == t.set.First[s.visitor[i]])
	}
	for j, i := range visits {
		group := p.group(p.slots[j])
		g := &p.groups[group]
		views := int64(s.views[i+1] - s.views[i])
		over := s.over(i, t.set.Newest)
		g.n.Visits++
		g.n.Views += views
		g.n.Actions += int64(s.actions[i+1] - s.actions[i])
		p.visitors.add(group, s.visitor[i])
		if s.user[i] != 0 {
			g.n.WithUser++
			p.users.add(group, s.user[i])
		}
		if p.maybe[j] && t.set.first(s, i) {
			g.n.NewVisits++
		}
		if views > 0 {
			g.n.WithView++
		}
		if t.goal != nil && t.goal.taken(s, i) {
			g.n.Converted++
		}
		if s.most.currency > 0 {
			for a := s.actions[i]; a < s.actions[i+1]; a++ {
				if currency := s.actionCurrency[a]; currency != 0 {
					g.n.Purchases++
					p.revenue[money{group, currency}] += s.actionValue[a]
				}
			}
		}
		if !over {
			g.n.UnderWay++
			continue
		}
		if views > 0 {
			g.n.Judged++
			if views == 1 {
				g.n.SinglePage++
			}
			if s.bounced(i) {
				g.n.Bounces++
			}
		}
		lasted, engaged := s.last[i]-s.start[i], s.engaged[i]
		g.durations.add(lasted)
		if t.spread {
			p.durations.add(group, lasted)
		}
		if engaged >= 0 {
			g.engagement.add(engaged)
			if t.spread {
				p.engagement.add(group, engaged)
			}
		}
	}
}
