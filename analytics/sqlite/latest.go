package sqlite

import (
	"cmp"
	"database/sql/driver"

	"github.com/sojourn-go/sojourn/analytics"
)

// latestUser is the user whom the latest of some events names, and which one that is.
type latestUser struct {
	user  int64
	at    int64 // never: no event names one
	rank  int64
	event string
}

// The ranks of events of the same moment. The end of a login tells who that was,
// but a switch of users ends one and starts the other at once.
const (
	rankLoginEnd int64 = iota
	rankView
	rankOther
)

func rankOf(t analytics.Type) int64 {
	switch t {
	case analytics.LoginEnded:
		return rankLoginEnd
	case analytics.PageViewed:
		return rankView
	default:
		return rankOther
	}
}

// compareIDs puts the events of a moment in order: 5-9 comes before 5-10.
func compareIDs(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// saw takes the user of an event, if it is the latest.
func (l *latestUser) saw(o latestUser) {
	order := cmp.Or(cmp.Compare(o.at, l.at), cmp.Compare(o.rank, l.rank))
	if order == 0 {
		order = compareIDs(o.event, l.event)
		if o.rank == rankLoginEnd {
			order = -order // the later of two ends tells nothing
		}
	}
	if o.user != 0 && order > 0 {
		*l = o
	}
}

// values are those of the columns user, user_at, user_rank and user_event.
func (l *latestUser) values() []any {
	if l.user == 0 {
		return []any{int64(0), nil, nil, nil}
	}
	return []any{l.user, l.at, l.rank, l.event}
}

func readLatestUser(row []driver.Value) latestUser {
	return latestUser{user: number(row[0]), at: moment(row[1]), rank: number(row[2]), event: text(row[3])}
}
