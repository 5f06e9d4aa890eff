package analytics

import (
	"slices"
	"time"
)

// Query selects events. A zero field selects everything, so the zero Query
// matches every event. Whatever answers a Query returns events oldest first, as
// [Sort] puts them.
type Query struct {
	Session string // events of this session, by its public ID
	User    string // events of this user's logins
	Type    Type   // events of this type

	// Since leaves out the events before this moment; an event at the moment
	// itself is selected.
	Since time.Time

	// Limit is the most events to return: of those that match, the oldest. Zero
	// or less means no limit. For the next page, ask again Since the last
	// event's Time and skip the IDs already seen.
	Limit int
}

// Matches reports whether e is among the events that q selects, Limit aside.
func (q Query) Matches(e Event) bool {
	return (q.Session == "" || e.Session == q.Session) &&
		(q.User == "" || e.User == q.User) &&
		(q.Type == "" || e.Type == q.Type) &&
		!e.Time.Before(q.Since)
}

// Sort puts events in order in place, oldest first by Time. Events of the same
// moment keep the order in which they stand, which should be that of their
// arrival.
func Sort(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
}
