package report

import "context"

// Summary is what the visits of a period come to.
type Summary struct {
	About
	Metrics
}

// Summary returns the numbers of the request alone. That is cheaper than an
// [Overview].
func (r *Reports) Summary(ctx context.Context, req Request) (*Summary, error) {
	q, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	a := &summaryAnswers{}
	if err := ask(ctx, r.summaryQuestions(q, a)...); err != nil {
		return nil, err
	}
	return q.summary(a), nil
}

// summaryAnswers is what a summary is made of.
type summaryAnswers struct {
	totals, before, bots []Group
}

func (r *Reports) summaryQuestions(q resolved, a *summaryAnswers) []func(context.Context) error {
	asked := TotalsQuery{Selection: q.Selection, Goal: q.Goal, Quantiles: quantiles}
	questions := []func(context.Context) error{into(&a.totals, r.warehouse.Totals, asked)}
	if !q.Bots {
		ofBots := TotalsQuery{Selection: q.Selection}
		ofBots.Bots = true
		questions = append(questions, into(&a.bots, r.warehouse.Totals, ofBots))
	}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&a.before, r.warehouse.Totals, asked))
	}
	return questions
}

func (q resolved) summary(a *summaryAnswers) *Summary {
	s := &Summary{About: q.about(), Metrics: metricsOf(sole(a.totals), q.Goal != nil)}
	s.leaveOut("visits of bots", sole(a.bots).Visits)
	if q.before != nil {
		s.compare(metricsOf(sole(a.before), q.Goal != nil), q.Better)
	}
	return s
}

// sole returns the totals of an answer without dimensions.
func sole(groups []Group) Totals {
	if len(groups) == 0 {
		return Totals{}
	}
	return groups[0].Totals
}

// Table returns the numbers, a row each.
func (s *Summary) Table() Table {
	return s.table("Summary", s.Compared != nil)
}

// table returns a row a number.
func (m *Metrics) table(title string, compared bool) Table {
	t := Table{Title: title, Columns: []string{"metric", "value", "unit", "rows"}}
	if compared {
		t.Columns = append(t.Columns, "before", "change")
	}
	for _, n := range m.list() {
		row := []Cell{text(n.Name()), n.cell(), text(string(n.Unit)), whole(n.Rows)}
		if compared {
			before := Cell{Unit: n.Unit}
			if n.Before != nil {
				before = n.Before.cell()
			}
			row = append(row, before, change(*n))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
