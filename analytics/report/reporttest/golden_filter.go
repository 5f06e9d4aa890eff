package reporttest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// where makes a condition.
func where(field string, op report.Op, values ...string) report.Filter {
	return report.Filter{Field: report.Field(field), Op: op, Values: values}
}

func filterScenarios() []scenario {
	d := tuesday()
	google := analytics.Origin{Source: "google", Medium: "cpc", Campaign: "spring 2026", Device: "mobile", Platform: "web"}
	return []scenario{{
		name: "every_field_and_comparison",
		events: Events(
			// g: 3 views in 2 min, 15 s of engagement, logged in.
			d.Visit("v1").By("g").From(google).As("ada").View("10:00", "/").Engaged("10:00:30", 15*time.Second).
				Routed("10:01", "/p/1", "/p/{id}").View("10:02", "/p/list").Expose("10:02", "button", "blue").Action("10:02", "signup").Ends("10:32", idle),
			// m: two screens in 10.5 s; came before.
			d.Plus(-1).Visit("v0").By("m").Expose("10:00", "button", "red").Ends("10:30", idle),
			d.Visit("v2").By("m").From(analytics.Origin{Medium: "email", Platform: "app", Device: "mobile"}).Screen("10:00", "Home").Screen("10:00:10.500", "Cart").Ends("10:30", idle),
			// n: no view.
			d.Visit("v3").By("n").Action("10:00", "play").Action("10:00", "signup").Ends("10:30", idle),
			// u: under way.
			d.Visit("v4").By("u").View("11:00", "/p/2").Engaged("11:01", time.Minute).View("11:10", "/p/2"),
		),
		check: func(e *env) {
			none, all := []string{}, []string{"g", "m", "n", "u"}
			text := func(field string, op report.Op, values ...string) report.Filter { return where(field, op, values...) }
			both := func(parts ...report.Filter) report.Filter { return report.Filter{All: parts} }
			either := func(parts ...report.Filter) report.Filter { return report.Filter{Any: parts} }
			not := func(f report.Filter) report.Filter { return report.Filter{Not: &f} }
			for name, ask := range map[string]struct {
				f    report.Filter
				want []string
			}{
				"none":                      {report.Filter{}, all},
				"source is":                 {text("source", report.Is, "Google"), []string{"g"}},
				"source is none":            {text("source", report.Is, ""), []string{"m", "n", "u"}},
				"medium is one of":          {text("medium", report.Is, "cpc", "email"), []string{"g", "m"}},
				"medium is not":             {text("medium", report.IsNot, "cpc"), []string{"m", "n", "u"}},
				"medium is not one of":      {text("medium", report.IsNot, "cpc", ""), []string{"m"}},
				"medium matches":            {text("medium", report.Matches, "*a*"), []string{"m"}},
				"medium in capitals":        {text("medium", report.Is, "CPC"), none},
				"campaign with a space":     {text("campaign", report.Is, "spring 2026"), []string{"g"}},
				"channel":                   {text("channel", report.Is, "paid search", "email"), []string{"g", "m"}},
				"platform":                  {text("platform", report.Is, "app"), []string{"m"}},
				"entry":                     {text("entry", report.Is, "Home", "/p/2"), []string{"m", "u"}},
				"exit":                      {text("exit", report.Matches, "/p/*"), []string{"g", "u"}},
				"visitor":                   {text("visitor", report.Is, "returning"), []string{"m"}},
				"login":                     {text("login", report.Is, "yes"), []string{"g"}},
				"end":                       {text("end", report.Is, "under way"), []string{"u"}},
				"day":                       {text("day", report.Is, "2026-03-10"), all},
				"hour":                      {text("hour", report.Is, "2026-03-10T11:00"), []string{"u"}},
				"user is":                   {text("user", report.Is, "ada"), []string{"g"}},
				"user is none":              {text("user", report.Is, ""), []string{"m", "n", "u"}},
				"session":                   {text("session", report.Is, "g", "u", "x"), []string{"g", "u"}},
				"any page is":               {text("page", report.Is, "/p/1"), []string{"g"}},
				"no page is":                {text("page", report.IsNot, "/p/1"), []string{"m", "n", "u"}},
				"no page at all":            {text("page", report.Is, ""), []string{"m", "n"}},
				"any page matches":          {text("page", report.Matches, "/p/*"), []string{"g", "u"}},
				"page matches all":          {text("page", report.Matches, "*"), all}, // also the empty value
				"page matches with an end":  {text("page", report.Matches, "/*st"), []string{"g"}},
				"page matches one of":       {text("page", report.Matches, "/x*", "*2"), []string{"u"}},
				"page without a star":       {text("page", report.Matches, "/p"), none},
				"route":                     {text("route", report.Is, "/p/{id}"), []string{"g"}},
				"route is the path":         {text("route", report.Is, "/p/2"), []string{"u"}},
				"route is another's path":   {text("route", report.Is, "/p/1"), none},
				"screen":                    {text("screen", report.Is, "Cart"), []string{"m"}},
				"no screen at all":          {text("screen", report.Is, ""), []string{"g", "n", "u"}},
				"action":                    {text("action", report.Is, "signup"), []string{"g", "n"}},
				"no action is":              {text("action", report.IsNot, "play"), []string{"g", "m", "u"}},
				"views at least":            {text("views", report.AtLeast, "2"), []string{"g", "m", "u"}},
				"views less than":           {text("views", report.LessThan, "3"), []string{"m", "n", "u"}},
				"actions at least":          {text("actions", report.AtLeast, "1"), []string{"g", "n"}},
				"actions at least a bit":    {text("actions", report.AtLeast, "1.5"), []string{"n"}},
				"duration at least":         {text("duration", report.AtLeast, "10.5"), []string{"g", "m"}},
				"duration at least more":    {text("duration", report.AtLeast, "10.501"), []string{"g"}},
				"duration less than":        {text("duration", report.LessThan, "60"), []string{"m", "n"}}, // not known of u
				"duration not at least":     {not(text("duration", report.AtLeast, "60")), []string{"m", "n", "u"}},
				"engagement at least":       {text("engagement", report.AtLeast, "0"), []string{"g", "u"}}, // not known of m, n
				"engagement less than":      {text("engagement", report.LessThan, "60"), []string{"g"}},
				"arm":                       {text("arm:button", report.Is, "blue"), []string{"g"}},
				"arm of another visit":      {text("arm:button", report.Is, "red"), []string{"m"}},
				"no arm":                    {text("arm:button", report.Is, ""), []string{"n", "u"}},
				"arm of no experiment":      {text("arm:price", report.IsNot, "red"), all},
				"all":                       {both(text("device", report.Is, "mobile"), text("platform", report.Is, "web")), []string{"g"}},
				"any":                       {either(text("action", report.Is, "play"), text("screen", report.Is, "Home")), []string{"m", "n"}},
				"not":                       {not(text("device", report.Is, "mobile")), []string{"n", "u"}},
				"not, in any, in all":       {both(either(text("device", report.Is, "mobile"), not(text("page", report.Is, ""))), not(text("login", report.Is, "yes"))), []string{"m", "u"}},
				"all of what contradicts":   {both(text("device", report.Is, "mobile"), text("device", report.Is, "")), none},
				"a condition that is empty": {both(report.Filter{}, text("device", report.Is, "mobile")), []string{"g", "m"}},
			} {
				q := report.VisitorsQuery{Selection: report.Selection{From: d.At("00:00"), Where: ask.f}}
				visitors, err := e.w.Visitors(e.Context(), q)
				got := []string{}
				for _, v := range visitors {
					got = append(got, v.ID)
				}
				e.is("visitors where "+name, err, got, ask.want)
				e.is("visits where "+name, nil, e.totals(q.Selection).Visits, len(ask.want))
			}
		},
	}}
}
