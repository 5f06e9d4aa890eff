package report

import "context"

// NewReturning puts the visits that are the first of their visitor beside the
// others.
type NewReturning struct {
	About

	Share     *float64 `json:"share"` // new visits / visits; nil: not known
	New       Metrics  `json:"new"`
	Returning Metrics  `json:"returning"`
}

// NewReturning returns the requested visits in two parts. A visitor may be in both.
func (r *Reports) NewReturning(ctx context.Context, req Request) (*NewReturning, error) {
	q, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	asked := TotalsQuery{Selection: q.Selection, By: []Dimension{ByVisitor}, Goal: q.Goal, Quantiles: quantiles}
	var groups, before []Group
	questions := []func(context.Context) error{into(&groups, r.warehouse.Totals, asked)}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&before, r.warehouse.Totals, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	goal := q.Goal != nil
	first, again := withKey(groups, "new"), withKey(groups, "returning")
	report := &NewReturning{
		About: q.about(), Share: shareOf(first.Visits, first.Visits+again.Visits),
		New: metricsOf(first, goal), Returning: metricsOf(again, goal),
	}
	if q.before != nil {
		report.New.compare(metricsOf(withKey(before, "new"), goal), q.Better)
		report.Returning.compare(metricsOf(withKey(before, "returning"), goal), q.Better)
	}
	return report, nil
}

func withKey(groups []Group, key string) Totals {
	for _, g := range groups {
		if g.Key[0] == key {
			return g.Totals
		}
	}
	return Totals{}
}

// Table returns a row a metric, for new visits and then for returning ones.
func (n *NewReturning) Table() Table {
	compared := n.Compared != nil
	t := n.New.table("New and returning visits", compared)
	t.Columns = append([]string{"visits"}, t.Columns...)
	for i := range t.Rows {
		t.Rows[i] = append([]Cell{text("new")}, t.Rows[i]...)
	}
	for _, row := range n.Returning.table("", compared).Rows {
		t.Rows = append(t.Rows, append([]Cell{text("returning")}, row...))
	}
	return t
}
