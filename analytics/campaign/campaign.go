package campaign

import (
	"context"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Campaign is what to look for: one of the types [CartAbandoned], [Lapsed],
// [HighlyEngaged], [Streak] and [Badge].
type Campaign interface {
	// name is unique in a runner, and part of the IDs of its occasions.
	name() string

	// faults returns what is wrong with the settings.
	faults() []string

	// finder returns what looks for the occasions.
	finder() finder
}

// finder looks for the occasions of one campaign. One goroutine uses it at a time.
type finder interface {
	// find returns what has come about by now, also what it returned before. What
	// it found in spite of an error it returns with it.
	find(ctx context.Context, l look) ([]finding, error)
}

// look is what a finder has to go by.
type look struct {
	warehouse report.Warehouse
	now       time.Time
	since     time.Time // what came about before is no news any more

	// settled returns which of these occasions are in the outbox.
	settled func(ctx context.Context, ids []string) (map[string]bool, error)
}

// finding is an occasion for the outbox.
type finding struct {
	Occasion
	missed bool // it was too late to tell anybody
}

// about returns the session and the user of an occasion that a visitor gave, of
// which the question was about users or not.
func about(v *report.Visitor, users bool) (session, user string) {
	if users {
		return "", v.ID
	}
	return v.ID, v.User
}
