package sessionstore

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Record is one session as a store holds it. A record that [Store.Load]
// returned is shared: it must not be changed.
type Record struct {
	ID      ID
	Created time.Time
	Seen    time.Time     // last activity, as far as it has reached the store
	Idle    time.Duration // the session ends after this long without activity
	Until   time.Time     // and at this moment in any case; zero: no such limit

	Credential Credential

	// Owner is the user of the latest login, the one that the state belongs to.
	// A login of somebody else clears the state.
	Owner string

	Login  *Login // the login under way, or nil
	Visit  *Visit // the visit under way, or nil
	Device Device
	Client Client // fixed when the session is made

	// Values are the application's, in the encoding that their writer chose.
	Values map[string]string

	// Cart maps the SKU of each line to its quantity, which is at least 1.
	Cart map[string]int64

	size    int      // bytes of keys and values in Values
	refused []string // logins that were ended before they began
}

// Login is the authenticated stretch of a session.
type Login struct {
	ID            string
	User          string
	Started       time.Time
	Authenticated time.Time // the latest proof: the login itself or a re-authentication
	Idle          time.Duration
	Until         time.Time // zero: no absolute limit
	AMR           []string  // how, in the words of RFC 8176; at most 16 of at most 64 bytes
	ACR           string    // how well, in the application's words; at most 64 bytes
}

// Visit is the stretch of activity that web analytics counts.
type Visit struct {
	ID      string
	Started time.Time
	Idle    time.Duration
	Until   time.Time
}

// Device is what is known of the client, for people to recognise it by.
type Device struct {
	Agent   string // at most 64 bytes
	Address string // at most 64 bytes
}

// Client is the program that holds the tokens of a session. It is zero where a
// browser holds a cookie.
type Client struct {
	// ID is the client_id of OAuth 2.0 (RFC 6749 §2.2), or empty: up to 128
	// bytes of visible ASCII without space.
	ID string

	// Key is the SHA-256 thumbprint (RFC 7638) of the key that the client's
	// tokens are bound to (RFC 9449 §6), or empty: 43 base64url characters.
	Key string
}

// deadline returns when a stretch with these limits ends if nothing more
// happens, and why. A zero time means never.
func deadline(seen time.Time, idle time.Duration, until time.Time) (time.Time, analytics.Reason) {
	if idle > 0 {
		if at := seen.Add(idle); until.IsZero() || at.Before(until) {
			return at, analytics.ReasonIdle
		}
	}
	return until, analytics.ReasonLifetime
}

func passed(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

func (r *Record) sessionDeadline() (time.Time, analytics.Reason) {
	return deadline(r.Seen, r.Idle, r.Until)
}

func (r *Record) loginDeadline() (time.Time, analytics.Reason) {
	return deadline(r.Seen, r.Login.Idle, r.Login.Until)
}

func (r *Record) visitDeadline() (time.Time, analytics.Reason) {
	return deadline(r.Seen, r.Visit.Idle, r.Visit.Until)
}

// Alive reports whether the session is within its limits.
func (r *Record) Alive(now time.Time) bool {
	at, _ := r.sessionDeadline()
	return !passed(at, now)
}

// LiveLogin returns the login if there is one within its limits, else nil.
// Limits hold when they are read, not when a sweeper gets there.
func (r *Record) LiveLogin(now time.Time) *Login {
	if r.Login == nil {
		return nil
	}
	if at, _ := r.loginDeadline(); passed(at, now) {
		return nil
	}
	return r.Login
}

// LiveVisit returns the visit if there is one within its limits, else nil.
func (r *Record) LiveVisit(now time.Time) *Visit {
	if r.Visit == nil {
		return nil
	}
	if at, _ := r.visitDeadline(); passed(at, now) {
		return nil
	}
	return r.Visit
}

// nextDeadline is the first moment at which some limit passes; zero if none does.
func (r *Record) nextDeadline() time.Time {
	next, _ := r.sessionDeadline()
	earlier := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	if r.Login != nil {
		at, _ := r.loginDeadline()
		earlier(at)
	}
	if r.Visit != nil {
		at, _ := r.visitDeadline()
		earlier(at)
	}
	return next
}

// clone returns a copy that can be changed without changing r, but for the maps,
// which whoever changes them copies first.
func (r *Record) clone() *Record {
	c := *r
	if r.Login != nil {
		l := *r.Login
		c.Login = &l
	}
	if r.Visit != nil {
		v := *r.Visit
		c.Visit = &v
	}
	return &c
}
