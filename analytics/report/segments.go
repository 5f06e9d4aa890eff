package report

import "context"

// Segments is a comparison of segments side by side.
type Segments struct {
	About

	Segments []SegmentMetrics `json:"segments"` // in the order of the request
}

// SegmentMetrics is what the visits of one segment come to. The Before and Change
// of its numbers are about the first segment, not about another period.
type SegmentMetrics struct {
	Segment

	Share *float64 `json:"share"` // of the requested visits
	Metrics
}

// Segments puts the requested visits of segments, 1 to 10, side by side. They may
// overlap.
func (r *Reports) Segments(ctx context.Context, req Request, segments ...Segment) (*Segments, error) {
	var faults []error
	if len(segments) < 1 || len(segments) > 10 {
		faults = append(faults, fault("1 to 10 segments can be put side by side, not %d", len(segments)))
	}
	req.Compare = CompareNone
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	var all []Group
	found := make([][]Group, len(segments))
	questions := []func(context.Context) error{into(&all, r.warehouse.Totals, TotalsQuery{Selection: q.Selection})}
	for i, s := range segments {
		asked := TotalsQuery{Selection: q.Selection, Goal: q.Goal, Quantiles: quantiles}
		asked.Where = both(q.Where, s.Filter)
		questions = append(questions, into(&found[i], r.warehouse.Totals, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	report := &Segments{About: q.about()}
	goal := q.Goal != nil
	for i, s := range segments {
		t := sole(found[i])
		m := SegmentMetrics{Segment: s, Share: shareOf(t.Visits, sole(all).Visits), Metrics: metricsOf(t, goal)}
		if i > 0 {
			m.compare(metricsOf(sole(found[0]), goal), q.Better)
		}
		report.Segments = append(report.Segments, m)
	}
	return report, nil
}

// both returns a filter that lets through what a and b do.
func both(a, b Filter) Filter {
	switch {
	case a.zero():
		return b
	case b.zero():
		return a
	}
	return Filter{All: []Filter{a, b}}
}

// Table returns a row a metric, with a column a segment.
func (s *Segments) Table() Table {
	t := Table{Title: "Segments", Columns: []string{"metric", "unit"}}
	row := []Cell{text("share of visits"), text(string(UnitShare))}
	var names []string
	seen := map[string]Number{}
	for i := range s.Segments {
		t.Columns = append(t.Columns, s.Segments[i].Name)
		row = append(row, share(s.Segments[i].Share))
		for _, n := range s.Segments[i].list() {
			if _, ok := seen[n.Name()]; !ok {
				names = append(names, n.Name())
				seen[n.Name()] = *n
			}
		}
	}
	t.Rows = append(t.Rows, row)
	for _, name := range names {
		row := []Cell{text(name), text(string(seen[name].Unit))}
		for i := range s.Segments {
			n, _ := s.Segments[i].number(name)
			row = append(row, n.cell())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
