package columns

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// originText are the dimensions that an origin alone decides.
var originText = map[report.Dimension]func(*Origin) string{
	report.BySource:   func(o *Origin) string { return o.Source },
	report.ByMedium:   func(o *Origin) string { return o.Medium },
	report.ByCampaign: func(o *Origin) string { return o.Campaign },
	report.ByTerm:     func(o *Origin) string { return o.Term },
	report.ByContent:  func(o *Origin) string { return o.Content },
	report.ByChannel:  func(o *Origin) string { return o.Channel },
	report.ByReferrer: func(o *Origin) string { return o.Referrer },
	report.ByPlatform: func(o *Origin) string { return o.Platform },
	report.ByDevice:   func(o *Origin) string { return o.Device },
	report.ByBrowser:  func(o *Origin) string { return o.Browser },
	report.ByOS:       func(o *Origin) string { return o.OS },
	report.ByLanguage: func(o *Origin) string { return o.Language },
	report.ByBot:      func(o *Origin) string { return o.Bot },
}

// known reports whether d is a dimension.
func known(d report.Dimension) bool {
	switch d {
	case report.ByEntry, report.ByExit, report.ByVisitor, report.ByLogin, report.ByEnd:
		return true
	default:
		return originText[d] != nil || byTime(d)
	}
}

// byTime reports whether d is a dimension by time.
func byTime(d report.Dimension) bool {
	switch d {
	case report.ByHour, report.ByDay, report.ByWeek, report.ByMonth:
		return true
	default:
		return false
	}
}

// dimension gives visits the code of their value.
type dimension struct {
	dictionary
	origins []uint32                          // by origin; nil: not decided by it
	pieces  [][]piece                         // by segment, with codes as numbers; nil: not by time
	code    func(s *Segment, i uint32) uint32 // otherwise
}

// newDimension compiles d for the visits of a set. Those by time look at the
// segments of a selection alone; the others need none.
func newDimension(set *Set, d report.Dimension, loc *time.Location, sel *selection) *dimension {
	dim := &dimension{}
	switch {
	case originText[d] != nil:
		dim.origins = make([]uint32, len(set.Origins))
		text := originText[d]
		for i := range set.Origins {
			dim.origins[i] = dim.dictionary.code(text(&set.Origins[i]))
		}
	case byTime(d):
		dim.divide(set, newCalendar(d, loc), sel)
	case d == report.ByEntry || d == report.ByExit:
		dim.code = dim.pageOf(set, d == report.ByExit)
	case d == report.ByVisitor:
		returning, first := dim.dictionary.code("returning"), dim.dictionary.code("new")
		dim.code = func(s *Segment, i uint32) uint32 {
			if set.first(s, i) {
				return first
			}
			return returning
		}
	case d == report.ByLogin:
		no, yes := dim.dictionary.code("no"), dim.dictionary.code("yes")
		dim.code = func(s *Segment, i uint32) uint32 {
			if s.user[i] != 0 {
				return yes
			}
			return no
		}
	case d == report.ByEnd:
		dim.code = dim.endOf(set)
	}
	return dim
}

// divide gives each segment of the selection its pieces.
func (dim *dimension) divide(set *Set, c calendar, sel *selection) {
	dim.pieces = make([][]piece, len(set.Segments))
	last, code := int64(-1), uint32(0)
	for at, s := range set.Segments {
		if !sel.reaches(s) {
			continue
		}
		pieces := c.pieces(nil, s.hour*hour, (s.hour+1)*hour)
		for i := range pieces {
			if n := pieces[i].number; n != last || len(dim.texts) == 0 {
				last, code = n, dim.dictionary.code(c.text(n))
			}
			pieces[i].number = int64(code)
		}
		dim.pieces[at] = pieces
	}
}

// pageOf returns the code of the name of the first or of the last page.
func (dim *dimension) pageOf(set *Set, last bool) func(s *Segment, i uint32) uint32 {
	none := dim.dictionary.code("")
	pages := make([]uint32, len(set.Pages))
	for i := range set.Pages {
		pages[i] = dim.dictionary.code(set.Pages[i].Name)
	}
	return func(s *Segment, i uint32) uint32 {
		from, to := s.views[i], s.views[i+1]
		switch {
		case from == to:
			return none
		case last:
			return pages[s.viewPage[to-1]]
		default:
			return pages[s.viewPage[from]]
		}
	}
}

// endOf returns the code of how a visit ended.
func (dim *dimension) endOf(set *Set) func(s *Segment, i uint32) uint32 {
	underWay, unknown := dim.dictionary.code("under way"), dim.dictionary.code("unknown")
	ends := make([]uint32, len(set.Ends))
	for i, reason := range set.Ends {
		ends[i] = dim.dictionary.code(string(reason))
	}
	return func(s *Segment, i uint32) uint32 {
		switch {
		case s.end[i] != UnderWay:
			return ends[s.end[i]]
		case s.over(i, set.Newest):
			return unknown
		default:
			return underWay
		}
	}
}

// add multiplies each slot by the number of values, and adds the code of its visit.
func (dim *dimension) add(slots []uint64, at int, s *Segment, visits []uint32) {
	n := uint64(len(dim.texts))
	switch {
	case dim.origins != nil:
		for j, i := range visits {
			slots[j] = slots[j]*n + uint64(dim.origins[s.origin[i]])
		}
	case dim.pieces != nil:
		pieces := dim.pieces[at]
		for j, i := range visits { // in the order of their starts
			for s.start[i] >= pieces[0].to {
				pieces = pieces[1:]
			}
			slots[j] = slots[j]*n + uint64(pieces[0].number) //nolint:gosec // a code (G115)
		}
	default:
		for j, i := range visits {
			slots[j] = slots[j]*n + uint64(dim.code(s, i))
		}
	}
}
