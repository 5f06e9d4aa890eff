package report_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestPeriodsAreWholeDaysOfTheCalendar(t *testing.T) {
	for _, c := range []struct{ name, zone, now, from, to string }{
		{"today", "UTC", "2026-03-14T12:00:00Z", "2026-03-14T00:00:00Z", "2026-03-15T00:00:00Z"},
		{"yesterday", "UTC", "2026-03-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"last 7 days", "UTC", "2026-03-03T23:59:59Z", "2026-02-25T00:00:00Z", "2026-03-04T00:00:00Z"},
		{"last 1 days", "UTC", "2026-03-03T23:59:59Z", "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"},
		{"this month", "UTC", "2026-12-31T10:00:00Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"last month", "UTC", "2026-01-31T10:00:00Z", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		// Europe/Berlin: 23 hours on 29 March 2026, 25 on 25 October.
		{"today", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"today", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"last 7 days", "Europe/Berlin", "2026-03-31T22:30:00Z", "2026-03-26T00:00:00+01:00", "2026-04-02T00:00:00+02:00"},
		// No midnight on 4 November 2018 in São Paulo: the clock springs to 1:00.
		{"today", "America/Sao_Paulo", "2018-11-04T15:00:00Z", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"},
		{"yesterday", "America/Sao_Paulo", "2018-11-04T15:00:00Z", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00"},
		// The clock shows 23:00 to 24:00 twice on 17 February.
		{"today", "America/Sao_Paulo", "2018-02-17T15:00:00Z", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"},
		// Two midnights on 1 November 2026 in Havana: at 1:00 the clock goes back to 0:00.
		{"today", "America/Havana", "2026-11-01T15:00:00Z", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"today", "Asia/Kolkata", "2026-03-14T20:00:00Z", "2026-03-15T00:00:00+05:30", "2026-03-16T00:00:00+05:30"},
	} {
		from, to, err := report.Period(c.name, at(t, c.now), zone(t, c.zone))
		if err != nil || !from.Equal(at(t, c.from)) || !to.Equal(at(t, c.to)) {
			t.Errorf("%s at %s in %s: %v to %v, %v; want %s to %s", c.name, c.now, c.zone, from, to, err, c.from, c.to)
		}
	}
}

func TestUnknownPeriodsAreFaults(t *testing.T) {
	for _, name := range []string{"", "Today", "last 0 days", "last -3 days", "last 1827 days", "last days", "last 1e2 days", "tomorrow"} {
		if _, _, err := report.Period(name, time.Now(), nil); !errors.Is(err, report.ErrQuestion) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
