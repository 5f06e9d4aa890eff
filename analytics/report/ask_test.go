package report_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// empty is a warehouse without anything for the questions it answers.
type empty struct{ report.Warehouse }

func (empty) Totals(context.Context, report.TotalsQuery) ([]report.Group, error) { return nil, nil }

var errBroken = errors.New("broken")

// broken fails one question and leaves the others without an answer until they are
// cancelled.
type broken struct{ report.Warehouse }

func (broken) Totals(ctx context.Context, _ report.TotalsQuery) ([]report.Group, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (broken) Pages(ctx context.Context, _ report.PagesQuery) ([]report.Page, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (broken) Actions(context.Context, report.ActionsQuery) ([]report.Action, error) {
	return nil, errBroken
}

func TestTheFirstErrorCancelsTheOtherQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, err := report.New(broken{}, report.Options{}).Overview(t.Context(), days())
		if o != nil || !errors.Is(err, errBroken) {
			t.Fatalf("%v, %v", o, err)
		}
	})
}

// defined checks that a number's metric has a definition and its unit.
func defined(t *testing.T, n report.Number) {
	t.Helper()
	d, ok := analytics.Define(n.Metric)
	if !ok || d.Unit != string(n.Unit) {
		t.Errorf("%s in %s is defined as %+v, %v", n.Name(), n.Unit, d, ok)
	}
}
