package check

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// Row is one number, as it must be and as the report has it.
type Row struct {
	Name          string
	Truth, Report string
	OK            bool
}

// comparison collects rows.
type comparison struct{ rows []Row }

func (c *comparison) number(name string, want, got int64) {
	c.rows = append(c.rows, Row{name, strconv.FormatInt(want, 10), strconv.FormatInt(got, 10), want == got})
}

// numbers compares two sets of counts, in which what is missing is 0.
func (c *comparison) numbers(name string, want, got map[string]int64) {
	both := maps.Clone(want)
	if both == nil {
		both = map[string]int64{}
	}
	maps.Copy(both, got)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		c.number(name+" "+strconv.Quote(key), want[key], got[key])
	}
}

// within compares a time that is known within bounds only.
func (c *comparison) within(name string, want truth.Interval, n report.Number) {
	got := time.Duration(math.Round(n.Value*1000)) * time.Millisecond
	c.rows = append(c.rows, Row{
		name, fmt.Sprintf("%d to %d ms", want.Lo, want.Hi), fmt.Sprintf("%d ms", got.Milliseconds()),
		want.Holds(got) && n.Known,
	})
}

// compare returns a row for every number that there is a truth about.
func compare(t truth.Truth, a answers) []Row {
	c := &comparison{}
	c.visits(t, a.people)
	for _, dimension := range slices.Sorted(maps.Keys(t.VisitsByDimension)) {
		got := map[string]int64{}
		for _, row := range a.by[dimension].Rows {
			got[row.Key[0]] = int64(row.Numbers[0].Value)
		}
		c.numbers("visits by "+dimension, t.VisitsByDimension[dimension], got)
	}
	c.pages("page", t.Pages, a.pages)
	c.pages("screen", t.Screens, a.screens)
	did := map[string]int64{}
	for _, row := range a.actions.Rows {
		did[row.Name] = int64(row.Count.Value)
	}
	c.numbers("action", t.ActionsByName, did)
	c.carts(t.Carts, a.carts)
	c.number("sessions started", t.Lifecycle.Sessions, a.lifecycle.SessionsStarted)
	c.number("logins started", t.Lifecycle.Logins, a.lifecycle.LoginsStarted)
	c.number("logins failed", t.Lifecycle.Failures, a.lifecycle.LoginsFailed)
	c.number("logouts", t.Lifecycle.Logouts, a.lifecycle.LoginEnds[analytics.ReasonLogout])
	c.number("bots' visits", t.Bots.Visits, int64(a.bots.Visits.Value))
	c.number("bots' views", t.Bots.Views, int64(a.bots.Views.Value))
	c.ledger(t, a.ledger)
	return c.rows
}

func (c *comparison) visits(t truth.Truth, o report.Overview) {
	c.number("visits", t.Visits, int64(o.Visits.Value))
	c.number("visits that are over", t.Visits, o.TotalTime.Rows)
	c.number("visitors", t.Visitors, int64(o.Visitors.Value))
	c.number("users", t.Users, int64(o.Users.Value))
	c.number("new visits", t.NewVisits, int64(o.NewVisits.Value))
	c.number("visits with a view", t.WithView, o.ViewsPerVisit.Rows)
	c.number("views", t.Views, int64(o.Views.Value))
	c.number("actions", t.Actions, int64(o.Actions.Value))
	c.number("bounces", t.Bounces, part(o.BounceRate))
	c.number("single-page visits", t.SinglePage, part(o.SinglePageRate))
	c.within("total time", t.Duration.Sum, o.TotalTime)
	c.within("median duration", t.Duration.Median, o.MedianDuration)
	c.within("p95 duration", t.Duration.P95, o.P95Duration)
	c.number("visits with a beacon", t.EngagedVisits, o.MeanEngagement.Rows)
	c.number("engagement, ms", t.EngagementSum.Milliseconds(), int64(math.Round(o.MeanEngagement.Value*float64(o.MeanEngagement.Rows)*1000)))
	c.number("purchases", t.Purchases, int64(o.Purchases.Value))
	c.numbers("revenue", t.Revenue, monies(o.Revenue))
}

func (c *comparison) pages(kind string, want map[string]*truth.Page, p report.Pages) {
	got := map[string]truth.Page{}
	for _, row := range p.Rows {
		got[row.Name] = truth.Page{
			Views: int64(row.Views.Value), Visits: row.Visits,
			Entries: int64(row.Entries.Value), Exits: int64(row.Exits.Value), Bounces: part(row.BounceRate),
		}
	}
	names := slices.Collect(maps.Keys(got))
	names = slices.AppendSeq(names, maps.Keys(want))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		var w truth.Page
		if want[name] != nil {
			w = *want[name]
		}
		c.rows = append(c.rows, Row{
			kind + " " + strconv.Quote(name) + ": views, visits, entries, exits, bounces",
			w.String(), got[name].String(), w == got[name],
		})
	}
}

func (c *comparison) carts(t truth.Carts, r report.CartReport) {
	c.number("carts ordered", t.Ordered, r.Ordered)
	c.number("carts emptied", t.Emptied, r.Emptied)
	c.number("carts abandoned", t.Standing, int64(r.Abandoned.Value)) // nobody has been there for longer than a visit's idle time
	c.number("carts open", 0, r.Open)
	c.numbers("abandoned value", t.Value, monies(r.Value))
}

func (c *comparison) ledger(t truth.Truth, l report.LedgerReport) {
	got := maps.Clone(l.Skipped)
	for reason, n := range t.SkippedBefore {
		got[reason] -= n
	}
	c.numbers("views skipped as", t.Skipped, got)
	c.number("events received = stored + dropped", l.Received, l.StoredSum+l.DroppedSum)
	c.number("events lost", 0, l.Lost)
}

func monies(numbers []report.Number) map[string]int64 {
	m := map[string]int64{}
	for _, n := range numbers {
		m[n.Currency] = int64(n.Value)
	}
	return m
}

// part returns of how many things a share was computed.
func part(share report.Number) int64 { return int64(math.Round(share.Value * float64(share.Rows))) }
