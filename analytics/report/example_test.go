package report_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// example returns reports over a Monday's visits to a shop; any warehouse will do.
func example() *report.Reports {
	monday := reporttest.Day("2026-03-02", "Europe/Berlin")
	newsletter := analytics.Origin{Source: "newsletter", Medium: "email"}
	warehouse := reporttest.NewModel()
	if err := warehouse.Record(context.Background(), reporttest.Events(
		monday.Visit("v1").From(newsletter).View("10:00", "/").View("10:01", "/cart").
			Purchase("10:05", "order 1", 4200, "EUR").Ends("10:35", analytics.ReasonIdle),
		monday.Visit("v2").From(newsletter).View("10:10", "/").View("10:12", "/cart").Ends("10:42", analytics.ReasonIdle),
		monday.Visit("v3").View("20:00", "/").Ends("20:30", analytics.ReasonIdle),
	)); err != nil {
		panic(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	clock := func() time.Time { return monday.At("22:00") }
	return report.New(warehouse, report.Options{Location: berlin, Now: clock})
}

func ExampleNew() {
	reports := example()
	today, err := reports.Request("today")
	if err != nil {
		fmt.Println(err)
		return
	}
	sources, err := reports.Breakdown(context.Background(), today, report.BreakdownOptions{
		By: []report.Dimension{report.BySource}, Metrics: []string{"visits", "bounce rate"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := report.WriteCSV(os.Stdout, sources.Table()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// source,share of visits,visits,bounce rate
	// newsletter,0.6666666666666666,2,0
	// (direct),0.3333333333333333,1,1
}

func ExampleReports_Overview() {
	reports := example()
	today, err := reports.Request("today")
	if err != nil {
		fmt.Println(err)
		return
	}
	today.Where, err = report.ParseFilter("source is newsletter or duration at least 60")
	if err != nil {
		fmt.Println(err)
		return
	}
	overview, err := reports.Overview(context.Background(), today)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("visits:", overview.Visits)
	fmt.Println("median duration:", overview.MedianDuration)
	fmt.Println("engagement:", overview.MedianEngagement) // no page has a beacon
	fmt.Println("revenue:", overview.Revenue[0])
	fmt.Println(overview.SinglePageRate.Explain())
	// Output:
	// visits: 2
	// median duration: 3 min 30 s
	// engagement: not known
	// revenue: 42.00 EUR
	// Single-page rate: 0.0 %. It is visits with exactly one view / visits that are over and have a view. Rows it was computed over: 2. Left out by definition: bots; visits under way; visits without a view.
}

func ExampleReports_Funnel() {
	reports := example()
	today, err := reports.Request("today")
	if err != nil {
		fmt.Println(err)
		return
	}
	funnel, err := reports.Funnel(context.Background(), today, report.FunnelOptions{
		Steps:  []report.Step{{Page: "/"}, {Page: "/cart"}, {Action: analytics.PurchaseAction}},
		Within: time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range funnel.Steps {
		fmt.Printf("%-16s %s, %.0f %% of the first\n", step.Step, step.Reached, 100**step.OfFirst)
	}
	// Output:
	// page:/           3, 100 % of the first
	// page:/cart       2, 67 % of the first
	// action:purchase  1, 33 % of the first
}

func ExampleReports_Experiment() {
	// Two arms, to which visitors were assigned alike.
	day := reporttest.Day("2026-03-02", "UTC")
	var visits []*reporttest.Visit
	for i := range 200 {
		arm := "blue"
		if i%2 == 1 {
			arm = "green"
		}
		v := day.Visit(fmt.Sprint("v", i)).View("10:00", "/").Expose("10:00", "button", arm)
		if i%2 == 0 && i%5 == 0 || i%2 == 1 && i%3 == 0 {
			v.Action("10:01", "signup")
		}
		visits = append(visits, v)
	}
	warehouse := reporttest.NewModel()
	if err := warehouse.Record(context.Background(), reporttest.Events(visits...)); err != nil {
		fmt.Println(err)
		return
	}
	reports := report.New(warehouse, report.Options{})
	request := report.Request{Goal: &report.Step{Action: "signup"}}
	experiment, err := reports.Experiment(context.Background(), request, report.ExperimentOptions{
		Name: "button", Control: "blue", Weights: map[string]float64{"blue": 1, "green": 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, arm := range experiment.Arms {
		fmt.Println(arm.Name, arm.Exposed, arm.Rate)
	}
	d := experiment.Arms[1].Difference
	fmt.Printf("difference %.2f (95 %%: %.3f to %.3f), p = %.3f\n", d.Value, d.Interval.Low, d.Interval.High, *d.PValue)
	fmt.Println("mismatch alarm:", experiment.Mismatch.Alarm)
	// Output:
	// blue 100 20.0 %
	// green 100 33.0 %
	// difference 0.13 (95 %: 0.007 to 0.248), p = 0.037
	// mismatch alarm: false
}
