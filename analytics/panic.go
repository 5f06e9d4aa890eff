package analytics

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrPanicked is wrapped by the error that stands for a [Recorder]'s panic.
var ErrPanicked = errors.New("analytics: recorder panicked")

// panicError is a recorder's panic turned into an error.
type panicError struct {
	value any
	stack string
}

// Error says that a recorder panicked, and with what.
func (e *panicError) Error() string { return fmt.Sprintf("%v: %v", ErrPanicked, e.value) }

// Unwrap returns ErrPanicked, and the value of the panic if it is an error.
func (e *panicError) Unwrap() []error {
	if err, ok := e.value.(error); ok {
		return []error{ErrPanicked, err}
	}
	return []error{ErrPanicked}
}

// record hands events to rec and turns a panic into an error.
func record(ctx context.Context, rec Recorder, events []Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: string(debug.Stack())}
		}
	}()
	return rec.Record(ctx, events)
}
