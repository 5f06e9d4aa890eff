package report_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestRetentionMarksWhatIsOpen(t *testing.T) {
	r, err := reports(t, traffic()).Retention(t.Context(), days(), report.RetentionOptions{Every: report.ByDay, Periods: 3})
	if err != nil || len(r.Cohorts) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	// s1, s2 and s3 came on Monday first, s1 again on Tuesday, the day of the newest event.
	c := r.Cohorts[0]
	if c.Start != "2026-03-02" || c.Visitors != 3 || len(c.Returned) != 2 || c.Returned[0].Open || !c.Returned[1].Open || c.Returned[1].Visitors != 1 {
		t.Fatalf("%+v", c)
	}
	shareIs(t, "who came back", c.Returned[1].Share, 1.0/3)
	expect(t, r.Average[0], 1, 3)
	unknown(t, r.Average[1]) // open
	unknown(t, r.Average[2])
	table := r.Table()
	if last := table.Rows[0][len(table.Columns)-1].Text; last != "day 1" {
		t.Errorf("open: %q in %+v", last, table)
	}
}

func TestNewAndReturningVisitsAreApart(t *testing.T) {
	req := days()
	req.Compare = report.ComparePrevious
	n, err := reports(t, traffic()).NewReturning(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	shareIs(t, "new visits", n.Share, 0.75)
	expect(t, n.New.Visits, 3, 3)
	expect(t, n.Returning.Visits, 1, 1)
	unknown(t, n.Returning.BounceRate)
	shareIs(t, "the change of new visits", n.New.Visits.Change, 2)
}
