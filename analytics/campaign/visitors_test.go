package campaign_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

const day = 24 * time.Hour

// lookFor returns a runner for one campaign over traffic, at noon.
func lookFor(t *testing.T, w *traffic, c campaign.Campaign) (*campaign.Runner, *clock, *told) {
	t.Helper()
	var h told
	r, now := newRunner(t, campaign.Options{Warehouse: w, Campaigns: []campaign.Campaign{c}, Hooks: hook(&h)})
	now.set(noon)
	return r, now, &h
}

func TestLapsedFiresOncePerLapse(t *testing.T) {
	w := newTraffic(t)
	last := noon.Add(-7*day - time.Hour)
	w.visit("regular", "ada", last.Add(-20*day), time.Minute)
	w.visit("regular", "", last.Add(-time.Minute), time.Minute)
	w.visit("once", "", last, time.Minute)
	w.visit("present", "", last.Add(-day), time.Minute)
	w.visit("present", "", noon.Add(-time.Hour), time.Minute)
	w.visit("days ago", "", noon.Add(-12*day), time.Minute)
	w.visit("days ago", "", noon.Add(-10*day-12*time.Hour), time.Minute)
	w.visit("long ago", "", noon.Add(-40*day), time.Minute)
	w.visit("long ago", "", noon.Add(-39*day), time.Minute)
	r, now, h := lookFor(t, w, campaign.Lapsed{After: 7 * day, MinVisits: 2})
	once(t, r)
	once(t, r)
	got := h.all()
	if len(got) != 1 || got[0].Session != "regular" || got[0].User != "ada" {
		t.Fatalf("told of %+v, want of regular alone", got)
	}
	if o := got[0]; !o.Time.Equal(last.Add(7*day)) || *o.Lapse != (campaign.LapseDetails{Last: last, Visits: 2}) {
		t.Errorf("told of %v %+v", o.Time, o.Lapse)
	}

	w.visit("regular", "ada", noon.Add(time.Hour), time.Minute) // back
	now.advance(7 * day)
	once(t, r)
	now.advance(2 * time.Hour)
	once(t, r)
	got = h.all()
	var regular []campaign.Occasion
	for _, o := range got {
		if o.Session == "regular" {
			regular = append(regular, o)
		}
	}
	if len(regular) != 2 || regular[0].ID == regular[1].ID {
		t.Errorf("told of %+v, want of a second lapse", regular)
	}
}

func TestLapsedOfUsersCountsAllTheirBrowsers(t *testing.T) {
	w := newTraffic(t)
	w.visit("laptop", "ada", noon.Add(-8*day), time.Minute)
	w.visit("phone", "ada", noon.Add(-7*day-time.Hour), time.Minute)
	w.visit("desk", "bob", noon.Add(-7*day-time.Hour), time.Minute)
	w.visit("phone 2", "bob", noon.Add(-day), time.Minute)
	w.visit("nobody", "", noon.Add(-7*day-time.Hour), time.Minute)
	r, _, h := lookFor(t, w, campaign.Lapsed{After: 7 * day, MinVisits: 2, Users: true})
	once(t, r)
	if got := h.all(); len(got) != 1 || got[0].User != "ada" || got[0].Session != "" || got[0].Lapse.Visits != 2 {
		t.Errorf("told of %+v, want of ada", got)
	}
}

func TestBadgeIsEarnedOnce(t *testing.T) {
	w := newTraffic(t)
	c := campaign.Badge{Name: "commentator", Action: "comment", Count: 3, Users: true}
	w.visit("laptop", "ada", noon.Add(-400*day), time.Minute, "comment", "comment")
	w.visit("phone", "bob", noon.Add(-2*day), time.Minute, "comment", "like", "like")
	r, _, h := lookFor(t, w, c)
	once(t, r)
	if got := h.all(); len(got) != 0 {
		t.Fatalf("told of %+v", got)
	}
	at := noon.Add(-time.Hour)
	w.visit("phone 2", "ada", at, 0, "comment")
	once(t, r)
	w.visit("phone 2", "ada", at.Add(time.Hour), 0, "comment")
	once(t, r)
	got := h.all()
	if len(got) != 1 || got[0].User != "ada" || *got[0].Badge != (campaign.BadgeDetails{Action: "comment", Count: 3}) || !got[0].Time.Equal(at) {
		t.Errorf("told of %+v", got)
	}
}

func TestStreakFiresOnTheDayAndOncePerStreak(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := newTraffic(t)
	r, now, h := lookFor(t, w, campaign.Streak{Days: 3, Location: berlin})
	// A visit a day at 23:30 in Berlin, one of them missed. The clocks go forward on
	// 29 March.
	came := map[int]bool{26: true, 27: true, 28: true, 29: true, 30: true, 32: true, 33: true, 34: true}
	told := map[int]string{}
	for d := 24; d <= 36; d++ {
		at := time.Date(2026, 3, d, 23, 30, 0, 0, berlin)
		if came[d] {
			w.visit("s1", "", at, time.Minute)
			w.visit("every other day", "", time.Date(2026, 3, d+d%2, 4, 0, 0, 0, berlin), time.Minute)
		}
		for _, later := range []time.Duration{2 * time.Minute, 20 * time.Minute, 40 * time.Minute, 10 * time.Hour} {
			now.set(at.Add(later))
			before := len(h.all())
			once(t, r)
			for _, o := range h.all()[before:] {
				told[d] += fmt.Sprintf("%s since %s %d ", o.Session, o.Streak.Start, o.Streak.Days)
				if o.Session == "s1" && !o.Time.Equal(at.Add(time.Minute)) {
					t.Errorf("day %d: at %v", d, o.Time)
				}
			}
		}
	}
	for d, what := range map[int]string{28: "s1 since 2026-03-26 3 ", 34: "s1 since 2026-04-01 3 "} {
		if told[d] != what {
			t.Errorf("March %d: told of %q, want %q", d, told[d], what)
		}
	}
	if n := len(h.all()); n != 2 {
		t.Errorf("told of %d streaks, want 2: %v", n, told)
	}
}

func TestStreakOfADayOnWhichNobodyLookedIsNotLost(t *testing.T) {
	w := newTraffic(t)
	for d := -5; d <= -2; d++ {
		w.visit("s1", "", noon.Add(time.Duration(d)*day), time.Minute)
	}
	r, _, h := lookFor(t, w, campaign.Streak{Days: 3})
	once(t, r)
	once(t, r)
	if got := h.all(); len(got) != 1 || got[0].Streak.Start != "2026-03-09" || !got[0].Time.Equal(noon.Add(-3*day+time.Minute)) {
		t.Errorf("told of %+v", got)
	}
}

func TestStreakIsSeenAfterMidnight(t *testing.T) {
	w := newTraffic(t)
	midnight := noon.Add(12 * time.Hour)
	w.visit("s1", "", midnight.Add(-25*time.Hour), time.Minute)
	r, now, h := lookFor(t, w, campaign.Streak{Days: 2})
	for _, after := range []time.Duration{-time.Minute, time.Minute} {
		now.set(midnight.Add(after))
		once(t, r)
	}
	last := midnight.Add(-30 * time.Second) // and lasted into the next day
	w.visit("s1", "", last, time.Minute)
	now.set(midnight.Add(2 * time.Minute))
	once(t, r)
	if got := h.all(); len(got) != 1 || !got[0].Time.Equal(midnight.Add(-time.Millisecond)) {
		t.Errorf("told of %+v", got)
	}
}

func TestHighlyEngagedIsBeyondThePercentile(t *testing.T) {
	for _, metric := range []campaign.Metric{campaign.Duration, campaign.Engagement} {
		t.Run(string(metric), func(t *testing.T) {
			w := newTraffic(t)
			c := campaign.HighlyEngaged{Percentile: 90, Over: 10 * day, Metric: metric}
			r, now, h := lookFor(t, w, c)
			w.visit("of old", "", noon.Add(-11*day), time.Hour)
			for i := range 9 {
				w.visit(fmt.Sprint("s", i), "", noon.Add(-2*day), time.Duration(i)*time.Minute)
			}
			once(t, r)
			if got := h.all(); len(got) != 0 {
				t.Fatalf("told of %+v: nine visitors have no tenth", got)
			}
			// 0 to 9 min: the 90th percentile is at rank 8.1, 8 min 6 s.
			w.visit("s9", "", noon.Add(-2*day), 9*time.Minute)
			now.advance(time.Hour)
			once(t, r)
			got := h.all()
			want := campaign.EngagementDetails{Metric: metric, Milliseconds: 540_000, Threshold: 486_000, Percentile: 90}
			if len(got) != 1 || got[0].Session != "s9" || *got[0].Engagement != want {
				t.Fatalf("told of %+v, want of s9", got)
			}
			now.advance(day)
			once(t, r)
			if n := len(h.all()); n != 1 {
				t.Errorf("told %d times", n)
			}
		})
	}
}

func TestHighlyEngagedIsNobodyWhereAllAreAlike(t *testing.T) {
	w := newTraffic(t)
	for i := range 5 {
		w.visit(fmt.Sprint("s", i), "", noon.Add(-2*day), time.Minute)
	}
	for _, metric := range []campaign.Metric{campaign.Duration, campaign.Engagement} {
		r, _, h := lookFor(t, w, campaign.HighlyEngaged{Percentile: 50, Over: 10 * day, Metric: metric})
		once(t, r)
		if got := h.whom(); len(got) != 0 {
			t.Errorf("by %s: told of %v", metric, got)
		}
	}
}

func TestHighlyEngagedAgainInTheNextPeriod(t *testing.T) {
	w := newTraffic(t)
	r, now, h := lookFor(t, w, campaign.HighlyEngaged{Percentile: 50, Over: 10 * day, Again: true})
	for range 2 {
		w.visit("few", "", now.Now().Add(-2*day), time.Minute)
		w.visit("many", "", now.Now().Add(-2*day), time.Hour)
		once(t, r)
		now.advance(10 * day)
	}
	if got := h.whom(); !slices.Equal(got, []string{"many", "many"}) {
		t.Errorf("told of %v", got)
	}
}
