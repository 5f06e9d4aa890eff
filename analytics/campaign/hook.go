package campaign

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// hookTimeout bounds a call of a hook.
const hookTimeout = 30 * time.Second

// Hook is told of occasions. Deliver is called from several goroutines, see
// [Subscription], and for the same occasion again when it fails, see the package
// documentation. It has 30 s, after which its ctx is done; it is not interrupted
// when the runner stops.
//
// An error makes that it is called again later; the error wrapped by [Permanent],
// that it is not, and by [RetryAfter], that this and all else waits for a while. A
// panic is an error like others.
//
// By the time that it is called, what the occasion tells of can have changed: the
// visitor may be back, and the cart ordered.
type Hook interface {
	Deliver(ctx context.Context, o Occasion) error
}

// HookFunc is a function as a [Hook].
type HookFunc func(ctx context.Context, o Occasion) error

// Deliver calls f.
func (f HookFunc) Deliver(ctx context.Context, o Occasion) error { return f(ctx, o) }

// Permanent returns err as one that wraps [ErrPermanent]: calling the hook again
// for the same occasion would not help.
func Permanent(err error) error { return fmt.Errorf("%w: %w", ErrPermanent, err) }

// RetryAfter returns err as one with which a hook asks not to be called before
// wait has passed, for any occasion. More than a day counts as one, and less than
// the usual pause as that.
func RetryAfter(wait time.Duration, err error) error {
	return &retryError{wait: min(wait, 24*time.Hour), err: err}
}

// retryError is an error with a pause.
type retryError struct {
	wait time.Duration
	err  error
}

// Error returns the error without the pause, which is not the point of it.
func (e *retryError) Error() string { return e.err.Error() }

// Unwrap returns the error.
func (e *retryError) Unwrap() error { return e.err }

// panicError is a panic turned into an error.
type panicError struct {
	value any
	stack string
}

// Error says with what it panicked.
func (e *panicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanicked, e.value) }

// Unwrap returns ErrPanicked, and the value of the panic if it is an error.
func (e *panicError) Unwrap() []error {
	if err, ok := e.value.(error); ok {
		return []error{ErrPanicked, err}
	}
	return []error{ErrPanicked}
}

// guard calls f and turns a panic into an error.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: string(debug.Stack())}
		}
	}()
	return f()
}

// call hands o to h, in bounded time. What was begun is finished, also when the
// runner stops.
func call(ctx context.Context, h Hook, o Occasion) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), hookTimeout)
	defer cancel()
	return guard(func() error { return h.Deliver(ctx, o) })
}

// pauseOf returns the pause that err asks for, or 0.
func pauseOf(err error) time.Duration {
	if e, ok := errors.AsType[*retryError](err); ok {
		return e.wait
	}
	return 0
}
