package report_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestBreakdownTellsVisitsApart(t *testing.T) {
	r, req := reports(t, traffic()), days()
	req.Compare = report.ComparePrevious
	b, err := r.Breakdown(t.Context(), req, report.BreakdownOptions{
		By: []report.Dimension{report.BySource}, Metrics: []string{"visits", "bounce rate", "revenue EUR", "revenue USD"}, Limit: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Rows) != 1 || !reflect.DeepEqual(b.Rows[0].Key, []string{""}) || b.Beyond != 1 {
		t.Fatalf("%+v", b)
	}
	row := b.Rows[0]
	shareIs(t, "the share of direct visits", row.Share, 0.75)
	expect(t, row.Numbers[0], 3, 3)
	expect(t, row.Numbers[1], 0.5, 2) // v2 of v2, v3; v4 is under way
	expect(t, row.Numbers[2], 0, 0)
	expect(t, b.Total[2], 1999, 1)
	expect(t, b.Total[3], 0, 1)
	shareIs(t, "the change of direct visits", row.Numbers[0].Change, 2)

	least, err := r.Breakdown(t.Context(), days(), report.BreakdownOptions{By: []report.Dimension{report.BySource, report.ByDevice}, Limit: 1, Least: true})
	if err != nil || len(least.Rows) != 1 || !reflect.DeepEqual(least.Rows[0].Key, []string{"Google", "desktop"}) || least.Beyond != 3 {
		t.Errorf("%+v, %v", least, err)
	}
}

func TestBreakdownOfARateNeedsTheGoal(t *testing.T) {
	o := report.BreakdownOptions{By: []report.Dimension{report.BySource}, Metrics: []string{"conversion rate"}}
	if _, err := reports(t, nil).Breakdown(t.Context(), days(), o); !errors.Is(err, report.ErrQuestion) {
		t.Error(err)
	}
}
