package report

import (
	"context"
	"maps"
	"slices"
)

// ActionsOptions says how [Actions] are made.
type ActionsOptions struct {
	Limit int  // of rows; 0: all
	Least bool // the least frequent first
}

// Actions tells what visits did. An action.taken event goes by the name of its
// action, any other by its type, such as cart.changed.
type Actions struct {
	About

	Count  int64       `json:"count"`  // of all rows, those that the limit left out included
	Visits int64       `json:"visits"` // all, also those without an action
	Rows   []ActionRow `json:"rows"`   // the most frequent first, unless asked for the least
	Beyond int64       `json:"beyond"` // how many rows the limit left out
}

// ActionRow is how often one thing was done.
type ActionRow struct {
	Name     string   `json:"name"`
	Share    *float64 `json:"share"` // of all that was done
	Count    Number   `json:"count"`
	Visits   int64    `json:"visits"`
	Visitors int64    `json:"visitors"`
	Rate     *float64 `json:"rate"`    // visits with it / visits; nil: not known
	Revenue  []Number `json:"revenue"` // one a currency; of purchases
}

// Actions returns what was done.
func (r *Reports) Actions(ctx context.Context, req Request, o ActionsOptions) (*Actions, error) {
	q, err := r.resolve(req, checkLimit(o.Limit))
	if err != nil {
		return nil, err
	}
	var actions, before []Action
	var totals []Group
	questions := []func(context.Context) error{
		into(&actions, r.warehouse.Actions, ActionsQuery{Selection: q.Selection}),
		into(&totals, r.warehouse.Totals, TotalsQuery{Selection: q.Selection}),
	}
	if q.before != nil {
		questions = append(questions, into(&before, r.warehouse.Actions, ActionsQuery{Selection: *q.before}))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	report := &Actions{About: q.about(), Visits: sole(totals).Visits, Rows: []ActionRow{}}
	for _, a := range actions {
		report.Count += a.Count
	}
	if o.Least {
		slices.Reverse(actions)
	}
	earlier := map[string]Action{}
	for _, a := range before {
		earlier[a.Name] = a
	}
	shown := limited(actions, o.Limit)
	report.Beyond = int64(len(actions) - len(shown))
	for _, a := range shown {
		row := ActionRow{
			Name: a.Name, Share: shareOf(a.Count, report.Count), Count: count("actions", a.Count, a.Visits),
			Visits: a.Visits, Visitors: a.Visitors, Rate: shareOf(a.Visits, report.Visits),
			Revenue: monies("revenue", a.Revenue, a.Count),
		}
		if q.before != nil {
			b := earlier[a.Name]
			compare(&row.Count, count("actions", b.Count, b.Visits), q.Better)
			row.Revenue = compareMonies(row.Revenue, monies("revenue", b.Revenue, b.Count), q.Better)
		}
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

// Table returns a row an action, with a column for each currency of revenue.
func (a *Actions) Table() Table {
	compared := a.Compared != nil
	t := Table{Title: "Actions", Columns: append([]string{"action", "share"}, headings([]string{"count"}, compared)...)}
	t.Columns = append(t.Columns, "visits", "visitors", "share of visits")
	seen := map[string]bool{}
	for _, row := range a.Rows {
		for _, n := range row.Revenue {
			seen[n.Currency] = true
		}
	}
	currencies := slices.Sorted(maps.Keys(seen))
	for _, currency := range currencies {
		t.Columns = append(t.Columns, headings([]string{"revenue " + currency}, compared)...)
	}
	for _, row := range a.Rows {
		line := append([]Cell{text(row.Name), share(row.Share)}, cells([]Number{row.Count}, compared)...)
		line = append(line, whole(row.Visits), whole(row.Visitors), share(row.Rate))
		for _, currency := range currencies {
			n := Number{Unit: UnitMoney, Currency: currency}
			if i := slices.IndexFunc(row.Revenue, func(n Number) bool { return n.Currency == currency }); i >= 0 {
				n = row.Revenue[i]
			}
			line = append(line, cells([]Number{n}, compared)...)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}
