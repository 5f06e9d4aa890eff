package columns

import (
	"cmp"
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Pages answers report.Warehouse.Pages.
func Pages(ctx context.Context, set *Set, q report.PagesQuery) ([]report.Page, error) {
	if err := checkPages(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	p := &pages{set: sel.set, rows: make([]int32, len(sel.set.Pages)), spread: len(q.Quantiles) > 0}
	var names dictionary
	for i := range p.rows {
		p.rows[i] = -1
		page := &sel.set.Pages[i]
		if i == 0 || page.Screen != (q.Kind == report.ByScreen) {
			continue
		}
		name := page.Name
		if q.Kind == report.ByRoute {
			name = page.route()
		}
		p.rows[i] = int32(names.code(name)) //nolint:gosec // a code (G115)
	}
	p.names = names.texts
	parts, err := scan(ctx, sel, p.part, p.add)
	if err != nil {
		return nil, err
	}
	return p.answer(parts, q), nil
}

// pages is how to come by the answer to a PagesQuery.
type pages struct {
	set    *Set
	rows   []int32  // by page; -1: not asked for
	names  []string // by row
	spread bool     // with quantiles
}

// pagesPart is how the pages did in some visits, by row.
type pagesPart struct {
	pages []pageTally
	seen  []uint64 // by row: the latest visit with it
	visit uint64   // this one, counted from 1

	visitors pairs[uint32]
	times    pairs[int32]
}

type pageTally struct {
	n     report.Page
	times sum
}

func (p *pages) part(visits int) *pagesPart {
	part := &pagesPart{pages: make([]pageTally, len(p.names)), seen: make([]uint64, len(p.names))}
	part.visitors.grow(2 * visits) // that many pages are a modest visit
	if p.spread {
		part.times.grow(2 * visits)
	}
	return part
}

// add counts the views of visits of s.
func (p *pages) add(part *pagesPart, _ int, s *Segment, visits []uint32) {
	for _, i := range visits {
		part.visit++
		from, to := s.views[i], s.views[i+1]
		for v := from; v < to; v++ {
			row := p.rows[s.viewPage[v]]
			if row < 0 {
				continue
			}
			t := &part.pages[row]
			t.n.Views++
			if part.seen[row] != part.visit {
				part.seen[row] = part.visit
				t.n.Visits++
				part.visitors.add(uint32(row), s.visitor[i])
			}
			time := int64(s.viewEngaged[v])
			if time < 0 && v+1 < to {
				time = min(s.viewTime[v+1]-s.viewTime[v], engagedMost)
			}
			if time >= 0 {
				t.times.add(time)
				if p.spread {
					part.times.add(uint32(row), int32(time))
				}
			}
		}
		if from == to {
			continue
		}
		over := s.over(i, p.set.Newest)
		if row := p.rows[s.viewPage[from]]; row >= 0 {
			t := &part.pages[row]
			t.n.Entries++
			if over {
				t.n.Judged++
				if s.bounced(i) {
					t.n.Bounces++
				}
			}
		}
		if row := p.rows[s.viewPage[to-1]]; row >= 0 && over {
			part.pages[row].n.Exits++
		}
	}
}

// answer puts the parts together.
func (p *pages) answer(parts []*pagesPart, q report.PagesQuery) []report.Page {
	whole := parts[0].pages
	for _, part := range parts[1:] {
		for row := range whole {
			a, b := &whole[row], &part.pages[row]
			a.n.Views += b.n.Views
			a.n.Visits += b.n.Visits
			a.n.Entries += b.n.Entries
			a.n.Exits += b.n.Exits
			a.n.Judged += b.n.Judged
			a.n.Bounces += b.n.Bounces
			a.times.merge(b.times)
		}
	}
	n := len(p.names)
	visitors := distinct(gather(n, column(parts, func(p *pagesPart) *pairs[uint32] { return &p.visitors }), nil), len(p.set.First))
	times := gather(n, column(parts, func(p *pagesPart) *pairs[int32] { return &p.times }), nil)
	each(n, workers(len(times.values)/share), func(_, row int) {
		t := &whole[row]
		t.n.Name, t.n.Visitors = p.names[row], visitors[row]
		t.n.Time = spread(t.times, times.of(row), q.Quantiles)
	})
	var rows []report.Page
	for row := range whole {
		if whole[row].n.Views > 0 {
			rows = append(rows, whole[row].n)
		}
	}
	slices.SortFunc(rows, func(a, b report.Page) int {
		return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(a.Name, b.Name))
	})
	return limited(rows, q.Limit)
}
