package columns_test

import (
	"math"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// What starts at From is in, what starts at To is not, to the millisecond.
func TestSelect_bounds(t *testing.T) {
	t.Parallel()
	set := small(noon,
		columns.Visit{Visitor: 1, Start: noon - 1}, columns.Visit{Visitor: 1, Start: noon},
		columns.Visit{Visitor: 1, Start: noon + hour - 1}, columns.Visit{Visitor: 1, Start: noon + hour},
		columns.Visit{Visitor: 1, Start: noon, Origin: 2},
	)
	at := time.UnixMilli(noon)
	for _, c := range []struct {
		name string
		s    report.Selection
		want []bool
	}{
		{"all", report.Selection{}, []bool{true, true, true, true, false}},
		{"bots", report.Selection{Bots: true}, []bool{false, false, false, false, true}},
		{"one hour", report.Selection{From: at, To: at.Add(time.Hour)}, []bool{false, true, true, false, false}},
		{"not quite", report.Selection{From: at.Add(1), To: at.Add(time.Hour + 1)}, []bool{false, false, true, true, false}},
		{"no time", report.Selection{From: at, To: at}, []bool{false, false, false, false, false}},
		{"of google", report.Selection{Where: condition("source", report.Is, "Google")}, []bool{false, false, false, false, false}},
		{"by day", report.Selection{Where: condition("day", report.Is, "2026-05-04")}, []bool{true, true, true, true, false}},
	} {
		selected, err := columns.Select(t.Context(), set, c.s)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if selected(int64(i+1)) != want {
				t.Errorf("%s: visit %d is %v", c.name, i+1, !want)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	at := time.Unix(100*3600, 0)
	for _, c := range []struct {
		name     string
		s        report.Selection
		from, to int64
	}{
		{"all", report.Selection{}, math.MinInt64, math.MaxInt64},
		{"whole hours", report.Selection{From: at, To: at.Add(2 * time.Hour)}, 100, 102},
		{"parts of hours", report.Selection{From: at.Add(-1), To: at.Add(time.Nanosecond)}, 100, 101},
		{"before 1970", report.Selection{From: at.Add(-101 * time.Hour), To: at}, -1, 100},
	} {
		if from, to := columns.Bounds(c.s); from != c.from || to != c.to {
			t.Errorf("%s: %d to %d, want %d to %d", c.name, from, to, c.from, c.to)
		}
		if from, to := columns.CohortsBounds(report.CohortsQuery{Selection: c.s}); from != c.from || to != math.MaxInt64 {
			t.Errorf("cohorts of %s: %d to %d", c.name, from, to)
		}
		if from, to := columns.ExperimentBounds(report.ExperimentQuery{Selection: c.s}); from != math.MinInt64 || to != c.to {
			t.Errorf("experiment of %s: %d to %d", c.name, from, to)
		}
	}
	if from, to := columns.LiveBounds(at); from != 75 || to != 101 {
		t.Errorf("live: %d to %d, want 75 to 101", from, to)
	}
}

// Conditions on sessions find them by ID where the warehouse can, and look at all
// of them where it cannot.
func TestSelect_sessions(t *testing.T) {
	t.Parallel()
	set := small(noon, columns.Visit{Visitor: 1, Start: noon}, columns.Visit{Visitor: 2, Start: noon})
	ids := []string{"", "s-one", "s-two"}
	set.Visitors = func(codes []uint32) ([]string, error) {
		var found []string
		for _, c := range codes {
			found = append(found, ids[c])
		}
		return found, nil
	}
	for range 2 {
		for _, c := range []struct {
			f    report.Filter
			want [2]bool
		}{
			{condition(report.FieldSession, report.Is, "s-two", "s-three"), [2]bool{false, true}},
			{condition(report.FieldSession, report.IsNot, "s-two", "s-three"), [2]bool{true, false}},
			{condition(report.FieldSession, report.Matches, "*one"), [2]bool{true, false}},
		} {
			selected, err := columns.Select(t.Context(), set, where(c.f))
			if err != nil || selected(1) != c.want[0] || selected(2) != c.want[1] {
				t.Errorf("%+v, with Find %v: %v, %v, %v", c.f, set.Find != nil, selected(1), selected(2), err)
			}
		}
		set.Find = func(ids []string) ([]uint32, error) {
			var codes []uint32
			for _, id := range ids {
				codes = append(codes, map[string]uint32{"s-one": 1, "s-two": 2}[id])
			}
			return codes, nil
		}
	}
}
