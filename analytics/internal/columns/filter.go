package columns

import (
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// condition reports whether something holds for visit i of s.
type condition func(s *Segment, i uint32) bool

// filter is a report.Filter, compiled: a table of the origins for which it holds,
// where they decide, or else a condition. With neither it always holds.
type filter struct {
	origins []bool
	test    condition
}

// compiler compiles filters for the visits of a set. What it makes may be used from
// several goroutines at once.
type compiler struct {
	set *Set
	loc *time.Location
}

// filter compiles w, which has no faults.
func (c *compiler) filter(w report.Filter) (filter, error) {
	switch {
	case w.All != nil:
		return c.join(w.All, true)
	case w.Any != nil:
		return c.join(w.Any, false)
	case w.Not != nil:
		f, err := c.filter(*w.Not)
		return f.not(), err
	case w.Field != "":
		return c.condition(w)
	default:
		return filter{}, nil
	}
}

// join compiles what holds where every one of parts does, or where one does.
func (c *compiler) join(parts []report.Filter, every bool) (filter, error) {
	var origins []bool
	var tests []condition
	for _, part := range parts {
		f, err := c.filter(part)
		switch {
		case err != nil:
			return filter{}, err
		case f.test != nil:
			tests = append(tests, f.test)
		case f.origins == nil && !every: // it always holds, and so does the whole
			return filter{}, nil
		case f.origins == nil:
		case origins == nil:
			origins = f.origins
		default:
			for i, holds := range f.origins {
				origins[i] = every && origins[i] && holds || !every && (origins[i] || holds)
			}
		}
	}
	switch {
	case len(parts) == 0 && !every: // no part holds
		return filter{}.not(), nil
	case len(tests) == 0:
		return filter{origins: origins}, nil
	}
	if origins != nil { // the cheapest goes first
		tests = slices.Insert(tests, 0, func(s *Segment, i uint32) bool { return origins[s.origin[i]] })
	}
	if len(tests) == 1 {
		return filter{test: tests[0]}, nil
	}
	return filter{test: func(s *Segment, i uint32) bool {
		for _, test := range tests {
			if test(s, i) != every {
				return !every
			}
		}
		return every
	}}, nil
}

// not returns what holds where f does not.
func (f filter) not() filter {
	switch {
	case f.test != nil:
		return filter{test: func(s *Segment, i uint32) bool { return !f.test(s, i) }}
	case f.origins == nil:
		return filter{test: func(*Segment, uint32) bool { return false }}
	}
	for i := range f.origins {
		f.origins[i] = !f.origins[i]
	}
	return f
}
