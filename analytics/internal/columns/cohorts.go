package columns

import (
	"context"
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Cohorts answers report.Warehouse.Cohorts. Of a question about bots, the later
// visits are those of bots, too. See CohortsBounds for what the set must hold.
func Cohorts(ctx context.Context, set *Set, q report.CohortsQuery) ([]report.Cohort, error) {
	if err := checkCohorts(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	c := &cohorts{set: sel.set, calendar: newCalendar(q.Every, q.Location), periods: int64(q.Periods)}
	c.of = make([]int64, len(sel.set.First))
	for v := range c.of {
		c.of[v] = none
	}
	if _, err = scan(ctx, sel, c.part, c.first); err != nil {
		return nil, err
	}
	later := everybody(set, q.Bots)
	later.period.from = sel.period.from
	parts, err := scan(ctx, later, c.part, c.later)
	if err != nil {
		return nil, err
	}
	return c.answer(parts), nil
}

// none is the cohort of a visitor who is in none.
const none = math.MinInt64

// cohorts is how to come by the answer to a CohortsQuery.
type cohorts struct {
	set      *Set
	calendar calendar
	periods  int64
	of       []int64 // by visitor: the period of the first visit
}

// cohortsPart is in which periods visitors came, bit 0 being that of the cohort.
type cohortsPart struct {
	pieces []piece
	came   []uint64 // by visitor
}

func (c *cohorts) part(int) *cohortsPart { return &cohortsPart{} }

// first notes the cohorts of those whose first visits are among the visits. A
// visitor has one such visit, so that goroutines do not meet.
func (c *cohorts) first(p *cohortsPart, _ int, s *Segment, visits []uint32) {
	pieces := p.divide(c, s)
	for _, i := range visits {
		for s.start[i] >= pieces[0].to {
			pieces = pieces[1:]
		}
		if c.set.first(s, i) {
			c.of[s.visitor[i]] = pieces[0].number
		}
	}
}

// later notes the periods in which those came who are in a cohort.
func (c *cohorts) later(p *cohortsPart, _ int, s *Segment, visits []uint32) {
	if p.came == nil {
		p.came = make([]uint64, len(c.of))
	}
	pieces := p.divide(c, s)
	for _, i := range visits {
		for s.start[i] >= pieces[0].to {
			pieces = pieces[1:]
		}
		if cohort := c.of[s.visitor[i]]; cohort != none {
			if after := pieces[0].number - cohort; after >= 0 && after < c.periods {
				p.came[s.visitor[i]] |= 1 << after
			}
		}
	}
}

// divide returns what the hour of s is made of.
func (p *cohortsPart) divide(c *cohorts, s *Segment) []piece {
	p.pieces = c.calendar.pieces(p.pieces[:0], s.hour*hour, (s.hour+1)*hour)
	return p.pieces
}

// answer puts the parts together.
func (c *cohorts) answer(parts []*cohortsPart) []report.Cohort {
	newest := c.calendar.of(c.set.Newest)
	found := map[int64]*report.Cohort{}
	for v, number := range c.of {
		if number == none {
			continue
		}
		cohort := found[number]
		if cohort == nil {
			n := max(1, min(c.periods, newest-number+1))
			cohort = &report.Cohort{
				Start:    c.calendar.begin(number),
				Returned: make([]int64, n),
				Open:     number+n-1 == newest,
			}
			found[number] = cohort
		}
		cohort.Visitors++
		var came uint64
		for _, p := range parts {
			if p.came != nil {
				came |= p.came[v]
			}
		}
		for ; came != 0; came &= came - 1 {
			if after := bits.TrailingZeros64(came); after < len(cohort.Returned) {
				cohort.Returned[after]++
			}
		}
	}
	var rows []report.Cohort
	for _, number := range slices.Sorted(maps.Keys(found)) {
		rows = append(rows, *found[number])
	}
	return rows
}
