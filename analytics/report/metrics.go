package report

import (
	"maps"
	"slices"
	"strings"
)

// Metrics is what a set of visits comes to, in numbers.
type Metrics struct {
	Visits             Number   `json:"visits"`
	Visitors           Number   `json:"visitors"`
	Users              Number   `json:"users"`
	NewVisits          Number   `json:"new_visits"`
	VisitsPerVisitor   Number   `json:"visits_per_visitor"`
	VisitsPerUser      Number   `json:"visits_per_user"`
	Views              Number   `json:"views"`
	ViewsPerVisit      Number   `json:"views_per_visit"`
	Actions            Number   `json:"actions"`
	BounceRate         Number   `json:"bounce_rate"`
	SinglePageRate     Number   `json:"single_page_rate"`
	MedianDuration     Number   `json:"median_duration"`
	MeanDuration       Number   `json:"mean_duration"`
	P95Duration        Number   `json:"p95_duration"`
	TotalTime          Number   `json:"total_time"`
	MedianEngagement   Number   `json:"median_engagement"`
	MeanEngagement     Number   `json:"mean_engagement"`
	P95Engagement      Number   `json:"p95_engagement"`
	EngagementCoverage Number   `json:"engagement_coverage"`
	Purchases          Number   `json:"purchases"`
	Revenue            []Number `json:"revenue"`                   // one a currency
	ConversionRate     *Number  `json:"conversion_rate,omitempty"` // with a goal
}

// quantiles are those that every report asks for: median and p95.
var quantiles = []float64{0.5, 0.95}

// metricsOf computes the metrics of t, which was asked for with quantiles.
func metricsOf(t Totals, goal bool) Metrics {
	over := t.Visits - t.UnderWay
	underWay := LeftOut{"visits under way", t.UnderWay}
	viewless := LeftOut{"visits without a view", t.Visits - t.WithView}
	unjudged := LeftOut{"visits without a view", over - t.Judged}
	userless := LeftOut{"visits without a login", t.Visits - t.WithUser}
	beaconless := LeftOut{"visits without a beacon", over - t.Engagement.N}
	total := Number{
		Metric: "total time", Unit: UnitTime, Value: t.Duration.Sum.Seconds(), Known: true, Rows: t.Duration.N,
		LeftOut: mention([]LeftOut{underWay}),
	}
	m := Metrics{
		Visits:             count("visits", t.Visits, t.Visits),
		Visitors:           count("visitors", t.Visitors, t.Visits),
		Users:              count("users", t.Users, t.WithUser, userless),
		NewVisits:          count("new visits", t.NewVisits, t.Visits),
		VisitsPerVisitor:   quotient("visits per visitor", UnitRatio, t.Visits, t.Visitors),
		VisitsPerUser:      quotient("visits per user", UnitRatio, t.WithUser, t.Users, userless),
		Views:              count("views", t.Views, t.Visits),
		ViewsPerVisit:      quotient("views per visit", UnitRatio, t.Views, t.WithView, viewless),
		Actions:            count("actions", t.Actions, t.Visits),
		BounceRate:         quotient("bounce rate", UnitShare, t.Bounces, t.Judged, underWay, unjudged),
		SinglePageRate:     quotient("single-page rate", UnitShare, t.SinglePage, t.Judged, underWay, unjudged),
		MedianDuration:     quantile("duration", "median", t.Duration, 0, underWay),
		MeanDuration:       mean("duration", t.Duration, underWay),
		P95Duration:        quantile("duration", "p95", t.Duration, 1, underWay),
		TotalTime:          total,
		MedianEngagement:   quantile("engagement", "median", t.Engagement, 0, underWay, beaconless),
		MeanEngagement:     mean("engagement", t.Engagement, underWay, beaconless),
		P95Engagement:      quantile("engagement", "p95", t.Engagement, 1, underWay, beaconless),
		EngagementCoverage: quotient("engagement coverage", UnitShare, t.Engagement.N, over, underWay),
		Purchases:          count("purchases", t.Purchases, t.Visits),
		Revenue:            monies("revenue", t.Revenue, t.Purchases),
	}
	m.VisitsPerVisitor.Rows, m.VisitsPerUser.Rows = t.Visits, t.WithUser
	if goal {
		m.ConversionRate = new(quotient("conversion rate", UnitShare, t.Converted, t.Visits))
	}
	return m
}

// monies returns a number for each currency, in their order.
func monies(metric string, by map[string]int64, rows int64, out ...LeftOut) []Number {
	numbers := make([]Number, 0, len(by))
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		numbers = append(numbers, money(metric, currency, by[currency], rows, out...))
	}
	return numbers
}

// List returns every number of m, in the order of the fields.
func (m *Metrics) List() []Number {
	var list []Number
	for _, n := range m.list() {
		list = append(list, *n)
	}
	return list
}

// list returns every number of m, in the order of the fields.
func (m *Metrics) list() []*Number {
	list := []*Number{
		&m.Visits, &m.Visitors, &m.Users, &m.NewVisits, &m.VisitsPerVisitor, &m.VisitsPerUser,
		&m.Views, &m.ViewsPerVisit, &m.Actions, &m.BounceRate, &m.SinglePageRate,
		&m.MedianDuration, &m.MeanDuration, &m.P95Duration, &m.TotalTime,
		&m.MedianEngagement, &m.MeanEngagement, &m.P95Engagement, &m.EngagementCoverage, &m.Purchases,
	}
	for i := range m.Revenue {
		list = append(list, &m.Revenue[i])
	}
	if m.ConversionRate != nil {
		list = append(list, m.ConversionRate)
	}
	return list
}

// number returns the number with this name. Revenue in a currency that does not
// occur is none.
func (m *Metrics) number(name string) (Number, bool) {
	for _, n := range m.list() {
		if n.Name() == name {
			return *n, true
		}
	}
	if currency, ok := strings.CutPrefix(name, "revenue "); ok && isCurrency(currency) {
		return money("revenue", currency, 0, int64(m.Purchases.Value)), true
	}
	return Number{}, false
}

func isCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// checkMetric returns why there is no number with this name in a breakdown or a
// series, or nil.
func checkMetric(name string, goal bool) error {
	m := metricsOf(Totals{}, goal)
	if _, ok := m.number(name); ok {
		return nil
	}
	if name == "conversion rate" {
		return fault("a conversion rate needs a goal")
	}
	return fault("unknown metric %q", name)
}

// compare puts the numbers of another period beside those of m.
func (m *Metrics) compare(before Metrics, better map[string]Direction) {
	m.Revenue = compareMonies(m.Revenue, before.Revenue, better)
	for _, n := range m.list() {
		if n.Metric == "revenue" {
			continue
		}
		if b, ok := before.number(n.Name()); ok {
			compare(n, b, better)
		}
	}
}

// compareMonies compares currency by currency; one that does not occur is a sum
// of nothing: 0.
func compareMonies(now, before []Number, better map[string]Direction) []Number {
	for _, b := range before {
		if !slices.ContainsFunc(now, func(n Number) bool { return n.Currency == b.Currency }) {
			now = append(now, money(b.Metric, b.Currency, 0, 0))
		}
	}
	slices.SortFunc(now, func(a, b Number) int { return strings.Compare(a.Currency, b.Currency) })
	for i := range now {
		n := &now[i]
		at := slices.IndexFunc(before, func(b Number) bool { return b.Currency == n.Currency })
		if at < 0 {
			compare(n, money(n.Metric, n.Currency, 0, 0), better)
			continue
		}
		compare(n, before[at], better)
	}
	return now
}

// leaveOut adds to every number what all of them left out.
func (m *Metrics) leaveOut(why string, n int64) {
	for _, number := range m.list() {
		number.LeftOut = append(number.LeftOut, mention([]LeftOut{{why, n}})...)
	}
}
