package report_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestPagesTellHowEachDid(t *testing.T) {
	req := days()
	req.Compare = report.ComparePrevious
	p, err := reports(t, traffic()).Pages(t.Context(), req, report.PagesOptions{})
	if err != nil || len(p.Rows) != 2 || p.Views != 5 {
		t.Fatalf("%+v, %v", p, err)
	}
	root, shop := p.Rows[0], p.Rows[1]
	if root.Name != "/" || root.Visits != 3 || root.Visitors != 3 || shop.Name != "/shop" {
		t.Errorf("%+v", p.Rows)
	}
	shareIs(t, "the share of /", root.Share, 0.6)
	expect(t, root.Views, 3, 3)
	expect(t, root.Entries, 3, 3)
	expect(t, root.Exits, 2, 3) // v2, v3
	expect(t, root.ExitRate, 2.0/3, 3)
	expect(t, root.BounceRate, 1.0/3, 3)
	expect(t, root.MedianTime, 40, 2) // v1: 60 s to /shop; v3: 20 s by its beacon; v2 unknown
	expect(t, root.MeanTime, 40, 2)
	if root.MedianTime.LeftOut[0] != (report.LeftOut{Why: "views whose time is unknown", Count: 1}) {
		t.Errorf("left out: %+v", root.MedianTime.LeftOut)
	}
	shareIs(t, "the change of views of /", root.Views.Change, 2)
	unknown(t, shop.BounceRate) // v4 entered there, and is under way
	unknown(t, shop.MedianTime)
	expect(t, shop.Exits, 1, 2)
	for _, n := range []report.Number{root.Views, root.Entries, root.Exits, root.ExitRate, root.BounceRate, root.MedianTime} {
		defined(t, n)
	}

	least, err := reports(t, traffic()).Pages(t.Context(), days(), report.PagesOptions{Limit: 1, Least: true})
	if err != nil || len(least.Rows) != 1 || least.Rows[0].Name != "/shop" || least.Beyond != 1 || least.Views != 5 {
		t.Errorf("%+v, %v", least, err)
	}
}

func TestActionsTellHowOftenEachWasDone(t *testing.T) {
	req := days()
	req.Compare = report.ComparePrevious
	a, err := reports(t, traffic()).Actions(t.Context(), req, report.ActionsOptions{})
	if err != nil || len(a.Rows) != 2 || a.Count != 2 || a.Visits != 4 {
		t.Fatalf("%+v, %v", a, err)
	}
	purchase := a.Rows[1]
	expect(t, purchase.Count, 1, 1)
	shareIs(t, "the share of purchases", purchase.Share, 0.5)
	shareIs(t, "the rate of purchases", purchase.Rate, 0.25)
	expect(t, purchase.Revenue[0], 1999, 1)
	expect(t, *purchase.Revenue[0].Before, 0, 0)
	if table := a.Table(); len(table.Rows) != 2 || table.Columns[len(table.Columns)-2] != "revenue EUR" {
		t.Errorf("%+v", table)
	}
}
