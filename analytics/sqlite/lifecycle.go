package sqlite

import (
	"context"
	"database/sql/driver"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Lifecycle implements [report.Warehouse].
func (w *Warehouse) Lifecycle(ctx context.Context, q report.LifecycleQuery) ([]report.LifecycleHour, error) {
	if err := columns.CheckLifecycle(q); err != nil {
		return nil, err
	}
	var hours []report.LifecycleHour
	err := w.ask(ctx, func(s *snapshot) error {
		let, err := s.let(q)
		if err != nil {
			return err
		}
		var minute int64 // that was looked at last; clocks are put forward and back at whole ones
		from, to := periodOf(q.Selection)
		return s.c.all(ctx, "SELECT time, type, reason, visit FROM lifecycle WHERE time >= ? AND time < ?", func(row []driver.Value) {
			if let != nil && !let(number(row[3])) {
				return
			}
			if m := number(row[0]) / 60_000; len(hours) == 0 || m != minute {
				minute = m
				start := localHour(number(row[0]), q.Location)
				if len(hours) == 0 || !start.Equal(hours[len(hours)-1].Start) {
					hours = append(hours, report.LifecycleHour{
						Start: start, SessionsEnded: map[analytics.Reason]int64{}, LoginsEnded: map[analytics.Reason]int64{},
					})
				}
			}
			note(&hours[len(hours)-1], analytics.Type(text(row[1])), analytics.Reason(text(row[2])))
		}, from, to)
	})
	return hours, err
}

// let returns which visits a question lets through, nil if that does not matter.
func (s *snapshot) let(q report.LifecycleQuery) (func(visit int64) bool, error) {
	if !conditional(q.Where) {
		return nil, nil
	}
	hours := map[int64]bool{}
	from, to := periodOf(q.Selection)
	err := s.c.all(s.ctx, "SELECT v.start FROM lifecycle l JOIN visits v ON v.n = l.visit WHERE l.time >= ? AND l.time < ?",
		func(row []driver.Value) { hours[hourOf(number(row[0]))] = true }, from, to)
	if err != nil {
		return nil, err
	}
	selected, err := s.selected(q.Selection, hours)
	if err != nil {
		return nil, err
	}
	return func(visit int64) bool { return visit != 0 && selected(visit) }, nil
}

// note counts an event.
func note(h *report.LifecycleHour, t analytics.Type, reason analytics.Reason) {
	switch t {
	case analytics.SessionStarted:
		h.SessionsStarted++
	case analytics.SessionEnded:
		h.SessionsEnded[reason]++
	case analytics.LoginStarted:
		h.LoginsStarted++
	case analytics.LoginFailed:
		h.LoginsFailed++
	case analytics.LoginEnded:
		h.LoginsEnded[reason]++
	case analytics.LoginReauthenticated:
		h.Reauthenticated++
	case analytics.CredentialReused:
		h.Reused++
	case analytics.CredentialUnknown:
		h.Unknown++
	default: // has no row
	}
}
