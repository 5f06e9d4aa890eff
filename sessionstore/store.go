package sessionstore

import (
	"context"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Store keeps sessions. All methods are safe for concurrent use, by many
// processes where the store is shared. Errors that are not one of the package's
// mean that the store failed: the outcome of a change is then unknown, and it
// must not be taken for the absence of a session.
type Store interface {
	// Now is the store's clock, shared by all who share the store to within the
	// time a message takes. Limits are read on it.
	Now() time.Time

	// Load returns the record, which may be past its limits (see
	// [Record.Alive]), or [ErrEnded]. The record must not be changed.
	Load(ctx context.Context, id ID) (*Record, error)

	// Apply makes a change and appends its events, in one atomic step. Limits
	// that have passed take effect first, also when the change is then refused.
	Apply(ctx context.Context, c Change) (Result, error)

	// Touch records activity. Sessions that ended are left alone. It may be
	// called late: an older touch never takes back a newer one.
	Touch(ctx context.Context, touches []Touch) error

	// Append appends events that come with no change of a record: of a visitor
	// without session, or gathered to be told later. An event with a Session stands
	// among those of the session, whether that has ended or not: it happened
	// before. Time is kept, to the millisecond, and filled in where it is zero; ID
	// is filled in. After an error that is none of the package's, any of the events
	// may have been appended.
	Append(ctx context.Context, events ...analytics.Event) error

	// UserSessions returns the sessions in which the user is logged in, the
	// latest login first.
	UserSessions(ctx context.Context, user string) ([]*Record, error)

	// EndUser ends the sessions in which the user is logged in, but for the one
	// that e names, and refuses logins that are under way elsewhere. It returns
	// the IDs of the sessions it ended.
	EndUser(ctx context.Context, user string, e EndUser) ([]ID, error)

	// Sessions returns up to limit sessions that have not ended, in no
	// particular order.
	Sessions(ctx context.Context, limit int) ([]*Record, error)

	// Sweep makes the ends by limit that nobody's request made, for limits that
	// passed at least slack ago: touches that old may still be under way. It
	// does a bounded amount of work and reports whether there is more to do.
	// Any number of processes may sweep at once.
	Sweep(ctx context.Context, slack time.Duration) (more bool, err error)

	// Remember notes a word for a while and reports whether it was new: of any
	// number of calls with one word at the same time, in all processes, exactly
	// one is told true. It is for what may be used once, such as the jti of a
	// proof (RFC 9449 §11.1). A word is 1 to 256 bytes, whatever they are, and is
	// remembered for up to 24 h; else the error is [ErrInvalid]. After any other
	// error the word may have been noted.
	Remember(ctx context.Context, word string, ttl time.Duration) (first bool, err error)

	// Watch calls notify for each session whose end or change of epoch becomes
	// known, here or through another process, until ctx is done. After an
	// interruption it calls notify with Lost set. It returns ctx's error.
	Watch(ctx context.Context, notify func(Signal)) error

	// Ping asks whether the store answers.
	Ping(ctx context.Context) error

	// Feed is the log of events; Events searches what it still holds, oldest
	// first.
	analytics.Feed
	Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error)
}

// EndUser says how to end a user's sessions.
type EndUser struct {
	Reason analytics.Reason
	Actor  string // see [analytics.Event.Actor]
	Except ID     // a session to spare; zero: none
}

// Signal tells that the credentials of a session, its login or all of it became
// void.
type Signal struct {
	Session ID
	Ended   bool   // the session
	Login   string // a login that ended, if one did
	Epoch   int64  // in force from now on, unless Ended

	// Lost tells that signals may have been missed; the other fields are then
	// empty, and whoever relies on them loads the sessions again.
	Lost bool
}
