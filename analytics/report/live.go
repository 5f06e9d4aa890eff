package report

import (
	"context"
	"time"
)

// LiveReport is what goes on at a moment.
type LiveReport struct {
	At time.Time `json:"at"`
	Live
}

// Live returns what goes on now, by the clock of the reports.
func (r *Reports) Live(ctx context.Context) (*LiveReport, error) {
	now := r.now()
	live, err := r.warehouse.Live(ctx, now)
	if err != nil {
		return nil, err
	}
	if live.Pages == nil {
		live.Pages = []LivePage{}
	}
	return &LiveReport{At: now.In(r.location), Live: live}, nil
}

// Table returns the pages with a visit on them, a row each.
func (l *LiveReport) Table() Table {
	t := Table{Title: "Now", Columns: []string{"page", "visits", "share"}}
	for _, p := range l.Pages {
		t.Rows = append(t.Rows, []Cell{text(p.Name), whole(p.Visits), share(shareOf(p.Visits, l.Visits))})
	}
	return t
}
