package report

import (
	"cmp"
	"context"
	"strings"
)

// PathsOptions says which [Paths] are meant.
type PathsOptions struct {
	After  string // the page or screen that paths begin with; empty: with the visit
	Length int    // of views, 1 to 10; the same page twice in a row is one; 0: 3
	Limit  int    // of rows; 0: all
}

// Paths tells by which pages visits began, or went on from one.
type Paths struct {
	About

	After  string    `json:"after,omitempty"`
	Length int       `json:"length"`
	Visits int64     `json:"visits"` // of all rows, those that the limit left out included
	Rows   []PathRow `json:"rows"`   // the most frequent first
	Beyond int64     `json:"beyond"` // how many rows the limit left out
}

// PathRow is how often one sequence of pages was gone. One that is shorter than
// Length ended there, or has got no further yet.
type PathRow struct {
	Pages  []string `json:"pages"`
	Visits int64    `json:"visits"`
	Share  *float64 `json:"share"` // of the visits with a path
}

// Paths returns the paths of the visits.
func (r *Reports) Paths(ctx context.Context, req Request, o PathsOptions) (*Paths, error) {
	o.Length = cmp.Or(o.Length, 3)
	faults := []error{checkLimit(o.Limit)}
	if o.Length < 1 || o.Length > 10 {
		faults = append(faults, fault("a path has 1 to 10 views, not %d", o.Length))
	}
	req.Compare = CompareNone
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	paths, err := r.warehouse.Paths(ctx, PathsQuery{Selection: q.Selection, After: o.After, Length: o.Length})
	if err != nil {
		return nil, err
	}
	report := &Paths{About: q.about(), After: o.After, Length: o.Length, Rows: []PathRow{}}
	for _, p := range paths {
		report.Visits += p.Visits
	}
	shown := limited(paths, o.Limit)
	report.Beyond = int64(len(paths) - len(shown))
	for _, p := range shown {
		report.Rows = append(report.Rows, PathRow{Pages: p.Pages, Visits: p.Visits, Share: shareOf(p.Visits, report.Visits)})
	}
	return report, nil
}

// Table returns a row a path.
func (p *Paths) Table() Table {
	t := Table{Title: "Paths", Columns: []string{"path", "visits", "share"}}
	for _, row := range p.Rows {
		t.Rows = append(t.Rows, []Cell{text(strings.Join(row.Pages, " > ")), whole(row.Visits), share(row.Share)})
	}
	return t
}
