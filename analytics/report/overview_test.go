package report_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func TestOverviewTellsTheNumbersOfThePeriod(t *testing.T) {
	req := days()
	req.Goal = &report.Step{Action: "purchase"}
	req.Compare = report.ComparePrevious
	req.Better = map[string]report.Direction{"bounce rate": report.Lower, "views": report.Lower, "new visits": report.Higher}
	o, err := reports(t, traffic()).Overview(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, o.Visits, 4, 4)
	expect(t, o.Visitors, 3, 4) // s1 twice
	expect(t, o.Users, 0, 0)
	unknown(t, o.VisitsPerUser)
	expect(t, o.NewVisits, 3, 4)
	expect(t, o.VisitsPerVisitor, 4.0/3, 4)
	expect(t, o.Views, 5, 4)
	expect(t, o.ViewsPerVisit, 5.0/4, 4)
	expect(t, o.Actions, 2, 4)
	expect(t, o.BounceRate, 1.0/3, 3)     // v2; v4 is under way
	expect(t, o.SinglePageRate, 2.0/3, 3) // v2, v3
	expect(t, o.MedianDuration, 0, 3)     // 0, 0, 180
	expect(t, o.MeanDuration, 60, 3)
	expect(t, o.P95Duration, 162, 3) // 0.9 * 180
	expect(t, o.TotalTime, 180, 3)
	expect(t, o.MedianEngagement, 20, 1)
	expect(t, o.EngagementCoverage, 1.0/3, 3)
	expect(t, o.Purchases, 1, 4)
	if len(o.Revenue) != 1 {
		t.Fatalf("revenue: %+v", o.Revenue)
	}
	expect(t, o.Revenue[0], 1999, 1)
	expect(t, *o.ConversionRate, 0.25, 4)

	if want := []report.LeftOut{{Why: "visits under way", Count: 1}, {Why: "visits of bots", Count: 1}}; !reflect.DeepEqual(o.BounceRate.LeftOut, want) {
		t.Errorf("the bounce rate left out %v, want %v", o.BounceRate.LeftOut, want)
	}
	expect(t, *o.Visits.Before, 1, 1)
	shareIs(t, "the change of visits", o.Visits.Change, 3)
	shareIs(t, "the change of the bounce rate", o.BounceRate.Change, -2.0/3)
	if o.Visits.Good != nil || o.BounceRate.Good == nil || !*o.BounceRate.Good || o.Views.Good == nil || *o.Views.Good {
		t.Error("what is better is not what the request says")
	}
	if o.Purchases.Change != nil || o.Revenue[0].Before == nil || o.Revenue[0].Change != nil {
		t.Error("something changed from nothing by a share")
	}
	if before := monday.Plus(-2).At("00:00"); !o.Compared.From.Equal(before) || !o.Compared.To.Equal(o.From) {
		t.Errorf("compared with %v", o.Compared)
	}

	if o.Every != report.ByHour || len(o.Series) != 48 || o.Series[10].Visits != 2 || o.Series[33].Visits != 1 || o.Series[33].BounceRate != nil {
		t.Errorf("series by %s: %+v", o.Every, o.Series)
	}
	for what, c := range map[string]struct {
		got  []report.Top
		want string
	}{
		"sources": {o.Sources, ` 3 0.75 Google 1 0.25`},
		"devices": {o.Devices, ` 3 0.75 desktop 1 0.25`},
		"pages":   {o.Pages, `/ 3 0.6 /shop 2 0.4`},
		"entries": {o.Entries, `/ 3 0.75 /shop 1 0.25`},
		"actions": {o.TopActions, `newsletter 1 0.5 purchase 1 0.5`},
	} {
		var got []string
		for _, top := range c.got {
			text, _ := json.Marshal([]any{top.Count, top.Share})
			got = append(got, top.Name+" "+strings.ReplaceAll(strings.Trim(string(text), "[]"), ",", " "))
		}
		if joined := strings.Join(got, " "); joined != c.want {
			t.Errorf("%s: %s, want %s", what, joined, c.want)
		}
	}
}

func TestOverviewOfNothingKnowsNoRatio(t *testing.T) {
	o, err := reports(t, nil).Overview(t.Context(), days())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, o.Visits, 0, 0)
	for _, n := range []report.Number{o.BounceRate, o.ViewsPerVisit, o.VisitsPerVisitor, o.MedianDuration, o.MeanDuration, o.EngagementCoverage} {
		unknown(t, n)
	}
	text, err := json.Marshal(o)
	if err != nil || !strings.Contains(string(text), `"bounce_rate":{"metric":"bounce rate","unit":"share","known":false,"rows":0,"value":null}`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestExplainTellsHowANumberCameAbout(t *testing.T) {
	req := days()
	req.Compare, req.Better = report.ComparePrevious, map[string]report.Direction{"bounce rate": report.Lower}
	s, err := reports(t, traffic()).Summary(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		n    report.Number
		want string
	}{
		{
			s.BounceRate,
			"Bounce rate: 33.3 %. It is visits that bounced / visits that are over and have a view; one bounces that has a single view, no action " +
				"and less than 10 s of engagement. Rows it was computed over: 3. Left out by definition: bots; visits under way; visits without a view. " +
				"Left out here: visits under way 1, visits of bots 1. In the period compared with: 100.0 %, a change of -66.7 %. " +
				"By what was said to be better, that is better.",
		},
		{
			s.P95Duration,
			"P95 duration: 2 min 42 s. It is the 95th percentile of: last activity - start of the visit, which is 0 where there was one request only. " +
				"Rows it was computed over: 3. Left out by definition: bots; visits under way. Left out here: visits under way 1, visits of bots 1. " +
				"In the period compared with: 0 s.",
		},
		{
			s.VisitsPerUser,
			"Visits per user: not known. It is visits with a user / users. Rows it was computed over: 0. There was nothing to compute it from. " +
				"Left out by definition: bots; visits without a login. Left out here: visits without a login 4, visits of bots 1. " +
				"In the period compared with: not known.",
		},
	} {
		if got := c.n.Explain(); got != c.want {
			t.Errorf("%s\nwant\n%s", got, c.want)
		}
	}
}

func TestEveryNumberHasADefinitionOfItsUnit(t *testing.T) {
	req := days()
	req.Goal = &report.Step{Action: "purchase"}
	s, err := reports(t, traffic()).Summary(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range s.List() {
		defined(t, n)
	}
}

func TestPeriodsUnderWayAreComparedWithAsMuch(t *testing.T) {
	r := reports(t, nil)
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct {
		name     string
		from, to string
		compare  report.Comparison
		now      string
		wantFrom string
		wantTo   string
	}{
		{"days", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00", report.ComparePrevious, "2026-04-10T00:00:00Z", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"days under way", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00", report.ComparePrevious, "2026-03-30T15:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-29T15:00:00+02:00"},
		{"month", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", report.ComparePrevious, "2026-04-10T00:00:00Z", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"},
		{"month under way, longer than the one before", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", report.ComparePrevious, "2026-03-30T12:00:00+02:00", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"},
		{"hours", "2026-03-30T10:00:00+02:00", "2026-03-30T12:00:00+02:00", report.ComparePrevious, "2026-04-10T00:00:00Z", "2026-03-30T08:00:00+02:00", "2026-03-30T10:00:00+02:00"},
		{"week", "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00", report.CompareWeek, "2026-04-10T00:00:00Z", "2026-03-23T00:00:00+01:00", "2026-03-24T00:00:00+01:00"},
		{"year", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", report.CompareYear, "2026-04-10T00:00:00Z", "2025-03-29T00:00:00+01:00", "2025-03-30T00:00:00+01:00"},
		{"open end", "2026-03-30T00:00:00+02:00", "", report.CompareWeek, "2026-03-30T15:00:00+02:00", "2026-03-23T00:00:00+01:00", "2026-03-23T15:00:00+01:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r = report.New(empty{}, report.Options{Now: func() time.Time { return at(t, c.now) }, Location: berlin})
			req := report.Request{Compare: c.compare}
			req.From = at(t, c.from)
			if c.to != "" {
				req.To = at(t, c.to)
			}
			s, err := r.Summary(t.Context(), req)
			if err != nil || !s.Compared.From.Equal(at(t, c.wantFrom)) || !s.Compared.To.Equal(at(t, c.wantTo)) {
				t.Errorf("%+v, %v; want %s to %s", s.Compared, err, c.wantFrom, c.wantTo)
			}
		})
	}
}

func TestFaultsOfARequestAreToldTogether(t *testing.T) {
	req := report.Request{
		Selection: report.Selection{To: monday.At("00:00")}, Compare: "decade", Goal: &report.Step{},
		Better: map[string]report.Direction{"luck": "more"},
	}
	_, err := reports(t, nil).Breakdown(t.Context(), req, report.BreakdownOptions{By: []report.Dimension{"moon"}, Metrics: []string{"joy"}, Limit: -1})
	if !errors.Is(err, report.ErrQuestion) {
		t.Fatal(err)
	}
	for _, want := range []string{"decade", "beginning", "step", "luck", "higher or lower", "moon", "joy", "limit"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in: %v", want, err)
		}
	}
}
