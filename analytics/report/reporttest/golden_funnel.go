package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func funnelScenarios() []scenario {
	return []scenario{funnel(), funnelWindow(), funnelSameStep(), funnelTies(), funnelPerVisitor(), funnelSelection()}
}

// shop is a funnel of three steps.
func shop() []report.Step {
	return []report.Step{{Page: "/shop"}, {Action: "cart.changed"}, {Page: "/thanks"}}
}

// reached asks for a funnel and returns how many reached each step.
func (e *env) reached(q report.FunnelQuery) []int64 {
	e.Helper()
	steps, err := e.w.Funnel(e.Context(), q)
	if err != nil {
		e.Errorf("funnel: %v", err)
	}
	var list []int64
	for _, s := range steps {
		list = append(list, s.Reached)
	}
	return list
}

func funnel() scenario {
	d := tuesday()
	return scenario{
		name: "steps_in_order_with_other_things_between",
		events: Events(
			d.Visit("v1").View("10:00", "/shop").View("10:01", "/about").Cart("10:02", "mug", 1).Action("10:03", "play").View("10:06", "/thanks").Ends("10:36", idle),
			d.Visit("v2").View("10:00", "/shop").Cart("10:10", "mug", 1).Ends("10:40", idle),
			d.Visit("v3").View("10:00", "/thanks").Cart("10:01", "mug", 1).View("10:02", "/shop").Ends("10:32", idle), // the wrong way round
			d.Visit("v4").Cart("10:00", "mug", 1).View("10:01", "/thanks").Ends("10:31", idle),                        // without the first
			d.Visit("v5").View("10:00", "/shop").View("10:01", "/thanks").Ends("10:31", idle),                         // without the second
		),
		check: func(e *env) {
			got, err := e.w.Funnel(e.Context(), report.FunnelQuery{Steps: shop(), Quantiles: []float64{0.5}})
			e.is("steps", err, got, []report.FunnelStep{
				{Reached: 4}, // all but v4
				{Reached: 2, Between: report.Spread{N: 2, Sum: 12 * time.Minute, At: []time.Duration{6 * time.Minute}}}, // v1 2, v2 10 min
				{Reached: 1, Between: report.Spread{N: 1, Sum: 4 * time.Minute, At: []time.Duration{4 * time.Minute}}},  // v1
			})
			e.is("one step", nil, e.reached(report.FunnelQuery{Steps: shop()[:1]}), []int64{4})
		},
	}
}

func funnelWindow() scenario {
	d := tuesday()
	return scenario{
		name: "the_attempt_that_got_furthest_within_the_window",
		events: Events(
			// From 10:00 the last step is 11 min away; from 10:05 it is 6, but the cart is before that.
			d.Visit("v1").View("10:00", "/shop").Cart("10:01", "mug", 1).View("10:05", "/shop").View("10:11", "/thanks").Ends("10:41", idle),
			// From 10:00 the window closes before the third step; from 10:08 all is within it.
			d.Visit("v2").View("10:00", "/shop").Cart("10:01", "mug", 1).View("10:08", "/shop").Cart("10:09", "mug", 1).View("10:12", "/thanks").Ends("10:42", idle),
			// Ten minutes are within ten minutes.
			d.Visit("v3").View("10:00", "/shop").Cart("10:04", "mug", 1).View("10:10", "/thanks").Ends("10:40", idle),
		),
		check: func(e *env) {
			got, err := e.w.Funnel(e.Context(), report.FunnelQuery{Steps: shop(), Within: 10 * time.Minute})
			e.is("steps", err, got, []report.FunnelStep{
				{Reached: 3},
				{Reached: 3, Between: report.Spread{N: 3, Sum: 6 * time.Minute}}, // v1 1, v2 1, v3 4 min
				{Reached: 2, Between: report.Spread{N: 2, Sum: 9 * time.Minute}}, // v2 3, v3 6 min
			})
			e.is("steps within 9:59.999", nil, e.reached(report.FunnelQuery{Steps: shop(), Within: 10*time.Minute - time.Millisecond}), []int64{3, 3, 1})
			e.is("steps at any time", nil, e.reached(report.FunnelQuery{Steps: shop()}), []int64{3, 3, 3})
		},
	}
}

func funnelSameStep() scenario {
	d := tuesday()
	return scenario{
		name: "a_step_twice_takes_two_events",
		events: Events(
			d.Visit("v1").View("10:00", "/a").Ends("10:30", idle),
			d.Visit("v2").View("10:00", "/a").View("10:01", "/b").View("10:02", "/a").Ends("10:32", idle),
		),
		check: func(e *env) {
			got, err := e.w.Funnel(e.Context(), report.FunnelQuery{Steps: []report.Step{{Page: "/a"}, {Page: "/a"}}})
			e.is("steps", err, got, []report.FunnelStep{
				{Reached: 2},
				{Reached: 1, Between: report.Spread{N: 1, Sum: 2 * time.Minute}},
			})
			// One view does for one step, also where it would fit both.
			e.is("steps with a pattern", nil, e.reached(report.FunnelQuery{Steps: []report.Step{{Page: "*"}, {Page: "/a"}}}), []int64{2, 1})
		},
	}
}

func funnelTies() scenario {
	d := tuesday()
	return scenario{
		name: "of_the_same_moment_views_come_first",
		events: Events(
			d.Visit("v1").Action("10:00", "play").View("10:00", "/a").Ends("10:30", idle),
		),
		check: func(e *env) {
			e.is("view, then action", nil, e.reached(report.FunnelQuery{Steps: []report.Step{{Page: "/a"}, {Action: "play"}}}), []int64{1, 1})
			e.is("action, then view", nil, e.reached(report.FunnelQuery{Steps: []report.Step{{Action: "play"}, {Page: "/a"}}}), []int64{1, 0})
		},
	}
}

func funnelPerVisitor() scenario {
	d := tuesday()
	return scenario{
		name: "per_visitor_over_all_visits",
		events: Events(
			d.Visit("v1").By("s1").View("10:00", "/shop").Ends("10:30", idle),
			d.Visit("v2").By("s1").Cart("14:00", "mug", 1).Ends("14:30", idle),
			d.Plus(1).Visit("v3").By("s1").View("10:00", "/thanks").Ends("10:30", idle),
			d.Visit("v4").By("s2").View("10:00", "/shop").Ends("10:30", idle),
			d.Visit("v5").By("s2").View("12:00", "/shop").Ends("12:30", idle),
		),
		check: func(e *env) {
			q := report.FunnelQuery{Steps: shop(), Scope: report.PerVisitor}
			got, err := e.w.Funnel(e.Context(), q)
			e.is("steps per visitor", err, got, []report.FunnelStep{
				{Reached: 2}, // s1, s2
				{Reached: 1, Between: report.Spread{N: 1, Sum: 4 * time.Hour}},
				{Reached: 1, Between: report.Spread{N: 1, Sum: 20 * time.Hour}},
			})
			e.is("steps per visit", nil, e.reached(report.FunnelQuery{Steps: shop(), Scope: report.PerVisit}), []int64{3, 0, 0})
			q.Within = 23 * time.Hour
			e.is("steps within 23 h", nil, e.reached(q), []int64{2, 1, 0})
			q.Within, q.To = 0, d.At("24:00")
			e.is("steps on the first day", nil, e.reached(q), []int64{2, 1, 0})
		},
	}
}

func funnelSelection() scenario {
	d := tuesday()
	return scenario{
		name: "nobody",
		events: Events(
			d.Visit("v1").View("10:00", "/shop").Ends("10:30", idle),
		),
		check: func(e *env) {
			q := report.FunnelQuery{Steps: shop()}
			q.From = d.At("11:00")
			e.is("steps", nil, e.reached(q), []int64{0, 0, 0}) // a row a step all the same
		},
	}
}
