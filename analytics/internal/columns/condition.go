package columns

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// condition compiles a condition on a field.
func (c *compiler) condition(w report.Filter) (filter, error) {
	if w.Op == report.AtLeast || w.Op == report.LessThan {
		return filter{test: c.measure(w)}, nil
	}
	fits := fitting(w)
	switch w.Field {
	case report.FieldUser:
		users := tableOf(len(c.set.Users), func(i int) bool { return fits(c.set.Users[i]) })
		return filter{test: func(s *Segment, i uint32) bool { return users[s.user[i]] }}, nil
	case report.FieldSession:
		return c.session(w, fits)
	case report.FieldPage, report.FieldRoute, report.FieldScreen:
		return filter{test: c.pages(w, fits)}, nil
	case report.FieldAction:
		names := tableOf(len(c.set.Actions), func(i int) bool { return fits(c.set.Actions[i]) })
		return filter{test: several(w.Op, fits, nil, names, (*Segment).actionsOf)}, nil
	default:
		if experiment, ok := strings.CutPrefix(string(w.Field), string(report.FieldArm)); ok {
			return c.arm(experiment, fits)
		}
		return c.dimension(report.Dimension(w.Field), fits), nil
	}
}

// fitting returns whether a single value fits the condition.
func fitting(w report.Filter) func(string) bool {
	if w.Op == report.Matches {
		return func(text string) bool {
			return slices.ContainsFunc(w.Values, func(pattern string) bool { return matches(pattern, text) })
		}
	}
	values := map[string]bool{}
	for _, v := range w.Values {
		values[v] = true
	}
	return func(text string) bool { return values[text] != (w.Op == report.IsNot) }
}

// tableOf returns what fits says of the codes below n.
func tableOf(n int, fits func(code int) bool) []bool {
	table := make([]bool, n)
	for code := range table {
		table[code] = fits(code)
	}
	return table
}

// measure compiles a condition on what counts or measures a visit.
func (c *compiler) measure(w report.Filter) condition {
	unit := time.Duration(1)
	if w.Field == report.FieldDuration || w.Field == report.FieldEngagement {
		unit = 1000 // milliseconds
	}
	bound, below := leastWhole(w.Values[0], unit), w.Op == report.LessThan
	fits := func(n int64) bool { return n < bound == below }
	newest := c.set.Newest
	switch w.Field {
	case report.FieldViews:
		return func(s *Segment, i uint32) bool { return fits(int64(s.views[i+1] - s.views[i])) }
	case report.FieldActions:
		return func(s *Segment, i uint32) bool { return fits(int64(s.actions[i+1] - s.actions[i])) }
	case report.FieldEngagement:
		return func(s *Segment, i uint32) bool { return s.engaged[i] >= 0 && fits(s.engaged[i]) }
	default:
		return func(s *Segment, i uint32) bool { return s.over(i, newest) && fits(s.last[i]-s.start[i]) }
	}
}

// pages compiles a condition on the pages, routes or screens that were viewed.
func (c *compiler) pages(w report.Filter, fits func(string) bool) condition {
	counts := tableOf(len(c.set.Pages), func(i int) bool {
		return i != 0 && c.set.Pages[i].Screen == (w.Field == report.FieldScreen)
	})
	pages := tableOf(len(c.set.Pages), func(i int) bool {
		if w.Field == report.FieldRoute {
			return fits(c.set.Pages[i].route())
		}
		return fits(c.set.Pages[i].Name)
	})
	return several(w.Op, fits, counts, pages, (*Segment).pagesOf)
}

// route returns the route, or the path where there is none.
func (p *Page) route() string {
	if p.Route == "" {
		return p.Name
	}
	return p.Route
}

func (s *Segment) pagesOf(i uint32) []uint32   { return s.viewPage[s.views[i]:s.views[i+1]] }
func (s *Segment) actionsOf(i uint32) []uint32 { return s.actionName[s.actions[i]:s.actions[i+1]] }

// several compiles a condition on several values, of which those count that counts
// says; nil: all. One that fits is enough, but for IsNot every one has to. Where
// there is no value, it is the empty one.
func several(op report.Op, fits func(string) bool, counts, table []bool, values func(*Segment, uint32) []uint32) condition {
	every, none := op == report.IsNot, fits("")
	return func(s *Segment, i uint32) bool {
		some := false
		for _, code := range values(s, i) {
			if counts != nil && !counts[code] {
				continue
			}
			if table[code] != every {
				return !every
			}
			some = true
		}
		if !some {
			return none
		}
		return every
	}
}

// session compiles a condition on the ID of the visitor.
func (c *compiler) session(w report.Filter, fits func(string) bool) (filter, error) {
	set := c.set
	visitors := make([]bool, len(set.First))
	if w.Op != report.Matches && set.Find != nil {
		for i := range visitors {
			visitors[i] = w.Op == report.IsNot
		}
		codes, err := set.Find(w.Values)
		if err != nil {
			return filter{}, fmt.Errorf("columns: find visitors: %w", err)
		}
		for _, code := range codes {
			if code > 0 && int64(code) < int64(len(visitors)) {
				visitors[code] = w.Op == report.Is
			}
		}
		return filter{test: func(s *Segment, i uint32) bool { return visitors[s.visitor[i]] }}, nil
	}
	for _, s := range set.Segments {
		if err := set.holds(s); err != nil {
			return filter{}, err
		}
		for _, v := range s.visitor {
			visitors[v] = true
		}
	}
	var codes []uint32
	for v, here := range visitors {
		if here {
			codes = append(codes, uint32(v))
		}
	}
	ids, err := set.ids(codes)
	if err != nil {
		return filter{}, err
	}
	for i, code := range codes {
		visitors[code] = fits(ids[i])
	}
	return filter{test: func(s *Segment, i uint32) bool { return visitors[s.visitor[i]] }}, nil
}

// ids returns the IDs of visitors, in their order.
func (set *Set) ids(visitors []uint32) ([]string, error) {
	if len(visitors) == 0 {
		return nil, nil
	}
	ids, err := set.Visitors(visitors)
	if err != nil {
		return nil, fmt.Errorf("columns: IDs of visitors: %w", err)
	}
	if len(ids) != len(visitors) {
		return nil, fmt.Errorf("columns: %d IDs of %d visitors", len(ids), len(visitors))
	}
	return ids, nil
}

// arm compiles a condition on the arm of an experiment.
func (c *compiler) arm(experiment string, fits func(string) bool) (filter, error) {
	assigned, err := c.set.Assigned(experiment)
	if err != nil {
		return filter{}, fmt.Errorf("columns: arms of %q: %w", experiment, err)
	}
	arms := tableOf(len(c.set.Arms), func(i int) bool { return fits(c.set.Arms[i].Name) })
	arms[0] = fits("")
	for _, arm := range assigned {
		if int64(arm) >= int64(len(arms)) {
			return filter{}, fmt.Errorf("columns: arm %d of %q, of which there are %d", arm, experiment, len(arms))
		}
	}
	return filter{test: func(s *Segment, i uint32) bool {
		if v := int64(s.visitor[i]); v < int64(len(assigned)) {
			return arms[assigned[v]]
		}
		return arms[0]
	}}, nil
}

// dimension compiles a condition on the value of a dimension.
func (c *compiler) dimension(d report.Dimension, fits func(string) bool) filter {
	if byTime(d) {
		return filter{test: c.time(newCalendar(d, c.loc), fits)}
	}
	dim := newDimension(c.set, d, c.loc, nil)
	values := tableOf(len(dim.texts), func(i int) bool { return fits(dim.texts[i]) })
	if dim.origins != nil {
		return filter{origins: tableOf(len(dim.origins), func(i int) bool { return values[dim.origins[i]] })}
	}
	return filter{test: func(s *Segment, i uint32) bool { return values[dim.code(s, i)] }}
}

// time compiles a condition on the period in which a visit started, which the
// periods of the set decide in advance.
func (c *compiler) time(cal calendar, fits func(string) bool) condition {
	var spans []period // those that fit, in their order
	for _, s := range c.set.Segments {
		for _, p := range cal.pieces(nil, s.hour*hour, (s.hour+1)*hour) {
			if !fits(cal.text(p.number)) {
				continue
			}
			if n := len(spans); n > 0 && spans[n-1].to == p.from {
				spans[n-1].to = p.to
			} else {
				spans = append(spans, p.period)
			}
		}
	}
	return func(s *Segment, i uint32) bool {
		_, found := slices.BinarySearchFunc(spans, s.start[i], func(p period, t int64) int {
			switch {
			case t < p.from:
				return 1
			case t >= p.to:
				return -1
			default:
				return 0
			}
		})
		return found
	}
}
