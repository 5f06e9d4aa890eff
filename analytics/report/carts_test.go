package report_test

import (
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

func TestCartsTellHowManyWereAbandoned(t *testing.T) {
	events := reporttest.Events(
		monday.Visit("left").View("10:00", "/").Cart("10:01", "mug", 2).Cart("10:02", "sofa", 1).Ends("10:32", analytics.ReasonIdle),
		monday.Visit("bought").View("10:00", "/").Cart("10:01", "mug", 1).Checkout("10:02", "o1").Ends("10:32", analytics.ReasonIdle),
		monday.Visit("emptied").View("10:00", "/").Cart("10:01", "mug", 1).EmptyCart("10:02").Ends("10:32", analytics.ReasonIdle),
		monday.Plus(1).Visit("open").View("23:40", "/").Cart("23:50", "mug", 1),
	)
	c, err := reports(t, events).Carts(t.Context(), days(), report.CartsOptions{Abandoned: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.Open != 1 || c.Ordered != 1 || c.Emptied != 1 || len(c.List) != 1 || c.List[0].Session != "left" {
		t.Errorf("%+v", c)
	}
	expect(t, c.Abandoned, 1, 4)
	expect(t, c.Abandonment, 0.5, 2)
	expect(t, c.Value[0], 2500, 1)
	defined(t, c.Abandoned)
	defined(t, c.Abandonment)
	defined(t, c.Value[0])
	if table := c.Table(); table.Rows[0][4].Text != "2 mug, 1 sofa" || *table.Rows[0][8].Value != 2500 {
		t.Errorf("%+v", table)
	}
}
