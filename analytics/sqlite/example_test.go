package sqlite_test

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

func ExampleOpen() {
	ctx := context.Background()
	warehouse, err := sqlite.Open("", sqlite.Options{}) // in memory; else the path of a file
	if err != nil {
		fmt.Println(err)
		return
	}
	defer warehouse.Close()

	// A pump does this, with the events of a store.
	began := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	err = warehouse.Record(ctx, []analytics.Event{
		{ID: "1", Type: analytics.VisitStarted, Time: began, Session: "s", Visit: "v", Attributes: map[string]string{"referrer": "news.example"}},
		{ID: "2", Type: analytics.PageViewed, Time: began, Session: "s", Visit: "v", Attributes: map[string]string{"view": "v.1", "path": "/"}},
		{ID: "3", Type: analytics.PageViewed, Time: began.Add(time.Minute), Session: "s", Visit: "v", Attributes: map[string]string{"view": "v.2", "path": "/cart"}},
		{ID: "3", Type: analytics.PageViewed, Time: began.Add(time.Minute), Session: "s", Visit: "v", Attributes: map[string]string{"view": "v.2", "path": "/cart"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	groups, err := warehouse.Totals(ctx, report.TotalsQuery{By: []report.Dimension{report.BySource}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, g := range groups {
		fmt.Println(g.Key[0], "visits:", g.Visits, "views:", g.Views)
	}
	ledger, err := warehouse.Ledger(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("received:", ledger.Received, "duplicates:", ledger.Dropped[report.DropDuplicate])
	// Output:
	// news.example visits: 1 views: 2
	// received: 4 duplicates: 1
}
