package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func crawling() scenario {
	d := tuesday()
	crawler := analytics.Origin{Bot: "crawler"}
	return scenario{
		name: "bots_are_kept_apart",
		events: Events(
			d.Visit("v1").View("10:00", "/").Ends("10:30", idle),
			d.Visit("v2").From(crawler).View("10:00", "/").View("10:00:01", "/shop").Ends("10:30", idle),
			d.Visit("v3").From(analytics.Origin{Bot: "headless"}).View("10:00", "/").Ends("10:30", idle),
		),
		check: func(e *env) {
			e.is("totals", nil, e.totals(report.Selection{}), report.Totals{
				Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 1, Judged: 1, Bounces: 1, SinglePage: 1,
				Duration: report.Spread{N: 1},
			})
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Selection: report.Selection{Bots: true}, By: []report.Dimension{report.ByBot}})
			e.is("bots", err, groups, []report.Group{
				{Key: []string{"crawler"}, Totals: report.Totals{
					Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 2, Judged: 1, Duration: report.Spread{N: 1, Sum: time.Second},
				}},
				{Key: []string{"headless"}, Totals: report.Totals{
					Visits: 1, Visitors: 1, NewVisits: 1, WithView: 1, Views: 1, Judged: 1, Bounces: 1, SinglePage: 1, Duration: report.Spread{N: 1},
				}},
			})
		},
	}
}

// sharing has two people at one device, and one person at two.
func sharing() scenario {
	d := tuesday()
	return scenario{
		name: "users_and_shared_devices",
		events: Events(
			d.Visit("v1").By("desk").Login("10:00", "ada").Logout("10:05").Ends("10:30", idle),
			d.Visit("v2").By("desk").Login("11:00", "bob").Ends("11:30", idle),
			d.Visit("v3").By("desk").View("12:00", "/").Ends("12:30", idle),
			d.Visit("v4").By("phone").As("ada").View("13:00", "/").Ends("13:30", idle),
		),
		check: func(e *env) {
			got := e.totals(report.Selection{})
			// desk and phone; ada and bob; all but v3 have a user
			e.is("visitors, users, visits with a user", nil, []int64{got.Visitors, got.Users, got.WithUser}, []int64{2, 2, 3})
			groups, err := e.w.Totals(e.Context(), report.TotalsQuery{By: []report.Dimension{report.ByLogin}})
			var logins []string
			for _, g := range groups {
				logins = append(logins, g.Key...)
			}
			e.is("logins", err, logins, []string{"yes", "no"})
		},
	}
}

// switching has one user follow another within a visit, at one moment, as it is
// when somebody logs in over somebody else's login.
func switching() scenario {
	d := tuesday()
	at := func(e *analytics.Event, id string) analytics.Event {
		e.ID = id
		return *e
	}
	v := d.Visit("v1").By("s1").Login("10:00", "ada").Logout("10:05").Login("10:05", "bob")
	w := d.Visit("v2").By("s2").Login("10:00", "cyd").Logout("10:05").Login("10:05", "dan")
	events := Events(v, w)
	for i := range events {
		// IDs that put the end of the one after the start of the other.
		switch e := &events[i]; {
		case e.Type == analytics.LoginEnded && e.Visit == "v2":
			events[i] = at(e, "z-9")
		case e.Type == analytics.LoginStarted && e.User == "dan":
			events[i] = at(e, "z-8")
		}
	}
	return scenario{
		name:   "who_logged_in_last_is_the_user",
		events: events,
		check: func(e *env) {
			users, err := e.w.Visitors(e.Context(), report.VisitorsQuery{Users: true})
			var got []string
			for _, u := range users {
				got = append(got, u.ID)
			}
			e.is("users", err, got, []string{"bob", "dan"})
		},
	}
}
