package check

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// answers is what the shop's reports say about the period of a truth.
type answers struct {
	people, bots   report.Overview
	by             map[string]report.Breakdown
	pages, screens report.Pages
	actions        report.Actions
	carts          report.CartReport
	lifecycle      report.Lifecycle
	ledger         report.LedgerReport
}

// fetch asks for everything that there is a truth about.
func (c *client) fetch(ctx context.Context, t truth.Truth) (answers, error) {
	a := answers{by: map[string]report.Breakdown{}}
	period := func(more ...string) url.Values {
		v := url.Values{"from": {t.From.Format(time.RFC3339Nano)}, "to": {t.To.Format(time.RFC3339Nano)}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	const all = "10000"
	err := errors.Join(
		c.get(ctx, "overview", period(), &a.people),
		c.get(ctx, "overview", period("bots", "true"), &a.bots),
		c.get(ctx, "pages", period("limit", all), &a.pages),
		c.get(ctx, "pages", period("limit", all, "kind", "screen"), &a.screens),
		c.get(ctx, "actions", period("limit", all), &a.actions),
		c.get(ctx, "carts", period("limit", all, "idle", t.VisitIdle.String()), &a.carts),
		c.get(ctx, "lifecycle", period(), &a.lifecycle),
		c.get(ctx, "ledger", nil, &a.ledger),
	)
	for dimension := range t.VisitsByDimension {
		var b report.Breakdown
		err = errors.Join(err, c.get(ctx, "breakdown", period("by", dimension, "metric", "visits", "limit", all), &b))
		a.by[dimension] = b
	}
	return a, err
}

// How long it takes until nothing is on its way any more: the shop hands over what
// it has gathered every second.
const (
	look  = 500 * time.Millisecond
	quiet = 5 // looks
)

// settle waits until the visits of the truth are over and the ledger stands still,
// at most until the deadline of ctx.
func (c *client) settle(ctx context.Context, t truth.Truth) error {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	received, same := int64(-1), 0
	underWay := 0.0
	for same < quiet || underWay > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the reports do not come to rest: %s visits are under way, and events still come in: %w",
				strconv.FormatFloat(underWay, 'f', 0, 64), ctx.Err())
		case <-ticker.C:
		}
		var ledger report.LedgerReport
		if err := c.get(ctx, "ledger", nil, &ledger); err != nil {
			return err
		}
		if same++; ledger.Received != received {
			received, same = ledger.Received, 0
		}
		if same == quiet {
			var o report.Overview
			period := url.Values{"from": {t.From.Format(time.RFC3339Nano)}, "to": {t.To.Format(time.RFC3339Nano)}}
			if err := c.get(ctx, "overview", period, &o); err != nil {
				return err
			}
			if underWay = o.Visits.Value - float64(o.TotalTime.Rows); underWay > 0 {
				same = 0
			}
		}
	}
	return nil
}
