package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Kind is what came about.
type Kind string

// The kinds of occasions.
const (
	KindCartAbandoned Kind = "cart.abandoned"
	KindLapsed        Kind = "visitor.lapsed"
	KindHighlyEngaged Kind = "visitor.engaged"
	KindStreak        Kind = "streak.reached"
	KindBadge         Kind = "badge.earned"
)

// Occasion is one time that a campaign's condition came about. Its JSON form is
// the body of a [Webhook]'s request, with the type and the timestamp where Standard
// Webhooks recommends them. It holds no credential, but personal data: who
// did what.
type Occasion struct {
	ID       string `json:"id"`   // stable: the same for the same campaign and cause; hexadecimal
	Kind     Kind   `json:"type"` // and which of the details are there
	Campaign string `json:"campaign"`

	// Time is when it came about, in UTC with millisecond precision. Where the
	// warehouse does not know the moment (badges, engagement, streaks) it is that
	// of the latest activity known when it was found.
	Time time.Time `json:"timestamp"`

	// Session and User are whom it is about: the public ID of a session and, if one
	// is known, the user; or, of a campaign about users, the user alone.
	Session string `json:"session,omitempty"`
	User    string `json:"user,omitempty"`

	// Details; the one that goes with the kind is not nil.
	Cart       *CartDetails       `json:"cart,omitempty"`
	Lapse      *LapseDetails      `json:"lapse,omitempty"`
	Engagement *EngagementDetails `json:"engagement,omitempty"`
	Streak     *StreakDetails     `json:"streak,omitempty"`
	Badge      *BadgeDetails      `json:"badge,omitempty"`
}

// CartDetails is what was left behind.
type CartDetails struct {
	ID      string           `json:"id"`
	Lines   map[string]int64 `json:"lines"`           // quantities by SKU
	Value   map[string]int64 `json:"value,omitempty"` // of the lines with a price; by currency, in its smallest unit
	Changed time.Time        `json:"changed"`         // last change of the cart
	Active  time.Time        `json:"active"`          // last activity of the session
	Expires time.Time        `json:"expires,omitzero"`
}

// LapseDetails is how somebody came before they stayed away.
type LapseDetails struct {
	Last   time.Time `json:"last"` // activity
	Visits int64     `json:"visits"`
}

// EngagementDetails is how much more somebody did than most.
type EngagementDetails struct {
	Metric       Metric  `json:"metric"`
	Milliseconds int64   `json:"milliseconds"` // the visitor's
	Threshold    int64   `json:"threshold_milliseconds"`
	Percentile   float64 `json:"percentile"`
}

// StreakDetails is a run of days with a visit.
type StreakDetails struct {
	Start string `json:"start"` // the first day, 2006-01-02
	Days  int    `json:"days"`
}

// BadgeDetails is what was done, and how often by the time it was noticed.
type BadgeDetails struct {
	Action string `json:"action"`
	Count  int64  `json:"count"`
}

// subject is who is not to be told of two things at a time.
func (o *Occasion) subject() string {
	if o.User != "" {
		return "user " + o.User
	}
	return "session " + o.Session
}

// identify returns the ID of the occasion of a campaign with this key. It has no
// full stop in it, which the signature of a webhook relies on.
func identify(campaign, key string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s%s", len(campaign), campaign, key))
	return hex.EncodeToString(sum[:16])
}

// moment brings t to the precision that occasions are kept with.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
