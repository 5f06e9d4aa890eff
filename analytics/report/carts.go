package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// CartsOptions says which carts a [CartReport] lists.
type CartsOptions struct {
	Idle      time.Duration // after which an open cart is abandoned; 0: 1 h
	Abandoned bool          // list those only
	Limit     int           // of the list; 0: all
}

// CartReport tells how carts ended that were last changed in the period.
type CartReport struct {
	About

	Idle        float64  `json:"idle"` // seconds
	Open        int64    `json:"open"`
	Ordered     int64    `json:"ordered"`
	Emptied     int64    `json:"emptied"`
	Abandoned   Number   `json:"abandoned"`
	Abandonment Number   `json:"abandonment"` // abandoned / (abandoned + ordered)
	Value       []Number `json:"value"`       // of those abandoned, one a currency
	List        []Cart   `json:"list"`        // the latest change first
}

// Carts returns how carts ended. Whether one is abandoned is judged by the clock of
// the reports.
func (r *Reports) Carts(ctx context.Context, req Request, o CartsOptions) (*CartReport, error) {
	o.Idle = cmp.Or(o.Idle, time.Hour)
	faults := []error{checkLimit(o.Limit)}
	if o.Idle < 0 {
		faults = append(faults, fault("carts that are idle for %v", o.Idle))
	}
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	asked := CartsQuery{Selection: q.Selection, Now: q.now, Idle: o.Idle, Abandoned: o.Abandoned, Limit: o.Limit}
	var carts, before Carts
	questions := []func(context.Context) error{into(&carts, r.warehouse.Carts, asked)}
	if q.before != nil {
		asked.Selection, asked.Limit = *q.before, 1
		questions = append(questions, into(&before, r.warehouse.Carts, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	report := cartReport(carts)
	report.About, report.Idle = q.about(), o.Idle.Seconds()
	if q.before != nil {
		was := cartReport(before)
		compare(&report.Abandoned, was.Abandoned, q.Better)
		compare(&report.Abandonment, was.Abandonment, q.Better)
		report.Value = compareMonies(report.Value, was.Value, q.Better)
	}
	return report, nil
}

func cartReport(c Carts) *CartReport {
	return &CartReport{
		Open: c.Open, Ordered: c.Ordered, Emptied: c.Emptied,
		Abandoned: count("abandoned carts", c.Abandoned, c.Open+c.Ordered+c.Emptied+c.Abandoned),
		Abandonment: quotient("cart abandonment", UnitShare, c.Abandoned, c.Abandoned+c.Ordered,
			LeftOut{"open carts", c.Open}, LeftOut{"emptied carts", c.Emptied}),
		Value: monies("abandoned value", c.Value, c.Abandoned, LeftOut{"carts, in part, for lines without a price", c.Unpriced}),
		List:  append([]Cart{}, c.List...),
	}
}

// Table returns the list, a row a cart.
func (c *CartReport) Table() Table {
	t := Table{Title: "Carts", Columns: []string{"cart", "session", "user", "state", "lines", "began", "changed", "active"}}
	seen := map[string]int64{}
	for _, cart := range c.List {
		maps.Copy(seen, cart.Value)
	}
	currencies := slices.Sorted(maps.Keys(seen))
	for _, currency := range currencies {
		t.Columns = append(t.Columns, "value "+currency)
	}
	for _, cart := range c.List {
		var lines []string
		for _, sku := range slices.Sorted(maps.Keys(cart.Lines)) {
			lines = append(lines, decimal(float64(cart.Lines[sku]))+" "+sku)
		}
		row := []Cell{
			text(cart.ID), text(cart.Session), text(cart.User), text(string(cart.State)), text(strings.Join(lines, ", ")),
			moment(cart.Began), moment(cart.Changed), moment(cart.Active),
		}
		for _, currency := range currencies {
			cell := Cell{Unit: UnitMoney, Currency: currency}
			if value, ok := cart.Value[currency]; ok {
				cell.Value = new(float64(value))
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
