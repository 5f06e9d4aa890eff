package reporttest

import (
	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func lifecycleScenarios() []scenario {
	d := Day("2026-03-10", "Asia/Kolkata")
	reasons := func(list ...analytics.Reason) map[analytics.Reason]int64 {
		n := map[analytics.Reason]int64{}
		for _, r := range list {
			n[r]++
		}
		return n
	}
	events := Events(
		d.Visit("v1").By("s1").From(analytics.Origin{Device: "mobile"}).Login("10:10", "ada").Logout("10:50").Ends("10:50", analytics.ReasonLogout),
		d.Visit("v2").By("s2").From(analytics.Origin{Bot: "crawler"}).Login("10:20", "bob"),
	)
	events = append(events,
		d.happened("10:09", analytics.SessionStarted, "s1", inVisit("v1")),
		d.happened("10:50", analytics.SessionEnded, "s1", because(analytics.ReasonLogout)),
		d.happened("11:05", analytics.LoginFailed, ""),
		d.happened("11:06", analytics.LoginFailed, "s2"),
		d.happened("11:20", analytics.CredentialReused, "s2"),
		d.happened("11:20", analytics.LoginEnded, "s2", because(analytics.ReasonReused)),
		d.happened("11:20", analytics.SessionEnded, "s2", because(analytics.ReasonReused)),
		d.happened("11:30", analytics.CredentialUnknown, "s3"),
		d.happened("11:59:59.999", analytics.LoginReauthenticated, "s3"),
		d.happened("12:00", analytics.CredentialRotated, "s3"), // nothing that is told of
		d.happened("12:10", analytics.StateConflicted, "s3"),
		d.happened("13:05", analytics.SessionEnded, "s3", because(idle)),
		d.happened("13:06", analytics.SessionEnded, "s4", because(idle)),
		d.happened("13:07", analytics.SessionEnded, "s5", because(analytics.ReasonErased)),
		d.happened("13:08", analytics.LoginEnded, "s6", because(analytics.ReasonEvicted)),
	)
	ten := report.LifecycleHour{
		Start: d.At("10:00"), SessionsStarted: 1, SessionsEnded: reasons(analytics.ReasonLogout),
		LoginsStarted: 2, LoginsEnded: reasons(analytics.ReasonLogout), // a bot's login is one
	}
	eleven := report.LifecycleHour{
		Start: d.At("11:00"), SessionsEnded: reasons(analytics.ReasonReused), LoginsFailed: 2,
		LoginsEnded: reasons(analytics.ReasonReused), Reauthenticated: 1, Reused: 1, Unknown: 1,
	}
	one := report.LifecycleHour{
		Start: d.At("13:00"), SessionsEnded: reasons(idle, idle, analytics.ReasonErased), LoginsEnded: reasons(analytics.ReasonEvicted),
	}
	return []scenario{{
		name:   "hours_in_which_something_became_of_sessions",
		events: events,
		check: func(e *env) {
			hours := func(q report.LifecycleQuery) []report.LifecycleHour {
				q.Location = d.loc
				got, err := e.w.Lifecycle(e.Context(), q)
				if err != nil {
					e.Errorf("lifecycle: %v", err)
				}
				return got
			}
			e.is("hours", nil, hours(report.LifecycleQuery{}), []report.LifecycleHour{ten, eleven, one})
			e.is("hours until noon", nil, hours(report.LifecycleQuery{Selection: report.Selection{From: d.At("10:51"), To: d.At("12:00")}}),
				[]report.LifecycleHour{eleven})
			// With a condition only what lies in such a visit: the session ended outside of it.
			mobile := report.Selection{Where: where("device", report.Is, "mobile")}
			e.is("hours of mobile visits", nil, hours(report.LifecycleQuery{Selection: mobile}), []report.LifecycleHour{
				{Start: d.At("10:00"), SessionsStarted: 1, LoginsStarted: 1, LoginsEnded: reasons(analytics.ReasonLogout)},
			})
			// By the clock of the question: 10:00 in Kolkata is 04:30 UTC.
			morning := report.Selection{Where: where("hour", report.Is, "2026-03-10T10:00")}
			e.is("hours of visits from ten to eleven", nil, hours(report.LifecycleQuery{Selection: morning}), []report.LifecycleHour{
				{Start: d.At("10:00"), SessionsStarted: 1, LoginsStarted: 1, LoginsEnded: reasons(analytics.ReasonLogout)},
			})
		},
	}}
}
