package report

import (
	"context"
	"slices"
	"strings"
)

// BreakdownOptions says how a [Breakdown] is made.
type BreakdownOptions struct {
	By      []Dimension // 1 or 2, different
	Metrics []string    // by the names of [Number.Name], or "revenue EUR"; default: see [Reports.Breakdown]
	Limit   int         // of rows; 0: all
	Least   bool        // the rows with the fewest visits first
}

// Breakdown tells visits apart by one or two dimensions.
type Breakdown struct {
	About

	By      []Dimension    `json:"by"`
	Metrics []string       `json:"metrics"`
	Total   []Number       `json:"total"`  // of all visits, in the order of Metrics
	Rows    []BreakdownRow `json:"rows"`   // the most visits first, unless asked for the least
	Beyond  int64          `json:"beyond"` // visits of the rows that the limit left out
}

// BreakdownRow is what the visits with one combination of values come to.
type BreakdownRow struct {
	Key     []string `json:"key"`   // a value a dimension; empty: see the dimension
	Share   *float64 `json:"share"` // of all visits; nil: not known
	Numbers []Number `json:"numbers"`
}

// Breakdown tells the visits of the request apart by the dimensions. Without
// metrics it tells visits, visitors, views per visit, bounce rate and median
// duration, and the conversion rate with a goal.
func (r *Reports) Breakdown(ctx context.Context, req Request, o BreakdownOptions) (*Breakdown, error) {
	goal := req.Goal != nil
	if len(o.Metrics) == 0 {
		o.Metrics = []string{"visits", "visitors", "views per visit", "bounce rate", "median duration"}
		if goal {
			o.Metrics = append(o.Metrics, "conversion rate")
		}
	}
	q, err := r.resolve(req, o.faults(goal)...)
	if err != nil {
		return nil, err
	}
	whole := TotalsQuery{Selection: q.Selection, Goal: q.Goal, Quantiles: quantiles}
	parted := whole
	parted.By = o.By
	if !o.Least {
		parted.Limit = o.Limit
	}
	var total, groups, totalBefore, groupsBefore []Group
	questions := []func(context.Context) error{
		into(&total, r.warehouse.Totals, whole), into(&groups, r.warehouse.Totals, parted),
	}
	if q.before != nil {
		whole.Selection, parted.Selection, parted.Limit = *q.before, *q.before, 0
		questions = append(questions,
			into(&totalBefore, r.warehouse.Totals, whole), into(&groupsBefore, r.warehouse.Totals, parted))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	if o.Least {
		slices.Reverse(groups)
		groups = limited(groups, o.Limit)
	}
	visits := sole(total).Visits
	b := &Breakdown{
		About: q.about(), By: o.By, Metrics: o.Metrics, Rows: []BreakdownRow{}, Beyond: visits,
		Total: q.numbers(o.Metrics, sole(total), sole(totalBefore)),
	}
	before := map[string]Totals{}
	for _, g := range groupsBefore {
		before[strings.Join(g.Key, "\x00")] = g.Totals
	}
	for _, g := range groups {
		b.Beyond -= g.Visits
		b.Rows = append(b.Rows, BreakdownRow{
			Key: g.Key, Share: shareOf(g.Visits, visits),
			Numbers: q.numbers(o.Metrics, g.Totals, before[strings.Join(g.Key, "\x00")]),
		})
	}
	return b, nil
}

func (o BreakdownOptions) faults(goal bool) []error {
	faults := []error{checkLimit(o.Limit)}
	if len(o.By) < 1 || len(o.By) > 2 || len(o.By) == 2 && o.By[0] == o.By[1] {
		faults = append(faults, fault("a breakdown is by one dimension, or two different ones, not %q", o.By))
	}
	for _, d := range o.By {
		faults = append(faults, checkDimension(d))
	}
	for _, name := range o.Metrics {
		faults = append(faults, checkMetric(name, goal))
	}
	return faults
}

func checkLimit(limit int) error {
	if limit < 0 {
		return fault("a limit of %d", limit)
	}
	return nil
}

func checkDimension(d Dimension) error {
	if !slices.Contains(dimensions, d) {
		return fault("unknown dimension %q", d)
	}
	return nil
}

// limited returns the first rows; limit 0 is all.
func limited[T any](rows []T, limit int) []T {
	if limit > 0 && len(rows) > limit {
		return rows[:limit]
	}
	return rows
}

// numbers returns the named metrics of t, compared if the request compares.
func (q resolved) numbers(names []string, t, before Totals) []Number {
	m := metricsOf(t, q.Goal != nil)
	if q.before != nil {
		m.compare(metricsOf(before, q.Goal != nil), q.Better)
	}
	numbers := make([]Number, len(names))
	for i, name := range names {
		n, found := m.number(name)
		if !found {
			continue
		}
		if q.before != nil && n.Before == nil {
			compare(&n, money(n.Metric, n.Currency, 0, 0), q.Better)
		}
		numbers[i] = n
	}
	return numbers
}

// Table returns a row a combination of values.
func (b *Breakdown) Table() Table {
	t := Table{Title: "Visits by " + joined(b.By, " and ")}
	for _, d := range b.By {
		t.Columns = append(t.Columns, string(d))
	}
	t.Columns = append(t.Columns, "share of visits")
	t.Columns = append(t.Columns, headings(b.Metrics, b.Compared != nil)...)
	for _, row := range b.Rows {
		var line []Cell
		for i, value := range row.Key {
			line = append(line, text(label(b.By[i], value)))
		}
		line = append(line, share(row.Share))
		t.Rows = append(t.Rows, append(line, cells(row.Numbers, b.Compared != nil)...))
	}
	return t
}

func joined(by []Dimension, between string) string {
	names := make([]string, len(by))
	for i, d := range by {
		names[i] = string(d)
	}
	return strings.Join(names, between)
}

// label names the empty value of a dimension for people.
func label(d Dimension, value string) string {
	switch {
	case value != "":
		return value
	case d == BySource:
		return "(direct)"
	case d == ByBot:
		return "(people)"
	}
	return "(none)"
}
