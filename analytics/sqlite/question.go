package sqlite

import (
	"context"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// snapshot is what the file holds at one moment, to be asked.
type snapshot struct {
	w     *Warehouse
	c     *conn
	ctx   context.Context //nolint:containedctx // that of the question, which it lives for
	state *state
}

// ask answers a question about one moment of the file.
func (w *Warehouse) ask(ctx context.Context, answer func(*snapshot) error) error {
	leave, err := w.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for again := true; again; {
		err = w.read(ctx, func(c *conn) error {
			s, err := w.state.at(ctx, c)
			if again = s == nil && err == nil; again || err != nil {
				return err
			}
			return answer(&snapshot{w, c, ctx, s})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// set returns the visits that started in some hours.
func (s *snapshot) set(hours []hourVersion) (*columns.Set, error) {
	segments, err := s.w.segments(s.ctx, s.c, hours)
	if err != nil {
		return nil, err
	}
	return &columns.Set{
		Segments: segments, Newest: s.state.meta.newest,
		First: s.state.first, Users: s.state.users, Pages: s.state.pages, Origins: s.state.origins,
		Actions: s.state.names, Currencies: s.state.currencies, Arms: s.state.arms, Ends: ends,
		Visitors: s.visitors, Find: s.find, Assigned: s.assigned,
	}, nil
}

// scan answers a question by columns.
func scan[Q, A any](ctx context.Context, w *Warehouse, q Q, from, to int64, answer func(context.Context, *columns.Set, Q) (A, error)) (a A, err error) {
	err = w.ask(ctx, func(s *snapshot) error {
		set, err := s.set(s.state.between(from, to))
		if err != nil {
			return err
		}
		a, err = answer(ctx, set, q)
		return err
	})
	return a, err
}

// Totals implements [report.Warehouse].
func (w *Warehouse) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Totals)
}

// Hours implements [report.Warehouse].
func (w *Warehouse) Hours(ctx context.Context, q report.HoursQuery) ([]report.Hour, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Hours)
}

// Pages implements [report.Warehouse].
func (w *Warehouse) Pages(ctx context.Context, q report.PagesQuery) ([]report.Page, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Pages)
}

// Actions implements [report.Warehouse].
func (w *Warehouse) Actions(ctx context.Context, q report.ActionsQuery) ([]report.Action, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Actions)
}

// Funnel implements [report.Warehouse].
func (w *Warehouse) Funnel(ctx context.Context, q report.FunnelQuery) ([]report.FunnelStep, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Funnel)
}

// Paths implements [report.Warehouse].
func (w *Warehouse) Paths(ctx context.Context, q report.PathsQuery) ([]report.Path, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Paths)
}

// Cohorts implements [report.Warehouse].
func (w *Warehouse) Cohorts(ctx context.Context, q report.CohortsQuery) ([]report.Cohort, error) {
	from, to := columns.CohortsBounds(q)
	return scan(ctx, w, q, from, to, columns.Cohorts)
}

// Experiment implements [report.Warehouse].
func (w *Warehouse) Experiment(ctx context.Context, q report.ExperimentQuery) ([]report.Arm, error) {
	from, to := columns.ExperimentBounds(q)
	return scan(ctx, w, q, from, to, columns.Experiment)
}

// Visitors implements [report.Warehouse].
func (w *Warehouse) Visitors(ctx context.Context, q report.VisitorsQuery) ([]report.Visitor, error) {
	from, to := columns.Bounds(q.Selection)
	return scan(ctx, w, q, from, to, columns.Visitors)
}

// Live implements [report.Warehouse].
func (w *Warehouse) Live(ctx context.Context, now time.Time) (report.Live, error) {
	from, to := columns.LiveBounds(now)
	return scan(ctx, w, now, from, to, columns.Live)
}
