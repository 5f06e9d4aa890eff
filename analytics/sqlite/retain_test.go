package sqlite_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	var now atomic.Pointer[time.Time]
	pass := func(days int) {
		t := now.Load().AddDate(0, 0, days)
		now.Store(&t)
	}
	now.Store(&trafficEnds)
	pass(-45)
	keep := sqlite.Options{Keep: 30 * 24 * time.Hour, Now: func() time.Time { return *now.Load() }}
	path := newFile(t)
	w := open(t, path, keep)
	record(t, w, 2000)
	before := visitsOf(t, w)
	l, err := w.Ledger(t.Context())
	if err != nil || l.Dropped[report.DropExpired] == 0 || l.Stored[analytics.VisitStarted] > before || !balances(l) {
		t.Fatalf("the ledger is %+v (%v), want what is older dropped as expired, and no more starts than the %d visits", l, err, before)
	}

	pass(20)
	cutoff := now.Load().AddDate(0, 0, -30)
	if err := w.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := visitsOf(t, w)
	if after >= before || after == 0 {
		t.Errorf("%d visits of %d are left after 20 days", after, before)
	}
	// The same is found where only what is kept now was ever recorded.
	fresh := open(t, "", keep)
	record(t, fresh, 2000)
	early, err := w.Totals(t.Context(), report.TotalsQuery{Selection: report.Selection{To: cutoff}})
	if err != nil || early[0].Visits > 3 {
		t.Errorf("%d visits (%v) before what is kept, want at most those that were under way then", early[0].Visits, err)
	}
	for _, q := range []report.TotalsQuery{{}, {By: []report.Dimension{report.ByVisitor, report.BySource}}} {
		q.From = cutoff.Add(2 * time.Hour)
		got, err := w.Totals(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := fresh.Totals(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
			t.Errorf("totals are\n%s\nwant, as if nothing else had ever come,\n%s", g, w)
		}
	}
	orphans(t, w)

	// What has gone does not come back.
	record(t, w, 2000)
	if got := visitsOf(t, w); got != after {
		t.Errorf("%d visits after all was delivered again, want %d", got, after)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w = open(t, path, sqlite.Options{}) // also not to one who keeps everything
	record(t, w, 2000)
	if got := visitsOf(t, w); got != after {
		t.Errorf("%d visits after all was delivered again to one that keeps them, want %d", got, after)
	}

	pass(365)
	w.Close()
	w = open(t, path, keep)
	if err := w.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{
		"users", "visitors", "visits", "views", "engagements", "actions", "exposures", "purchases", "lifecycle", "counted",
		"cart_changes", "carts",
	} {
		if n, err := w.Number("SELECT count(*) FROM " + table); err != nil || n != 0 {
			t.Errorf("%d rows (%v) of %s are left after a year", n, err, table)
		}
	}
	if got := visitsOf(t, w); got != 0 {
		t.Errorf("%d visits are left after a year", got)
	}
}

// orphans checks that nothing is left of what has gone.
func orphans(t *testing.T, w *sqlite.Warehouse) {
	t.Helper()
	for _, query := range []string{
		"SELECT count(*) FROM views WHERE visit NOT IN (SELECT n FROM visits)",
		"SELECT count(*) FROM actions WHERE visit NOT IN (SELECT n FROM visits)",
		"SELECT count(*) FROM purchases WHERE visit NOT IN (SELECT n FROM visits)",
		"SELECT count(*) FROM visits WHERE visitor NOT IN (SELECT n FROM visitors)",
		"SELECT count(*) FROM visits WHERE user <> 0 AND user NOT IN (SELECT n FROM users)",
		"SELECT count(*) FROM users WHERE n NOT IN (SELECT user FROM visits) AND n NOT IN (SELECT user FROM visitors)",
		"SELECT count(*) FROM visitors r WHERE first IS NOT (SELECT min(start) FROM visits WHERE visitor = r.n)",
		"SELECT count(*) FROM carts WHERE visitor NOT IN (SELECT n FROM visitors)",
	} {
		if n, err := w.Number(query); err != nil || n != 0 {
			t.Errorf("%s: %d (%v), want none", query, n, err)
		}
	}
}
