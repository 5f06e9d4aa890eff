package sessionstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// The errors that a store's answers are told apart by, with [errors.Is]. Any
// other error means that the store failed, and says nothing of the session.
var (
	// ErrEnded: there is no such session. It ended, or never was. Where the end
	// is remembered the error is an [*EndedError].
	ErrEnded = errors.New("sessionstore: the session has ended")

	// ErrExists: the session to create exists.
	ErrExists = errors.New("sessionstore: the session exists")

	// ErrSuperseded: the change was made with a credential that a login, a
	// logout or a renewal has replaced since.
	ErrSuperseded = errors.New("sessionstore: the credential has been superseded")

	// ErrConflict: a [SwapValue] found another value. The error is a
	// [*ConflictError].
	ErrConflict = errors.New("sessionstore: the value has changed")

	// ErrLoginRefused: the login was ended before it took effect, by the end of
	// all the user's sessions or by eviction.
	ErrLoginRefused = errors.New("sessionstore: the login was ended before it began")

	// ErrTooManyLogins: the user's limit is reached and the policy is [DenyNew].
	ErrTooManyLogins = errors.New("sessionstore: too many logins")

	// ErrEmptyCart: there is nothing to check out.
	ErrEmptyCart = errors.New("sessionstore: the cart is empty")

	// ErrTooLarge: the change would exceed one of the store's [Limits].
	ErrTooLarge = errors.New("sessionstore: too large")

	// ErrInvalid: what was asked for makes no sense, whatever the state of the
	// session.
	ErrInvalid = errors.New("sessionstore: invalid")
)

// EndedError is an [ErrEnded] that knows how the session ended.
type EndedError struct {
	Reason analytics.Reason
	At     time.Time
}

// Error implements error.
func (e *EndedError) Error() string { return fmt.Sprintf("%v (%s)", ErrEnded, e.Reason) }

// Is makes an EndedError match [ErrEnded].
func (e *EndedError) Is(target error) bool { return target == ErrEnded }

// ConflictError tells what a [SwapValue] found instead of its base.
type ConflictError struct {
	Key     string
	Current string // meaningful only if Exists
	Exists  bool
}

// Error implements error. It does not show the value.
func (e *ConflictError) Error() string { return fmt.Sprintf("%v: key %q", ErrConflict, e.Key) }

// Is makes a ConflictError match [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }
