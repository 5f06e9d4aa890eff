package report

import (
	"cmp"
	"context"
	"slices"
)

// PagesOptions says how [Pages] are made.
type PagesOptions struct {
	Kind  PageKind // empty: ByPath
	Limit int      // of rows; 0: all
	Least bool     // the least viewed first
}

// Pages tells how pages, routes or screens did.
type Pages struct {
	About

	Kind   PageKind  `json:"kind"`
	Views  int64     `json:"views"`  // of all rows, those that the limit left out included
	Rows   []PageRow `json:"rows"`   // the most viewed first, unless asked for the least
	Beyond int64     `json:"beyond"` // how many rows the limit left out
}

// PageRow is how one page did. A page that was not viewed in the period has no
// row.
type PageRow struct {
	Name       string   `json:"name"`
	Share      *float64 `json:"share"` // of the views
	Views      Number   `json:"views"`
	Visits     int64    `json:"visits"`
	Visitors   int64    `json:"visitors"`
	Entries    Number   `json:"entries"`
	Exits      Number   `json:"exits"`
	ExitRate   Number   `json:"exit_rate"`
	BounceRate Number   `json:"bounce_rate"` // of the visits that entered here
	MedianTime Number   `json:"median_time"`
	MeanTime   Number   `json:"mean_time"`
}

// Pages returns the pages that were viewed.
func (r *Reports) Pages(ctx context.Context, req Request, o PagesOptions) (*Pages, error) {
	o.Kind = cmp.Or(o.Kind, ByPath)
	faults := []error{checkLimit(o.Limit)}
	switch o.Kind {
	case ByPath, ByRoute, ByScreen:
	default:
		faults = append(faults, fault("pages are told apart by path, route or screen, not %q", o.Kind))
	}
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	asked := PagesQuery{Selection: q.Selection, Kind: o.Kind, Quantiles: quantiles}
	var pages, before []Page
	questions := []func(context.Context) error{into(&pages, r.warehouse.Pages, asked)}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&before, r.warehouse.Pages, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	report := &Pages{About: q.about(), Kind: o.Kind, Rows: []PageRow{}}
	for _, p := range pages {
		report.Views += p.Views
	}
	if o.Least {
		slices.Reverse(pages)
	}
	earlier := map[string]Page{}
	for _, p := range before {
		earlier[p.Name] = p
	}
	shown := limited(pages, o.Limit)
	report.Beyond = int64(len(pages) - len(shown))
	for _, p := range shown {
		row := pageRow(p)
		row.Share = shareOf(p.Views, report.Views)
		if q.before != nil {
			old := pageRow(earlier[p.Name])
			was := old.numbers()
			for i, n := range row.numbers() {
				compare(n, *was[i], q.Better)
			}
		}
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

func pageRow(p Page) PageRow {
	unknown := LeftOut{"views whose time is unknown", p.Views - p.Time.N}
	underWay := LeftOut{"visits under way that entered here", p.Entries - p.Judged}
	return PageRow{
		Name:       p.Name,
		Views:      count("views", p.Views, p.Visits),
		Visits:     p.Visits,
		Visitors:   p.Visitors,
		Entries:    count("entries", p.Entries, p.Visits),
		Exits:      count("exits", p.Exits, p.Visits),
		ExitRate:   quotient("exit rate", UnitShare, p.Exits, p.Views),
		BounceRate: quotient("bounce rate", UnitShare, p.Bounces, p.Judged, underWay),
		MedianTime: quantile("time on page", "median", p.Time, 0, unknown),
		MeanTime:   mean("time on page", p.Time, unknown),
	}
}

func (r *PageRow) numbers() []*Number {
	return []*Number{&r.Views, &r.Entries, &r.Exits, &r.ExitRate, &r.BounceRate, &r.MedianTime, &r.MeanTime}
}

// Table returns a row a page.
func (p *Pages) Table() Table {
	compared := p.Compared != nil
	t := Table{Title: "Pages by " + string(p.Kind), Columns: []string{string(p.Kind), "share of views", "visits", "visitors"}}
	t.Columns = append(t.Columns, headings([]string{
		"views", "entries", "exits", "exit rate", "bounce rate", "median time on page", "mean time on page",
	}, compared)...)
	for _, row := range p.Rows {
		line := []Cell{text(row.Name), share(row.Share), whole(row.Visits), whole(row.Visitors)}
		for _, n := range row.numbers() {
			line = append(line, cells([]Number{*n}, compared)...)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}
