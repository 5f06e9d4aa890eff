package campaign

import (
	"context"
	"fmt"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Badge is earned by taking an action a number of times, at any time that the
// warehouse knows of: once by each visitor, or user.
type Badge struct {
	// Name is the badge's, and that of the campaign. Required.
	Name string

	Action string // as in the event action.taken; required
	Count  int64  // default: 1

	// Users asks about users in place of visitors: what they do with all their
	// browsers counts together, and what is done without a login does not.
	Users bool
}

func (c Badge) name() string { return c.Name }

func (c Badge) faults() []string {
	var faults []string
	if c.Name == "" {
		faults = append(faults, "a badge has no Name")
	}
	if c.Action == "" {
		faults = append(faults, "Action is empty")
	}
	if c.Count < 0 {
		faults = append(faults, fmt.Sprintf("Count is %d, must not be negative", c.Count))
	}
	return faults
}

func (c Badge) finder() finder { return badgeFinder{c} }

type badgeFinder struct{ Badge }

func (f badgeFinder) find(ctx context.Context, l look) ([]finding, error) {
	visitors, err := l.warehouse.Visitors(ctx, report.VisitorsQuery{Users: f.Users, Action: f.Action, MinCount: max(f.Count, 1)})
	if err != nil {
		return nil, fmt.Errorf("visitors by action: %w", err)
	}
	found := make([]finding, len(visitors))
	for i, v := range visitors {
		session, user := about(&v, f.Users)
		found[i].Occasion = Occasion{
			ID: identify(f.name(), v.ID), Kind: KindBadge, Campaign: f.name(), Time: moment(v.Last), Session: session, User: user,
			Badge: &BadgeDetails{Action: f.Action, Count: v.Count},
		}
	}
	return found, nil
}
