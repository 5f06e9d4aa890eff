package analytics

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// The defaults and bounds of [PumpOptions].
const (
	defaultBatch   = 256
	maxBatch       = 10_000
	defaultPoll    = 200 * time.Millisecond
	minPoll        = time.Millisecond
	defaultTimeout = 30 * time.Second
)

// PumpOptions tunes a [Pump]. The zero value is a good choice.
type PumpOptions struct {
	// Consumer names this pump among the readers of its groups. No two pumps
	// that run at the same time may share a name. Default: a random one.
	Consumer string

	// Batch is the most events that are read, and delivered, at a time: 1 to
	// 10,000. Default: 256.
	Batch int

	// Poll is the pause before the feed is read again after it had less than a
	// full batch, at least 1 ms; after a full batch there is none. Default:
	// 200 ms.
	Poll time.Duration

	// Timeout bounds each call to the feed and to the recorder, by its ctx. A
	// batch that takes longer has failed and is tried again. It should be
	// shorter than the time after which the feed takes a silent consumer for
	// dead. Default: 30 s.
	Timeout time.Duration

	// Logger is told of failures, at Warn and Error, and of recovery, at Info.
	// It sees event IDs and the errors of feed and recorder, no other part of an
	// event. Default: nothing is logged.
	Logger *slog.Logger
}

// withDefaults fills in what is zero.
func (o PumpOptions) withDefaults() PumpOptions {
	if o.Consumer == "" {
		o.Consumer = rand.Text()
	}
	if o.Batch == 0 {
		o.Batch = defaultBatch
	}
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// validate returns every mistake in o, which has its defaults, joined.
func (o PumpOptions) validate() error {
	var errs []error
	if o.Batch < 1 || o.Batch > maxBatch {
		errs = append(errs, fmt.Errorf("analytics: PumpOptions.Batch is %d, must be 1 to %d", o.Batch, maxBatch))
	}
	if o.Poll < minPoll {
		errs = append(errs, fmt.Errorf("analytics: PumpOptions.Poll is %v, must be at least %v", o.Poll, minPoll))
	}
	if o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("analytics: PumpOptions.Timeout is %v, must not be negative", o.Timeout))
	}
	return errors.Join(errs...)
}
