package reporttest

import (
	"cmp"
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Lifecycle returns what became of sessions, logins and credentials.
func (m *Model) Lifecycle(ctx context.Context, q report.LifecycleQuery) ([]report.LifecycleHour, error) {
	w, err := m.begin(ctx, checkSelection(q.Selection, 0), q.Location)
	if err != nil {
		return nil, err
	}
	let := map[string]bool{}
	for _, v := range w.visits {
		let[v.id] = w.lets(q.Selection, v)
	}
	hours := map[int64]*report.LifecycleHour{}
	for _, e := range w.events {
		if !within(e.Time, q.From, q.To) || conditional(q.Where) && !let[e.Visit] {
			continue
		}
		start := hourOf(e.Time, w.loc)
		h := cmp.Or(hours[start.Unix()], &report.LifecycleHour{
			Start: start, SessionsEnded: map[analytics.Reason]int64{}, LoginsEnded: map[analytics.Reason]int64{},
		})
		if note(h, e) {
			hours[start.Unix()] = h
		}
	}
	var list []report.LifecycleHour
	for _, h := range hours {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b report.LifecycleHour) int { return a.Start.Compare(b.Start) })
	return list, nil
}

// note counts an event, if it is one of those that are told of.
func note(h *report.LifecycleHour, e analytics.Event) bool {
	switch e.Type {
	case analytics.SessionStarted:
		h.SessionsStarted++
	case analytics.SessionEnded:
		h.SessionsEnded[e.Reason]++
	case analytics.LoginStarted:
		h.LoginsStarted++
	case analytics.LoginFailed:
		h.LoginsFailed++
	case analytics.LoginEnded:
		h.LoginsEnded[e.Reason]++
	case analytics.LoginReauthenticated:
		h.Reauthenticated++
	case analytics.CredentialReused:
		h.Reused++
	case analytics.CredentialUnknown:
		h.Unknown++
	default:
		return false
	}
	return true
}
