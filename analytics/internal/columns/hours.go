package columns

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Hours answers report.Warehouse.Hours. Views and actions count in the hour in
// which they happened.
func Hours(ctx context.Context, set *Set, q report.HoursQuery) ([]report.Hour, error) {
	if err := check(func(f *faults) { f.selection(q.Selection) }); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	h := hours{}
	calendar := newCalendar(report.ByHour, q.Location)
	var pieces []piece
	for _, span := range sel.spans() {
		pieces = calendar.pieces(pieces, span.from, span.to)
	}
	for _, p := range pieces {
		h.begins = append(h.begins, p.from)
	}
	parts, err := scan(ctx, sel, h.part, h.add)
	if err != nil {
		return nil, err
	}
	for _, p := range parts[1:] {
		parts[0].merge(p)
	}
	var rows []report.Hour
	active := int64(0)
	for i, c := range parts[0].counts {
		active += c.came - c.gone
		if active+c.started+c.views+c.actions == 0 {
			continue
		}
		rows = append(rows, report.Hour{
			Start:  time.UnixMilli(pieces[i].number).In(calendar.loc),
			Active: active, Started: c.started, Views: c.views, Actions: c.actions,
		})
	}
	return rows, nil
}

// spans returns when something happened in visits that can be selected, in stretches
// so far apart that no hour has a part of two.
func (sel *selection) spans() []period {
	var all []period
	for _, s := range sel.set.Segments {
		if s.Len() > 0 && sel.reaches(s) {
			all = append(all, s.span)
		}
	}
	slices.SortFunc(all, func(a, b period) int { return cmp.Compare(a.from, b.from) })
	var apart []period
	for _, span := range all {
		if last := len(apart) - 1; last >= 0 && span.from-apart[last].to < 2*hour {
			apart[last].to = max(apart[last].to, span.to)
		} else {
			apart = append(apart, span)
		}
	}
	return apart
}

// hours are the moments at which hours begin, in their order, but for the first of a
// span, which has begun at its. Nothing happens between two spans.
type hours struct{ begins []int64 }

// hoursPart is what happened in each hour.
type hoursPart struct{ counts []hourCount }

// hourCount is what happened in an hour. Visits that have come are active until the
// hour in which they are gone, that one not included.
type hourCount struct{ came, gone, started, views, actions int64 }

func (h *hours) part(int) *hoursPart { return &hoursPart{counts: make([]hourCount, len(h.begins)+1)} }

// find returns the hour of t, which is near the hour from.
func (h *hours) find(from int, t int64) int {
	const near = 4
	for range near {
		if t < h.begins[from] {
			break
		}
		if from+1 == len(h.begins) || t < h.begins[from+1] {
			return from
		}
		from++
	}
	return sort.Search(len(h.begins), func(i int) bool { return t < h.begins[i] }) - 1
}

func (h *hours) add(p *hoursPart, _ int, s *Segment, visits []uint32) {
	at := h.find(0, s.start[visits[0]])
	for _, i := range visits {
		at = h.find(at, s.start[i])
		p.counts[at].started++
		p.counts[at].came++
		p.counts[h.find(at, s.last[i])+1].gone++
		now := at
		for _, t := range s.viewTime[s.views[i]:s.views[i+1]] {
			now = h.find(now, t)
			p.counts[now].views++
		}
		now = at
		for _, t := range s.actionTime[s.actions[i]:s.actions[i+1]] {
			now = h.find(now, t)
			p.counts[now].actions++
		}
	}
}

func (p *hoursPart) merge(o *hoursPart) {
	for i := range p.counts {
		a, b := &p.counts[i], &o.counts[i]
		a.came += b.came
		a.gone += b.gone
		a.started += b.started
		a.views += b.views
		a.actions += b.actions
	}
}
