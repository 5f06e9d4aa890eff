package analytics

import "time"

// Type names what happened, as noun.verb in the past tense.
type Type string

// The events that Sojourn emits.
//
//nolint:gosec // names of events, no credentials (G101)
const (
	SessionStarted       Type = "session.started"       // attributes: agent, address
	SessionEnded         Type = "session.ended"         // Reason says why
	VisitStarted         Type = "visit.started"         // attributes: those of an Origin
	VisitEnded           Type = "visit.ended"           // Reason says why; attributes: start, last (Unix milliseconds)
	LoginStarted         Type = "login.started"         // attributes: agent, address, amr, acr
	LoginEnded           Type = "login.ended"           // Reason says why
	LoginReauthenticated Type = "login.reauthenticated" // attributes: amr, acr
	LoginFailed          Type = "login.failed"          // as told by the application
	CredentialRotated    Type = "credential.rotated"
	CredentialReused     Type = "credential.reused"  // a spent secret came back: theft
	CredentialUnknown    Type = "credential.unknown" // a known ID with a secret that was never issued
	PageViewed           Type = "page.viewed"        // attributes: view (its ID), path and route, or screen
	PageEngaged          Type = "page.engaged"       // attributes: view (one of the same session), milliseconds (visible and in focus, in all so far)
	PageSkipped          Type = "page.skipped"       // views that were not recorded; attributes: reason, count
	ActionTaken          Type = "action.taken"       // attributes: action; for a [PurchaseAction] also order, value, currency
	ExperimentExposed    Type = "experiment.exposed" // attributes: experiment, variant
	CartChanged          Type = "cart.changed"       // attributes: sku, quantity (of that line, afterwards); without sku the cart was emptied
	CheckoutCompleted    Type = "checkout.completed" // attributes: order, lines, items
	StateConflicted      Type = "state.conflicted"   // attribute: key; the later write won
	FeedGap              Type = "feed.gap"           // unread events were dropped by the feed's cap; attribute: lost (how many)
)

// PurchaseAction is the action of an [ActionTaken] event that tells of money: its
// attribute order names the order, which counts once in a session however often it is told
// of, value is what was paid in the currency's smallest unit (cents) as a decimal
// integer of no more than [MaxPurchase] either way, and currency the code of ISO 4217 in
// capitals.
const PurchaseAction = "purchase"

// MaxPurchase is the most that a purchase can be worth, in the currency's smallest unit.
// It is more than is ever paid, and leaves room for sums.
const MaxPurchase = 1_000_000_000_000_000

// Reason says why a session, login or visit ended.
type Reason string

// The reasons for an end.
const (
	ReasonLogout   Reason = "logout"   // the user left
	ReasonIdle     Reason = "idle"     // no activity for the idle limit
	ReasonLifetime Reason = "lifetime" // the absolute limit passed
	ReasonRevoked  Reason = "revoked"  // ended by the user on another device, or by an administrator
	ReasonEvicted  Reason = "evicted"  // a newer login took its place under the concurrent-login limit
	ReasonReused   Reason = "reused"   // a spent secret was presented
	ReasonErased   Reason = "erased"   // the person's data was erased
)

// Valid reports whether r is one of the reasons above.
func (r Reason) Valid() bool {
	switch r {
	case ReasonLogout, ReasonIdle, ReasonLifetime, ReasonRevoked, ReasonEvicted, ReasonReused, ReasonErased:
		return true
	}
	return false
}

// Event is the record of one thing that happened. It holds no credential.
type Event struct {
	// ID is unique and stable: an event delivered twice has the same ID twice.
	// The store assigns it when the event is appended to the feed.
	ID string `json:"id"`

	Type Type `json:"type"`

	// Time is the moment it happened, in UTC with millisecond precision: for an
	// end by a limit, the moment the limit passed.
	Time time.Time `json:"time"`

	// Detected is when the store noticed, if that was later than Time; else zero.
	Detected time.Time `json:"detected,omitzero"`

	Session string `json:"session,omitempty"` // public session ID
	Visit   string `json:"visit,omitempty"`   // the visit under way, if any
	Login   string `json:"login,omitempty"`   // the login under way, if any
	User    string `json:"user,omitempty"`    // the user of that login
	Reason  Reason `json:"reason,omitempty"`  // why something ended

	// Actor is who caused it where that is not the session's own user: the user
	// that ended another device's session, or an administrator.
	Actor string `json:"actor,omitempty"`

	Attributes map[string]string `json:"attributes,omitempty"`
}
