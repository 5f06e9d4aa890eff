package columns

import (
	"cmp"
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Actions answers report.Warehouse.Actions.
func Actions(ctx context.Context, set *Set, q report.ActionsQuery) ([]report.Action, error) {
	if err := check(func(f *faults) { f.selection(q.Selection); f.limit(q.Limit) }); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	a := &actions{set: sel.set}
	for _, name := range sel.set.Actions {
		a.rows = append(a.rows, a.names.code(name))
	}
	parts, err := scan(ctx, sel, a.part, a.add)
	if err != nil {
		return nil, err
	}
	return a.answer(parts, q), nil
}

// actions is how to come by the answer to an ActionsQuery.
type actions struct {
	set   *Set
	rows  []uint32 // by action
	names dictionary
}

// actionsPart is how often each action was taken in some visits, by row.
type actionsPart struct {
	actions  []report.Action
	seen     []uint64 // by row: the latest visit with it
	visit    uint64   // this one, counted from 1
	visitors pairs[uint32]
	revenue  map[money]int64
}

func (a *actions) part(int) *actionsPart {
	n := len(a.names.texts)
	return &actionsPart{actions: make([]report.Action, n), seen: make([]uint64, n), revenue: map[money]int64{}}
}

// add counts the actions of visits of s.
func (a *actions) add(part *actionsPart, _ int, s *Segment, visits []uint32) {
	for _, i := range visits {
		part.visit++
		for j := s.actions[i]; j < s.actions[i+1]; j++ {
			row := a.rows[s.actionName[j]]
			t := &part.actions[row]
			t.Count++
			if part.seen[row] != part.visit {
				part.seen[row] = part.visit
				t.Visits++
				part.visitors.add(row, s.visitor[i])
			}
			if currency := s.actionCurrency[j]; currency != 0 {
				part.revenue[money{row, currency}] += s.actionValue[j]
			}
		}
	}
}

// answer puts the parts together.
func (a *actions) answer(parts []*actionsPart, q report.ActionsQuery) []report.Action {
	n := len(a.names.texts)
	whole := make([]report.Action, n)
	for _, part := range parts {
		for row := range whole {
			whole[row].Count += part.actions[row].Count
			whole[row].Visits += part.actions[row].Visits
		}
		for key, value := range part.revenue {
			t := &whole[key.group]
			if t.Revenue == nil {
				t.Revenue = map[string]int64{}
			}
			t.Revenue[a.set.Currencies[key.currency]] += value
		}
	}
	visitors := distinct(gather(n, column(parts, func(p *actionsPart) *pairs[uint32] { return &p.visitors }), nil), len(a.set.First))
	var rows []report.Action
	for row, t := range whole {
		if t.Count > 0 {
			t.Name, t.Visitors = a.names.texts[row], visitors[row]
			rows = append(rows, t)
		}
	}
	slices.SortFunc(rows, func(a, b report.Action) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return limited(rows, q.Limit)
}
