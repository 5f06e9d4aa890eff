package campaign

import "errors"

var (
	// ErrClosed is returned by a [Runner] that was closed.
	ErrClosed = errors.New("campaign: the runner is closed")

	// ErrForeign is wrapped by the error for a file that is not an outbox.
	ErrForeign = errors.New("campaign: not an outbox")

	// ErrNewer is wrapped by the error for an outbox of a later version of this
	// package.
	ErrNewer = errors.New("campaign: the outbox is of a newer version")

	// ErrPanicked is wrapped by the error that stands for the panic of a hook, or of
	// a function that a campaign asks.
	ErrPanicked = errors.New("campaign: panicked")

	// ErrPermanent is wrapped by the error of a [Hook] that need not be called again
	// for this occasion. See [Permanent].
	ErrPermanent = errors.New("campaign: failed for good")

	// ErrSignature is wrapped by every error of [Verify].
	ErrSignature = errors.New("campaign: webhook not verified")
)
