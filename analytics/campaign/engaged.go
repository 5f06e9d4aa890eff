package campaign

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Metric is what engagement is measured by.
type Metric string

// The metrics, each summed over the visits of a visitor: see package analytics. Of
// Engagement browsers tell, so that those who want to be highly engaged can be:
// rewards of value had better go by what they did.
const (
	Duration   Metric = "duration"
	Engagement Metric = "engagement"
)

// HighlyEngaged is about visitors who spent more time here, in the visits that
// started within Over before now, than the given percentile of all visitors of
// that period. Nobody is, among fewer visitors than it takes for one of them to be
// beyond it: 20 for the 95th. Of visitors who are equal to the percentile, none is.
type HighlyEngaged struct {
	Name string // default: visitor.engaged

	Percentile float64       // more than 0 and less than 100, such as 95
	Over       time.Duration // the period
	Metric     Metric        // default: Engagement

	// Again makes it an occasion once in every period, counted in stretches of Over
	// since 1970, rather than once and for all.
	Again bool

	// Users asks about users in place of visitors: what they do with all their
	// browsers counts together, and what is done without a login does not.
	Users bool
}

func (c HighlyEngaged) name() string {
	if c.Name == "" {
		return string(KindHighlyEngaged)
	}
	return c.Name
}

func (c HighlyEngaged) faults() []string {
	var faults []string
	if !(c.Percentile > 0 && c.Percentile < 100) { // nor NaN
		faults = append(faults, fmt.Sprintf("Percentile is %v, must be more than 0 and less than 100", c.Percentile))
	}
	if c.Over <= 0 {
		faults = append(faults, fmt.Sprintf("Over is %v, must be more than 0", c.Over))
	}
	if c.Metric != "" && c.Metric != Duration && c.Metric != Engagement {
		faults = append(faults, fmt.Sprintf("Metric is %q, must be %q or %q", c.Metric, Duration, Engagement))
	}
	return faults
}

func (c HighlyEngaged) finder() finder {
	if c.Metric == "" {
		c.Metric = Engagement
	}
	return &engagedFinder{HighlyEngaged: c}
}

// engagedFinder computes the threshold now and then, since that takes all visitors
// of the period, and at each look asks for those beyond it only.
type engagedFinder struct {
	HighlyEngaged
	threshold time.Duration
	enough    bool // there are enough visitors to have one
	computed  time.Time
}

func (f *engagedFinder) find(ctx context.Context, l look) ([]finding, error) {
	query := report.VisitorsQuery{Selection: report.Selection{From: l.now.Add(-f.Over)}, Users: f.Users}
	if age := l.now.Sub(f.computed); age < 0 || age >= min(f.Over/24, time.Hour) {
		all, err := l.warehouse.Visitors(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("visitors of the period: %w", err)
		}
		f.compute(all)
		f.computed = l.now
	}
	if !f.enough {
		return nil, nil
	}
	if f.Metric == Duration {
		query.MinDuration = f.threshold + time.Millisecond
	} else {
		query.MinEngagement = f.threshold + time.Millisecond
	}
	visitors, err := l.warehouse.Visitors(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("visitors by engagement: %w", err)
	}
	found := make([]finding, len(visitors))
	for i := range visitors {
		found[i] = f.occasion(&visitors[i], l.now)
	}
	return found, nil
}

// compute finds the percentile as package analytics defines quantiles.
func (f *engagedFinder) compute(all []report.Visitor) {
	values := make([]time.Duration, len(all))
	for i := range all {
		values[i] = f.value(&all[i])
	}
	slices.Sort(values)
	f.enough = float64(len(values))*(100-f.Percentile) >= 100
	if !f.enough {
		return
	}
	rank := f.Percentile / 100 * float64(len(values)-1)
	below := int(rank)
	above := min(below+1, len(values)-1)
	between := float64(values[above]-values[below]) * (rank - math.Floor(rank))
	f.threshold = (values[below] + time.Duration(between)).Round(time.Millisecond)
}

func (f *engagedFinder) value(v *report.Visitor) time.Duration {
	if f.Metric == Duration {
		return v.Duration
	}
	return v.Engagement
}

func (f *engagedFinder) occasion(v *report.Visitor, now time.Time) finding {
	key := v.ID
	if f.Again {
		key = fmt.Sprintf("%d:%s", now.UnixMilli()/max(f.Over.Milliseconds(), 1), v.ID)
	}
	session, user := about(v, f.Users)
	return finding{Occasion: Occasion{
		ID: identify(f.name(), key), Kind: KindHighlyEngaged, Campaign: f.name(), Time: moment(v.Last), Session: session, User: user,
		Engagement: &EngagementDetails{
			Metric: f.Metric, Milliseconds: f.value(v).Milliseconds(), Threshold: f.threshold.Milliseconds(), Percentile: f.Percentile,
		},
	}}
}
