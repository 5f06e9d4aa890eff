package report

import (
	"cmp"
	"context"
	"fmt"
)

// RetentionOptions says how [Retention] is counted.
type RetentionOptions struct {
	Every   Dimension // ByDay, ByWeek or ByMonth; empty: ByWeek
	Periods int       // 1 to 60, that of the first visit included; 0: 8
}

// Retention tells how many visitors came back, by the period of their first visit.
type Retention struct {
	About

	Every   Dimension   `json:"every"`
	Cohorts []CohortRow `json:"cohorts"` // the earliest first

	// Average is the retention in each period over all cohorts for which that period
	// is over.
	Average []Number `json:"average"`
}

// CohortRow is one cohort.
type CohortRow struct {
	Start    string          `json:"start"` // local, as the dimensions by time have it
	Visitors int64           `json:"visitors"`
	Returned []CohortReturns `json:"returned"` // the cohort's own period first
}

// CohortReturns is how many visitors of a cohort had a visit in a period.
type CohortReturns struct {
	Visitors int64    `json:"visitors"`
	Share    *float64 `json:"share"`          // of the cohort
	Open     bool     `json:"open,omitempty"` // the period is not over: both may still grow
}

// Retention returns the cohorts whose visitors' first visit is requested. Only
// visitors whose session lasts can be seen to return.
func (r *Reports) Retention(ctx context.Context, req Request, o RetentionOptions) (*Retention, error) {
	o.Every, o.Periods = cmp.Or(o.Every, ByWeek), cmp.Or(o.Periods, 8)
	var faults []error
	if o.Every != ByDay && o.Every != ByWeek && o.Every != ByMonth {
		faults = append(faults, fault("cohorts are by day, week or month, not %q", o.Every))
	}
	if o.Periods < 1 || o.Periods > 60 {
		faults = append(faults, fault("cohorts are followed over 1 to 60 periods, not %d", o.Periods))
	}
	req.Compare = CompareNone
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	cohorts, err := r.warehouse.Cohorts(ctx, CohortsQuery{
		Selection: q.Selection, Every: o.Every, Periods: o.Periods,
	})
	if err != nil {
		return nil, err
	}
	report := &Retention{About: q.about(), Every: o.Every, Cohorts: []CohortRow{}}
	returned, of := make([]int64, o.Periods), make([]int64, o.Periods)
	for _, c := range cohorts {
		row := CohortRow{Start: c.Start.In(q.location).Format(layout(o.Every)), Visitors: c.Visitors}
		for i, n := range c.Returned {
			open := c.Open && i == len(c.Returned)-1
			row.Returned = append(row.Returned, CohortReturns{Visitors: n, Share: shareOf(n, c.Visitors), Open: open})
			if !open && i < o.Periods {
				returned[i] += n
				of[i] += c.Visitors
			}
		}
		report.Cohorts = append(report.Cohorts, row)
	}
	for i := range o.Periods {
		report.Average = append(report.Average, quotient("retention", UnitShare, returned[i], of[i]))
	}
	return report, nil
}

// Table returns a row a cohort with its shares, and the average. The last column
// names the period of the cohort that is not over.
func (r *Retention) Table() Table {
	t := Table{Title: "Retention by " + string(r.Every), Columns: []string{string(r.Every), "visitors"}}
	for i := range r.Average {
		t.Columns = append(t.Columns, fmt.Sprintf("%s %d", r.Every, i))
	}
	t.Columns = append(t.Columns, "still open")
	for _, c := range r.Cohorts {
		row, open := []Cell{text(c.Start), whole(c.Visitors)}, ""
		for i := range r.Average {
			cell := Cell{Unit: UnitShare}
			if i < len(c.Returned) {
				cell.Value = c.Returned[i].Share
				if c.Returned[i].Open {
					open = t.Columns[2+i]
				}
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, append(row, text(open)))
	}
	row := []Cell{text("average"), {}}
	for _, n := range r.Average {
		row = append(row, n.cell())
	}
	t.Rows = append(t.Rows, append(row, Cell{}))
	return t
}
