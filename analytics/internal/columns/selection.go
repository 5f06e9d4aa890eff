package columns

import (
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// selection is a report.Selection, compiled for one question to one set.
type selection struct {
	set     *Set
	period  period
	origins []bool    // by origin: may the visit count?
	test    condition // the other conditions; nil: none
}

// newSelection compiles s, which has no faults.
func newSelection(set *Set, s report.Selection) (*selection, error) {
	sel := everybody(set, s.Bots)
	f, err := (&compiler{set: sel.set, loc: s.Location}).filter(s.Where)
	if err != nil {
		return nil, err
	}
	sel.period = periodOf(s)
	sel.test = f.test
	if f.origins != nil {
		for i := range sel.origins {
			sel.origins[i] = sel.origins[i] && f.origins[i]
		}
	}
	return sel, nil
}

// everybody selects all visits of people, or of bots.
func everybody(set *Set, bots bool) *selection {
	set = set.complete()
	sel := &selection{set: set, period: periodOf(report.Selection{}), origins: make([]bool, len(set.Origins))}
	for i := range set.Origins {
		sel.origins[i] = (set.Origins[i].Bot != "") == bots
	}
	return sel
}

// reaches reports whether visits of s can be selected.
func (sel *selection) reaches(s *Segment) bool {
	begin := s.hour * hour
	return begin < sel.period.to && begin+hour > sel.period.from
}

// visits appends to out those of s that are selected, in their order.
func (sel *selection) visits(s *Segment, out []uint32) []uint32 {
	begin := s.hour * hour
	whole := sel.period.from <= begin && begin+hour <= sel.period.to
	for at, origin := range s.origin {
		i := uint32(at)
		if sel.origins[origin] && (whole || sel.period.has(s.start[i])) && (sel.test == nil || sel.test(s, i)) {
			out = append(out, i)
		}
	}
	return out
}

// complete returns set with an entry for none in each list.
func (set *Set) complete() *Set {
	c := *set
	c.First = orNone(c.First)
	c.Users = orNone(c.Users)
	c.Pages = orNone(c.Pages)
	c.Origins = orNone(c.Origins)
	c.Actions = orNone(c.Actions)
	c.Currencies = orNone(c.Currencies)
	c.Arms = orNone(c.Arms)
	c.Ends = orNone(c.Ends)
	return &c
}

func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return make([]T, 1)
	}
	return list
}

// first reports whether visit i of s is the first of its visitor.
func (set *Set) first(s *Segment, i uint32) bool {
	if s.start[i] != set.First[s.visitor[i]] {
		return false
	}
	for j := int(i) - 1; j >= 0 && s.start[j] == s.start[i]; j-- {
		if s.visitor[j] == s.visitor[i] {
			return false
		}
	}
	return true
}

// Select returns which visits, by Visit.ID, are selected.
func Select(ctx context.Context, set *Set, s report.Selection) (func(visit int64) bool, error) {
	if err := check(func(f *faults) { f.selection(s) }); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, s)
	if err != nil {
		return nil, err
	}
	parts, err := scan(ctx, sel, func(int) *[]int64 { return new([]int64) }, func(ids *[]int64, _ int, s *Segment, visits []uint32) {
		for _, i := range visits {
			*ids = append(*ids, s.id[i])
		}
	})
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, part := range parts {
		ids = append(ids, *part...)
	}
	slices.Sort(ids)
	return func(visit int64) bool {
		_, selected := slices.BinarySearch(ids, visit)
		return selected
	}, nil
}
