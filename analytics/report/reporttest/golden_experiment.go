package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func experimentScenarios() []scenario {
	d := tuesday()
	return []scenario{{
		name: "exposed_and_converted",
		events: Events(
			d.Visit("v1").By("s1").View("10:00", "/").Expose("10:01", "button", "blue").Action("10:02", "signup").Ends("10:32", idle),
			// Before the exposure is not after it; but a later visit is.
			d.Visit("v2").By("s2").Action("10:00", "signup").Expose("10:01", "button", "blue").Ends("10:31", idle),
			d.Visit("v3").By("s3").Action("10:00", "signup").Expose("10:01", "button", "red").Ends("10:31", idle),
			d.Plus(1).Visit("v4").By("s3").Action("10:00", "signup").Ends("10:30", idle),
			// Red first, then blue: red.
			d.Visit("v5").By("s4").Expose("10:00", "button", "red").Expose("10:05", "button", "blue").View("10:06", "/").Ends("10:36", idle),
			// Something else.
			d.Visit("v6").By("s5").Expose("10:00", "price", "high").Action("10:01", "signup").Ends("10:31", idle),
			d.Visit("v7").By("s6").From(analytics.Origin{Bot: "crawler"}).Expose("10:00", "button", "red").Action("10:01", "signup").Ends("10:31", idle),
		),
		check: func(e *env) {
			arms := func(q report.ExperimentQuery) []report.Arm {
				q.Name, q.Goal = "button", report.Step{Action: "signup"}
				got, err := e.w.Experiment(e.Context(), q)
				if err != nil {
					e.Errorf("experiment: %v", err)
				}
				return got
			}
			e.is("arms", nil, arms(report.ExperimentQuery{}), []report.Arm{
				{Name: "blue", Exposed: 2, Converted: 1}, // s1, s2; s1
				{Name: "red", Exposed: 2, Converted: 1},  // s3, s4; s3 on the day after
			})
			e.is("arms on the first day", nil, arms(report.ExperimentQuery{Selection: report.Selection{To: d.At("24:00")}}), []report.Arm{
				{Name: "blue", Exposed: 2, Converted: 1},
				{Name: "red", Exposed: 2}, // s3 converts too late
			})
			e.is("arms later", nil, arms(report.ExperimentQuery{Selection: report.Selection{From: d.At("10:06")}}), []report.Arm(nil))
			seen := report.Selection{Where: where("page", report.Is, "/")}
			e.is("arms where / was seen", nil, arms(report.ExperimentQuery{Selection: seen}), []report.Arm{
				{Name: "blue", Exposed: 1, Converted: 1}, // s1
				{Name: "red", Exposed: 1},                // s4
			})
		},
	}}
}
