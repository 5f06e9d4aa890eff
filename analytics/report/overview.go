package report

import (
	"context"
	"time"
)

// The bounds of an [Overview]: how many rows its lists have, and up to which length
// of the period its series goes by hours. That is two days, one of which may be 25
// hours long.
const (
	overviewTops = 10
	hourlyUpTo   = 49 * time.Hour
)

// Overview is a period at a glance.
type Overview struct {
	Summary

	Every  Dimension `json:"every"`  // ByHour or ByDay: of the series
	Series []Bucket  `json:"series"` // without gaps

	// What came up most: visits for channels, sources, devices and entries, views
	// for pages and screens, and counts for actions.
	Channels   []Top `json:"channels"`
	Sources    []Top `json:"sources"`
	Devices    []Top `json:"devices"`
	Entries    []Top `json:"entries"`
	Pages      []Top `json:"pages"`
	Screens    []Top `json:"screens,omitempty"`
	TopActions []Top `json:"top_actions"`
}

// Bucket is what happened in one hour or day.
type Bucket struct {
	Start      string   `json:"start"` // local, as the dimensions by time have it
	Visits     int64    `json:"visits"`
	Visitors   int64    `json:"visitors"`
	Views      int64    `json:"views"`
	Actions    int64    `json:"actions"`
	Purchases  int64    `json:"purchases"`
	BounceRate *float64 `json:"bounce_rate"` // nil: not known
}

// Top is one row of the most frequent. An empty name is what has none, such as the
// source of visits that came directly.
type Top struct {
	Name  string   `json:"name"`
	Count int64    `json:"count"`
	Share *float64 `json:"share"` // of all that is counted; nil: not known
}

// Overview returns the numbers of the request, a series for them, and the most
// frequent of what visits are told apart by.
func (r *Reports) Overview(ctx context.Context, req Request) (*Overview, error) {
	q, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	every := ByDay
	if !q.From.IsZero() && q.end().Sub(q.From) <= hourlyUpTo {
		every = ByHour
	}
	by := func(d Dimension, limit int) TotalsQuery {
		return TotalsQuery{Selection: q.Selection, By: []Dimension{d}, Limit: limit}
	}
	var series, channels, sources, devices, entries []Group
	var pages, screens []Page
	var actions []Action
	a := &summaryAnswers{}
	questions := append(
		r.summaryQuestions(q, a),
		into(&series, r.warehouse.Totals, by(every, 0)),
		into(&channels, r.warehouse.Totals, by(ByChannel, overviewTops)),
		into(&sources, r.warehouse.Totals, by(BySource, overviewTops)),
		into(&devices, r.warehouse.Totals, by(ByDevice, overviewTops)),
		into(&entries, r.warehouse.Totals, by(ByEntry, overviewTops)),
		into(&pages, r.warehouse.Pages, PagesQuery{Selection: q.Selection, Kind: ByPath, Limit: overviewTops}),
		into(&screens, r.warehouse.Pages, PagesQuery{Selection: q.Selection, Kind: ByScreen, Limit: overviewTops}),
		into(&actions, r.warehouse.Actions, ActionsQuery{Selection: q.Selection, Limit: overviewTops}),
	)
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	o := &Overview{Summary: *q.summary(a), Every: every}
	if o.Series, err = q.buckets(every, series); err != nil {
		return nil, err
	}
	t := sole(a.totals)
	o.Channels, o.Sources = topGroups(channels, t.Visits), topGroups(sources, t.Visits)
	o.Devices, o.Entries = topGroups(devices, t.Visits), topGroups(entries, t.Visits)
	o.Pages, o.Screens = topPages(pages, t.Views), topPages(screens, t.Views)
	o.TopActions = make([]Top, len(actions))
	for i, a := range actions {
		o.TopActions[i] = Top{a.Name, a.Count, shareOf(a.Count, t.Actions)}
	}
	return o, nil
}

func topGroups(groups []Group, visits int64) []Top {
	tops := make([]Top, len(groups))
	for i, g := range groups {
		tops[i] = Top{g.Key[0], g.Visits, shareOf(g.Visits, visits)}
	}
	return tops
}

func topPages(pages []Page, views int64) []Top {
	tops := make([]Top, len(pages))
	for i, p := range pages {
		tops[i] = Top{p.Name, p.Views, shareOf(p.Views, views)}
	}
	return tops
}

// buckets puts the groups of a dimension by time in the order of time, without
// gaps.
func (q resolved) buckets(every Dimension, groups []Group) ([]Bucket, error) {
	starts, err := q.starts(every, groups)
	if err != nil {
		return nil, err
	}
	found := map[string]Totals{}
	for _, g := range groups {
		found[g.Key[0]] = g.Totals
	}
	buckets := make([]Bucket, len(starts))
	for i, start := range starts {
		t := found[start]
		buckets[i] = Bucket{
			Start: start, Visits: t.Visits, Visitors: t.Visitors, Views: t.Views, Actions: t.Actions, Purchases: t.Purchases,
			BounceRate: shareOf(t.Bounces, t.Judged),
		}
	}
	return buckets, nil
}

// Table returns the numbers, a row each.
func (o *Overview) Table() Table {
	return o.table("Overview", o.Compared != nil)
}
