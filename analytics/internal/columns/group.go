package columns

import (
	"cmp"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// slotsMost is for how many combinations of values a table is made.
const slotsMost = 1 << 18

// totalsPart is what some visits come to. What is told apart by group goes by the
// part's own numbers of groups.
type totalsPart struct {
	slots  []uint64 // of the visits at hand
	maybe  []bool   // by those visits: the first of the visitor, as far as the moment tells
	groups []tally
	table  []uint32          // by slot: group + 1
	sparse map[uint64]uint32 // in place of the table, if it were too large

	visitors, users       pairs[uint32]
	durations, engagement pairs[int64]
	revenue               map[money]int64
}

// tally is what the visits of a group come to, but for what has to be gathered.
type tally struct {
	slot       uint64
	n          report.Totals
	durations  sum
	engagement sum
}

// money is a currency of a group.
type money struct{ group, currency uint32 }

func (t *totals) part(visits int) *totalsPart {
	p := &totalsPart{revenue: map[money]int64{}}
	p.visitors.grow(visits)
	if t.spread {
		p.durations.grow(visits)
		p.engagement.grow(visits)
	}
	if t.slots <= slotsMost {
		p.table = make([]uint32, t.slots)
	} else {
		p.sparse = map[uint64]uint32{}
	}
	return p
}

// group returns the number of the group of a slot.
func (p *totalsPart) group(slot uint64) uint32 {
	var n uint32
	if p.table != nil {
		n = p.table[slot]
	} else {
		n = p.sparse[slot]
	}
	if n > 0 {
		return n - 1
	}
	p.groups = append(p.groups, tally{slot: slot})
	n = uint32(len(p.groups)) //nolint:gosec // not more than visits (G115)
	if p.table != nil {
		p.table[slot] = n
	} else {
		p.sparse[slot] = n
	}
	return n - 1
}

// merge adds o to g.
func (g *tally) merge(o *tally) {
	g.n.Visits += o.n.Visits
	g.n.UnderWay += o.n.UnderWay
	g.n.WithUser += o.n.WithUser
	g.n.NewVisits += o.n.NewVisits
	g.n.WithView += o.n.WithView
	g.n.Views += o.n.Views
	g.n.Actions += o.n.Actions
	g.n.Judged += o.n.Judged
	g.n.Bounces += o.n.Bounces
	g.n.SinglePage += o.n.SinglePage
	g.n.Purchases += o.n.Purchases
	g.n.Converted += o.n.Converted
	g.durations.merge(o.durations)
	g.engagement.merge(o.engagement)
}

// answer puts the parts together.
func (t *totals) answer(parts []*totalsPart, q report.TotalsQuery) []report.Group {
	whole := t.part(0)
	if len(q.By) == 0 {
		whole.group(0) // also when there is no visit
	}
	for _, p := range parts {
		for i := range p.groups {
			whole.groups[whole.group(p.groups[i].slot)].merge(&p.groups[i])
		}
	}
	slots := t.order(whole.groups, q.Limit)
	n := len(slots)
	// Only what is in the answer is gathered.
	rows := map[uint64]uint32{}
	groups := make([]report.Group, n)
	tallies := make([]*tally, n)
	for row, slot := range slots {
		rows[slot] = uint32(row)
		tallies[row] = &whole.groups[whole.group(slot)]
		groups[row] = report.Group{Key: t.key(slot), Totals: tallies[row].n}
		groups[row].Revenue = map[string]int64{}
	}
	renumber := make([][]uint32, len(parts))
	for at, p := range parts {
		for i := range p.groups {
			row, ok := rows[p.groups[i].slot]
			if !ok {
				row = leftOut
			}
			renumber[at] = append(renumber[at], row)
		}
		for key, value := range p.revenue {
			if row := renumber[at][key.group]; row != leftOut {
				groups[row].Revenue[t.set.Currencies[key.currency]] += value
			}
		}
	}
	visitors := distinct(gather(n, column(parts, func(p *totalsPart) *pairs[uint32] { return &p.visitors }), renumber), len(t.set.First))
	users := distinct(gather(n, column(parts, func(p *totalsPart) *pairs[uint32] { return &p.users }), renumber), len(t.set.Users))
	durations := gather(n, column(parts, func(p *totalsPart) *pairs[int64] { return &p.durations }), renumber)
	engagement := gather(n, column(parts, func(p *totalsPart) *pairs[int64] { return &p.engagement }), renumber)
	each(2*n, workers(len(durations.values)/share), func(_, i int) { // the two of a group at once
		g, row := tallies[i/2], &groups[i/2]
		if i%2 == 0 {
			row.Visitors, row.Users = visitors[i/2], users[i/2]
			row.Duration = spread(g.durations, durations.of(i/2), q.Quantiles)
		} else {
			row.Engagement = spread(g.engagement, engagement.of(i/2), q.Quantiles)
		}
	})
	return groups
}

// order returns the slots of the groups that are answered with, in the order of the
// answer.
func (t *totals) order(groups []tally, limit int) []uint64 {
	ranks := make([][]uint64, len(t.by))
	for d, dim := range t.by {
		ranks[d] = dim.ranks()
	}
	type place struct {
		visits int64
		rank   uint64 // of the key
		slot   uint64
	}
	places := make([]place, len(groups))
	for i := range groups {
		p := place{visits: groups[i].n.Visits, slot: groups[i].slot}
		slot, unit := p.slot, uint64(1)
		for _, ranks := range slices.Backward(ranks) {
			n := uint64(len(ranks))
			p.rank += ranks[slot%n] * unit
			slot, unit = slot/n, unit*n
		}
		places[i] = p
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.visits, a.visits), cmp.Compare(a.rank, b.rank))
	})
	var slots []uint64
	for _, p := range limited(places, limit) {
		slots = append(slots, p.slot)
	}
	return slots
}

// key returns the values of a slot.
func (t *totals) key(slot uint64) []string {
	key := make([]string, len(t.by))
	for d, dim := range slices.Backward(t.by) {
		n := uint64(len(dim.texts))
		key[d] = dim.texts[slot%n]
		slot /= n
	}
	return key
}

// column returns one column of each part.
func column[P, T any](parts []P, of func(P) *pairs[T]) []*pairs[T] {
	columns := make([]*pairs[T], len(parts))
	for i, p := range parts {
		columns[i] = of(p)
	}
	return columns
}

// limited returns the first rows; with 0 all.
func limited[T any](rows []T, limit int) []T {
	if limit > 0 && len(rows) > limit {
		return rows[:limit]
	}
	return rows
}
