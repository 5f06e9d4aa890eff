package report_test

import (
	"errors"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestFunnelTellsWhereVisitsStop(t *testing.T) {
	req := days()
	req.Compare = report.ComparePrevious
	f, err := reports(t, traffic()).Funnel(t.Context(), req, report.FunnelOptions{
		Steps: []report.Step{{Page: "/"}, {Page: "/shop"}, {Action: "purchase"}, {Screen: "Thanks"}},
	})
	if err != nil || len(f.Steps) != 4 || f.Scope != report.PerVisit {
		t.Fatalf("%+v, %v", f, err)
	}
	first, shop, bought, thanks := f.Steps[0], f.Steps[1], f.Steps[2], f.Steps[3]
	expect(t, first.Reached, 3, 3)
	expect(t, shop.Reached, 1, 3)
	expect(t, bought.Reached, 1, 3)
	shareIs(t, "the first of the first", first.OfFirst, 1)
	shareIs(t, "the shop of the first", shop.OfFirst, 1.0/3)
	shareIs(t, "the purchase of the shop", bought.OfPrevious, 1)
	if first.OfPrevious != nil || first.MedianTime != nil || first.Dropped != 0 || shop.Dropped != 2 || thanks.Dropped != 1 {
		t.Errorf("%+v", f.Steps)
	}
	expect(t, *shop.MedianTime, 60, 1)
	expect(t, *bought.MedianTime, 120, 1)
	unknown(t, *thanks.MedianTime)
	shareIs(t, "the funnel", f.Share, 0)
	shareIs(t, "the change of the first step", first.Reached.Change, 2)
	defined(t, first.Reached)
	defined(t, *shop.MedianTime)
}

func TestFunnelOfNobodyKnowsNoShare(t *testing.T) {
	f, err := reports(t, nil).Funnel(t.Context(), days(), report.FunnelOptions{Steps: []report.Step{{Page: "/"}, {Page: "/shop"}}})
	if err != nil || f.Share != nil || f.Steps[1].OfPrevious != nil {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFunnelRefusesFaultySteps(t *testing.T) {
	for _, steps := range [][]report.Step{nil, make([]report.Step, 11), {{}}, {{Page: "/", Action: "x"}}} {
		if _, err := reports(t, nil).Funnel(t.Context(), days(), report.FunnelOptions{Steps: steps}); !errors.Is(err, report.ErrQuestion) {
			t.Errorf("%v: %v", steps, err)
		}
	}
}

func TestPathsTellHowVisitsBegan(t *testing.T) {
	p, err := reports(t, traffic()).Paths(t.Context(), days(), report.PathsOptions{Limit: 1})
	if err != nil || len(p.Rows) != 1 || p.Visits != 4 || p.Beyond != 2 || p.Length != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	if row := p.Rows[0]; len(row.Pages) != 1 || row.Pages[0] != "/" || row.Visits != 2 {
		t.Errorf("%+v", row)
	}
	shareIs(t, "the most frequent path", p.Rows[0].Share, 0.5)
}
