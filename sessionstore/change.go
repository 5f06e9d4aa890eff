package sessionstore

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Change is everything that one step does to one session. It is applied as a
// whole or not at all, together with the events that it causes. The parts take
// effect in the order of the fields.
type Change struct {
	Session ID

	// Epoch is [Credential.Epoch] as the author of the change loaded it. Where
	// it is no longer that, the change is refused with [ErrSuperseded].
	Epoch int64

	// AnyEpoch lets a change through that does not come from the client of the
	// session, such as an administrator's. It is no activity of the session
	// unless it begins a login or a visit, or proves a login again.
	AnyEpoch bool

	Device   *Device       // what is now known of the client; nil leaves it
	Create   *Creation     // makes the session; without it, it must exist
	End      *End          // ends the session; of the other parts only Events and Actor then count
	EndLogin *End          // ends the login under way; without one it does nothing
	Clear    bool          // removes all values and the cart; if that had lines, cart.changed tells
	Visit    *VisitStart   // begins a visit, unless one is under way
	Login    *LoginStart   // begins a login, ending the one under way
	Reauth   *Reauth       // renews the proof of the login under way
	Rotate   *Rotation     // replaces the secret, with grace
	Renew    *Renewal      // replaces the secret, without grace
	Values   []ValueChange // application values
	Cart     []CartChange  // cart lines
	Checkout *Checkout     // claims the cart
	Events   []Note        // further events about this session
	Actor    string        // see [analytics.Event.Actor]
}

// isActivity reports whether idle limits start again with the change. What the
// change begins must not have been idle before it began.
func (c *Change) isActivity() bool {
	return !c.AnyEpoch || c.Login != nil || c.Reauth != nil || c.Visit != nil
}

// Creation makes a session. Its other parts may put values, a login and a visit
// into it in the same step.
type Creation struct {
	Credential Hash          // of the first secret
	Idle       time.Duration // see [Record.Idle]; must be positive
	Max        time.Duration // absolute limit from now; 0: none
	Client     Client        // see [Record.Client]; no later change alters it
}

// End ends a session or a login.
type End struct {
	Reason analytics.Reason

	// Login, if not empty, restricts the end of a login to the one with this ID.
	// If that login has not begun yet, it is refused when it does.
	Login string
}

// LoginStart begins a login. If the session's state belongs to another user it
// is cleared. The credential must be renewed in the same change, or be new: a
// change that does neither is refused with [ErrInvalid].
type LoginStart struct {
	ID   string // from [NewSpanID]
	User string // 1 to 256 bytes

	// Began is when the attempt began, on the store's clock. A login that began
	// before the user's sessions were ended is refused with [ErrLoginRefused].
	Began time.Time

	Idle time.Duration // 0: no idle limit
	Max  time.Duration // 0: no absolute limit
	AMR  []string      // see [Login.AMR]
	ACR  string        // see [Login.ACR]

	Limit LoginLimit
}

// LoginLimit bounds how many logins of one user may be under way at once.
type LoginLimit struct {
	Max    int // 0: as many as the store's own cap, 1000, with EvictOldest
	Policy LoginPolicy
}

// LoginPolicy says what gives way when a login exceeds the limit.
type LoginPolicy int

// The policies.
const (
	DenyNew     LoginPolicy = iota // the new login is refused with ErrTooManyLogins
	EvictOldest                    // the login that began first ends, reason evicted
	EvictIdle                      // the login that was active longest ago ends, reason evicted
)

// Reauth renews the proof of a login: both its limits start again.
type Reauth struct {
	Login string // the login as loaded; another one is refused with ErrSuperseded
	Idle  time.Duration
	Max   time.Duration
	AMR   []string // see [Login.AMR]
	ACR   string   // see [Login.ACR]
}

// Rotation replaces the secret From by To. If From is no longer in force but
// the one before, nothing changes and [Result.Sealed] tells the successor that
// was put in force meanwhile.
type Rotation struct {
	From, To Hash
	Sealed   []byte // the new secret, encrypted under a key derived from the old
}

// Renewal replaces whatever secret is in force by To; the older ones
// authenticate nothing from then on. Secrets that were good a moment before
// (the one in force, and the previous one within Grace) are remembered as
// superseded, the older ones as spent.
type Renewal struct {
	To    Hash
	Grace time.Duration
}

// VisitStart begins a visit.
type VisitStart struct {
	ID   string // from [NewSpanID]
	Idle time.Duration
	Max  time.Duration

	// Attributes are those of the visit.started event: at most 16, with names of
	// 1 to 64 bytes and values of at most 256. Where a visit is under way already
	// they are dropped.
	Attributes map[string]string
}

// ValueOp says what a [ValueChange] does.
type ValueOp int

// The operations on a value.
const (
	SetValue    ValueOp = iota // the last write wins; overwriting an unseen one is a conflict
	DeleteValue                // likewise
	AddValue                   // adds Delta to a decimal integer; a missing value counts as 0
	SwapValue                  // sets Value if the present value is still Base, else ErrConflict
)

// ValueChange alters one value.
type ValueChange struct {
	Op    ValueOp
	Key   string // 1 to 256 bytes
	Value string
	Delta int64

	// Base is the value that the author of the change had loaded, if HasBase;
	// otherwise there was none.
	Base    string
	HasBase bool
}

// CartOp says what a [CartChange] does.
type CartOp int

// The operations on a cart.
const (
	AddLine   CartOp = iota // adds Quantity, which may be negative
	SetLine                 // sets Quantity
	ClearCart               // removes all lines
)

// CartChange alters a cart line. A line whose quantity falls to 0 or below is
// removed.
type CartChange struct {
	Op       CartOp
	SKU      string // 1 to 128 bytes
	Quantity int64
}

// Checkout claims the cart: the lines are handed to the caller in
// [Result.Lines] and removed, so that of many concurrent checkouts one gets
// them and the others get [ErrEmptyCart].
type Checkout struct {
	Order string // the application's name for it, recorded in the event
}

// Note is an event about the session that the store fills in and appends.
type Note struct {
	Type analytics.Type

	// Attributes are at most 32, with names of 1 to 64 bytes and values of at most
	// 1024.
	Attributes map[string]string
}

// Result tells what a change did.
type Result struct {
	// At is the moment of the change on the store's clock.
	At time.Time

	// Rotated reports that [Change.Rotate] took effect. If it did not, Sealed
	// is the sealed successor in force in its place, or nil if the rotation came
	// too late for one.
	Rotated bool
	Sealed  []byte

	// Visit is the visit under way after a change with [Change.Visit].
	Visit *Visit

	Added      map[string]int64 // values after each AddValue
	Conflicts  []string         // keys whose unseen value was overwritten
	Quantities map[string]int64 // of the cart lines that the change touched, afterwards
	Lines      map[string]int64 // claimed by Checkout
	Evicted    []ID             // sessions whose login ended to make room
}

// Touch records activity without any other change. If a limit had passed by
// then, what it ends stays ended: a touch makes the end, it does not undo it.
type Touch struct {
	Session ID
	At      time.Time // on the store's clock

	// Used, unless zero, is the secret that was presented: if it is the one in
	// force, it is now in use, and the grace of the one before it begins.
	Used Hash
}
