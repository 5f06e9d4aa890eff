package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Streak is about visitors who came on a number of days in a row. A streak that
// goes on is no other occasion; one that begins again is.
type Streak struct {
	Name string // default: streak.reached

	Days     int            // in a row, at least 2
	Location *time.Location // of the days; nil: UTC

	// Users asks about users in place of visitors: what they do with all their
	// browsers counts together, and what is done without a login does not.
	Users bool
}

func (c Streak) name() string {
	if c.Name == "" {
		return string(KindStreak)
	}
	return c.Name
}

func (c Streak) faults() []string {
	if c.Days < 2 {
		return []string{fmt.Sprintf("Days is %d, must be at least 2", c.Days)}
	}
	return nil
}

func (c Streak) finder() finder {
	if c.Location == nil {
		c.Location = time.UTC
	}
	return &streakFinder{Streak: c}
}

// streakFinder looks at the days since the last look on which a streak can have
// come about, one at a time: only where nothing lies before its first day is a
// streak seen to have come about on its last.
type streakFinder struct {
	Streak
	done time.Time // days that began before are done with
}

func (f *streakFinder) find(ctx context.Context, l look) ([]finding, error) {
	var found []finding
	for back := 0; ; back-- {
		day, end := f.day(l.now, back), f.day(l.now, back+1)
		if back < 0 && (!end.After(l.since) || day.Before(f.done)) {
			break
		}
		query := report.VisitorsQuery{
			Selection: report.Selection{From: f.day(l.now, back-f.Days), Location: f.Location},
			Users:     f.Users, MinStreak: f.Days,
		}
		if back < 0 {
			query.To = end
		}
		visitors, err := l.warehouse.Visitors(ctx, query)
		if err != nil {
			return found, fmt.Errorf("visitors by days in a row: %w", err)
		}
		start := f.day(l.now, back-f.Days+1).Format(time.DateOnly)
		for _, v := range visitors {
			if v.Streak.Start.In(f.Location).Format(time.DateOnly) == start {
				found = append(found, f.occasion(&v, start, end))
			}
		}
	}
	f.done = f.day(l.now, -1) // whose last visits may have yet to arrive
	return found, nil
}

// day returns the beginning of the local day that lies a number of days after that
// of now.
func (f *streakFinder) day(now time.Time, after int) time.Time {
	y, m, d := now.In(f.Location).Date()
	return report.StartOfDay(time.Date(y, m, d+after, 12, 0, 0, 0, f.Location))
}

func (f *streakFinder) occasion(v *report.Visitor, start string, end time.Time) finding {
	at := v.Last
	if !at.Before(end) {
		at = end.Add(-time.Millisecond)
	}
	session, user := about(v, f.Users)
	return finding{Occasion: Occasion{
		ID:   identify(f.name(), fmt.Sprintf("%s %d:%s", start, f.Days, v.ID)),
		Kind: KindStreak, Campaign: f.name(), Time: moment(at), Session: session, User: user,
		Streak: &StreakDetails{Start: start, Days: f.Days},
	}}
}
