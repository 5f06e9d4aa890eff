package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Lifecycle tells what became of sessions, logins and credentials. An end is forced
// if it was not the user's doing nor that of a limit of time: its reason is evicted,
// revoked, reused or erased.
type Lifecycle struct {
	About
	LifecycleCounts

	FailedLogins   Number                     `json:"failed_logins"`   // share of the logins tried
	ForcedLogins   Number                     `json:"forced_logins"`   // share of the ends of logins
	ForcedSessions Number                     `json:"forced_sessions"` // share of the ends of sessions
	LoginEnds      map[analytics.Reason]int64 `json:"login_ends"`
	SessionEnds    map[analytics.Reason]int64 `json:"session_ends"`

	Hours []LifecycleRow `json:"hours"`  // those in which something happened, the earliest first
	Daily []LifecycleRow `json:"by_day"` // the hours of the day from 0 to 23, over all days
}

// LifecycleCounts is what became of sessions, logins and credentials in some time.
type LifecycleCounts struct {
	SessionsStarted int64 `json:"sessions_started"`
	SessionsEnded   int64 `json:"sessions_ended"`
	SessionsForced  int64 `json:"sessions_forced"` // of those ended
	LoginsStarted   int64 `json:"logins_started"`
	LoginsFailed    int64 `json:"logins_failed"`
	LoginsEnded     int64 `json:"logins_ended"`
	LoginsForced    int64 `json:"logins_forced"` // of those ended
	Reauthenticated int64 `json:"reauthenticated"`
	Reused          int64 `json:"reused"`  // spent secrets that came back
	Unknown         int64 `json:"unknown"` // secrets that were never issued
}

// LifecycleRow is one hour.
type LifecycleRow struct {
	Hour string `json:"hour"` // with its day and offset as in RFC 3339, or as 15:04
	LifecycleCounts

	FailedShare *float64 `json:"failed_share"` // of the logins tried; nil: not known
	ForcedShare *float64 `json:"forced_share"` // of the ends of logins; nil: not known
}

var forcedReasons = []analytics.Reason{
	analytics.ReasonEvicted, analytics.ReasonRevoked, analytics.ReasonReused, analytics.ReasonErased,
}

// Lifecycle returns what became of sessions and logins. Without a condition in the
// request all count, those of bots and of no visit too.
func (r *Reports) Lifecycle(ctx context.Context, req Request) (*Lifecycle, error) {
	q, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	asked := LifecycleQuery{Selection: q.Selection}
	var hours, before []LifecycleHour
	questions := []func(context.Context) error{into(&hours, r.warehouse.Lifecycle, asked)}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&before, r.warehouse.Lifecycle, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	l := lifecycle(hours, q.location)
	l.About = q.about()
	if q.before != nil {
		was := lifecycle(before, q.location)
		compare(&l.FailedLogins, was.FailedLogins, q.Better)
		compare(&l.ForcedLogins, was.ForcedLogins, q.Better)
		compare(&l.ForcedSessions, was.ForcedSessions, q.Better)
	}
	return l, nil
}

func lifecycle(hours []LifecycleHour, location *time.Location) *Lifecycle {
	l := &Lifecycle{
		LoginEnds: map[analytics.Reason]int64{}, SessionEnds: map[analytics.Reason]int64{},
		Hours: []LifecycleRow{}, Daily: make([]LifecycleRow, 24),
	}
	for i := range l.Daily {
		l.Daily[i].Hour = fmt.Sprintf("%02d:00", i)
	}
	for _, h := range hours {
		start := h.Start.In(location)
		row := LifecycleRow{Hour: start.Format(time.RFC3339), LifecycleCounts: countsOf(h)}
		l.add(row.LifecycleCounts)
		l.Daily[start.Hour()].add(row.LifecycleCounts)
		row.rates()
		l.Hours = append(l.Hours, row)
		addTo(l.LoginEnds, h.LoginsEnded)
		addTo(l.SessionEnds, h.SessionsEnded)
	}
	for i := range l.Daily {
		l.Daily[i].rates()
	}
	l.FailedLogins = quotient("failed logins", UnitShare, l.LoginsFailed, l.LoginsFailed+l.LoginsStarted)
	l.ForcedLogins = quotient("forced endings", UnitShare, l.LoginsForced, l.LoginsEnded)
	l.ForcedSessions = quotient("forced endings", UnitShare, l.SessionsForced, l.SessionsEnded)
	return l
}

func countsOf(h LifecycleHour) LifecycleCounts {
	c := LifecycleCounts{
		SessionsStarted: h.SessionsStarted, LoginsStarted: h.LoginsStarted, LoginsFailed: h.LoginsFailed,
		Reauthenticated: h.Reauthenticated, Reused: h.Reused, Unknown: h.Unknown,
	}
	c.SessionsEnded, c.SessionsForced = ends(h.SessionsEnded)
	c.LoginsEnded, c.LoginsForced = ends(h.LoginsEnded)
	return c
}

func ends(by map[analytics.Reason]int64) (all, forced int64) {
	for reason, n := range by {
		all += n
		if slices.Contains(forcedReasons, reason) {
			forced += n
		}
	}
	return all, forced
}

func (c *LifecycleCounts) add(o LifecycleCounts) {
	c.SessionsStarted += o.SessionsStarted
	c.SessionsEnded += o.SessionsEnded
	c.SessionsForced += o.SessionsForced
	c.LoginsStarted += o.LoginsStarted
	c.LoginsFailed += o.LoginsFailed
	c.LoginsEnded += o.LoginsEnded
	c.LoginsForced += o.LoginsForced
	c.Reauthenticated += o.Reauthenticated
	c.Reused += o.Reused
	c.Unknown += o.Unknown
}

func (r *LifecycleRow) rates() {
	r.FailedShare = shareOf(r.LoginsFailed, r.LoginsFailed+r.LoginsStarted)
	r.ForcedShare = shareOf(r.LoginsForced, r.LoginsEnded)
}

func addTo(sum, more map[analytics.Reason]int64) {
	for reason, n := range more {
		sum[reason] += n
	}
}

// Table returns a row an hour.
func (l *Lifecycle) Table() Table {
	t := Table{Title: "Sessions and logins by hour", Columns: []string{
		"hour", "sessions started", "sessions ended", "sessions forced", "logins started", "logins failed", "failed share",
		"logins ended", "logins forced", "forced share", "reauthenticated", "reused", "unknown",
	}}
	for _, h := range l.Hours {
		t.Rows = append(t.Rows, []Cell{
			text(h.Hour), whole(h.SessionsStarted), whole(h.SessionsEnded), whole(h.SessionsForced),
			whole(h.LoginsStarted), whole(h.LoginsFailed), share(h.FailedShare),
			whole(h.LoginsEnded), whole(h.LoginsForced), share(h.ForcedShare),
			whole(h.Reauthenticated), whole(h.Reused), whole(h.Unknown),
		})
	}
	return t
}
