package report_test

import (
	"context"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// hours answers with the hours of lifecycles alone.
type hours struct{ report.Warehouse }

func (hours) Lifecycle(_ context.Context, q report.LifecycleQuery) ([]report.LifecycleHour, error) {
	if q.From.Before(monday.At("00:00")) {
		return nil, nil
	}
	return []report.LifecycleHour{
		{
			Start: monday.At("10:00"), LoginsStarted: 3, LoginsFailed: 1, SessionsStarted: 5,
			LoginsEnded:   map[analytics.Reason]int64{analytics.ReasonLogout: 1, analytics.ReasonEvicted: 1},
			SessionsEnded: map[analytics.Reason]int64{analytics.ReasonReused: 1, analytics.ReasonIdle: 3}, Reused: 1,
		},
		{Start: monday.Plus(1).At("10:00"), LoginsEnded: map[analytics.Reason]int64{
			analytics.ReasonRevoked: 1, analytics.ReasonErased: 1, analytics.ReasonIdle: 2, analytics.ReasonLifetime: 2,
		}},
	}, nil
}

func TestLifecycleTellsForcedEndsApart(t *testing.T) {
	req := days()
	req.Compare = report.ComparePrevious
	l, err := report.New(hours{}, report.Options{}).Lifecycle(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, l.FailedLogins, 0.25, 4)
	expect(t, l.ForcedLogins, 3.0/8, 8)
	expect(t, l.ForcedSessions, 0.25, 4)
	defined(t, l.FailedLogins)
	defined(t, l.ForcedLogins)
	unknown(t, *l.FailedLogins.Before)
	if l.LoginEnds[analytics.ReasonIdle] != 2 || l.SessionEnds[analytics.ReasonReused] != 1 || l.Reused != 1 || len(l.Hours) != 2 {
		t.Errorf("%+v", l)
	}
	ten := l.Daily[10]
	if ten.LoginsEnded != 8 || ten.LoginsForced != 3 || ten.Hour != "10:00" || l.Daily[11].FailedShare != nil {
		t.Errorf("%+v", ten)
	}
	shareIs(t, "forced ends of the first hour", l.Hours[0].ForcedShare, 0.5)
	if l.Hours[1].FailedShare != nil || l.Hours[0].Hour != "2026-03-02T10:00:00Z" {
		t.Errorf("%+v", l.Hours)
	}
}

func TestLedgerTellsWhetherItBalances(t *testing.T) {
	l, err := reports(t, append(traffic(), traffic()[0])).Ledger(t.Context())
	if err != nil || !l.Balanced || l.DroppedSum != 1 || l.Received != l.StoredSum+1 {
		t.Errorf("%+v, %v", l, err)
	}
	if table := l.Table(); table.Rows[0][0].Text != "received" || *table.Rows[0][2].Value != float64(l.Received) {
		t.Errorf("%+v", table)
	}
}

func TestLiveTellsWhatGoesOnByTheClock(t *testing.T) {
	events := monday.Plus(1).Visit("v").View("23:58", "/now").Events()
	l, err := reports(t, events).Live(t.Context())
	if err != nil || l.Visits != 1 || len(l.Pages) != 1 || l.Pages[0].Name != "/now" || !l.At.Equal(monday.Plus(2).At("00:00")) {
		t.Errorf("%+v, %v", l, err)
	}
	if table := l.Table(); len(table.Rows) != 1 {
		t.Errorf("%+v", table)
	}
}

func TestNowIsByTheLocation(t *testing.T) {
	r := report.New(empty{}, report.Options{Location: zone(t, "Asia/Kolkata"), Now: func() time.Time { return monday.At("20:00") }})
	if now := r.Now(); now.Day() != 3 {
		t.Error(now)
	}
	req, err := r.Request("today")
	if err != nil || !req.From.Equal(monday.At("18:30")) {
		t.Errorf("%+v, %v", req, err)
	}
}
