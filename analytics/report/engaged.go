package report

import (
	"context"
	"fmt"
)

// HighlyEngaged is the [Segment] of the visits at or above a percentile.
type HighlyEngaged struct {
	Segment

	Percentile float64 `json:"percentile"`
	Threshold  Number  `json:"threshold"` // the engagement or duration at that percentile
}

// HighlyEngaged returns the segment of the visits whose engagement is at least that
// of the given percentile, between 0 and 100, over the requested visits. With
// [FieldDuration] it goes by duration in place of [FieldEngagement], which needs
// beacons. Without a visit whose field is known the error wraps [ErrNothing].
func (r *Reports) HighlyEngaged(ctx context.Context, req Request, field Field, percentile float64) (*HighlyEngaged, error) {
	var faults []error
	if !(percentile > 0 && percentile < 100) {
		faults = append(faults, fault("a percentile lies between 0 and 100, not at %v", percentile))
	}
	if field != FieldEngagement && field != FieldDuration {
		faults = append(faults, fault("highly engaged goes by engagement or duration, not %q", field))
	}
	req.Compare = CompareNone
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	groups, err := r.warehouse.Totals(ctx, TotalsQuery{Selection: q.Selection, Quantiles: []float64{percentile / 100}})
	if err != nil {
		return nil, err
	}
	t := sole(groups)
	at := "p" + decimal(percentile)
	underWay := LeftOut{"visits under way", t.UnderWay}
	threshold := quantile("duration", at, t.Duration, 0, underWay)
	if field == FieldEngagement {
		threshold = quantile("engagement", at, t.Engagement, 0, underWay, LeftOut{"visits without a beacon", t.Visits - t.UnderWay - t.Engagement.N})
	}
	if !threshold.Known {
		return nil, fmt.Errorf("%w: no visit has a known %s", ErrNothing, field)
	}
	least := decimal(threshold.Value)
	return &HighlyEngaged{
		Segment:    Segment{Name: "highly engaged", Filter: Filter{Field: field, Op: AtLeast, Values: []string{least}}},
		Percentile: percentile, Threshold: threshold,
	}, nil
}
