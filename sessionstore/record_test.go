package sessionstore_test

import (
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestRecord_I7_limitsHoldAtTheirMoment(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		idle  time.Duration
		until time.Time
		ends  time.Time // zero: never
	}{
		{"no limit", 0, time.Time{}, time.Time{}},
		{"idle", time.Hour, time.Time{}, seen.Add(time.Hour)},
		{"lifetime", 0, seen.Add(2 * time.Hour), seen.Add(2 * time.Hour)},
		{"idle before lifetime", time.Hour, seen.Add(2 * time.Hour), seen.Add(time.Hour)},
		{"lifetime before idle", time.Hour, seen.Add(time.Minute), seen.Add(time.Minute)},
		{"lifetime before the last activity", time.Hour, seen.Add(-time.Minute), seen.Add(-time.Minute)},
	} {
		rec := sessionstore.Record{
			Seen: seen, Idle: test.idle, Until: test.until,
			Login: &sessionstore.Login{Idle: test.idle, Until: test.until},
			Visit: &sessionstore.Visit{Idle: test.idle, Until: test.until},
		}
		check := func(now time.Time, want bool) {
			t.Helper()
			if rec.Alive(now) != want || (rec.LiveLogin(now) != nil) != want || (rec.LiveVisit(now) != nil) != want {
				t.Errorf("%s: at %v the session is alive: %v, its login: %v, its visit: %v, want %v",
					test.name, now, rec.Alive(now), rec.LiveLogin(now) != nil, rec.LiveVisit(now) != nil, want)
			}
		}
		if test.ends.IsZero() {
			check(seen.AddDate(50, 0, 0), true)
			continue
		}
		check(test.ends.Add(-time.Millisecond), true)
		check(test.ends, false)
		check(test.ends.Add(time.Hour), false)
	}
}

func TestRecord_withoutLoginOrVisit(t *testing.T) {
	t.Parallel()
	var rec sessionstore.Record
	if rec.LiveLogin(time.Now()) != nil || rec.LiveVisit(time.Now()) != nil {
		t.Error("a record without login and visit has a live one")
	}
}
