package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Durability says what a batch survives once [Warehouse.Record] has returned.
type Durability int

const (
	// Normal is to survive the death of the process, but not that of the machine,
	// which may take the batches of the last second or two; the file stays whole.
	Normal Durability = iota

	// Full is to survive the loss of power, too, as far as the disk keeps its word.
	Full
)

// Options configures [Open]. The zero value is good: everything is kept for ever.
type Options struct {
	Durability Durability

	// ReadOnly is to ask only: nothing is written to the file, which has to exist.
	ReadOnly bool

	// Keep is for how long a visit is kept, with all that belongs to it, once its
	// latest event is that old by the clock; carts, and events outside of visits,
	// likewise. An event that is older when it comes is dropped as expired. 0: for
	// ever.
	Keep time.Duration

	// Price tells what one piece of a SKU costs, in the smallest unit of the
	// currency. It is asked when a change of a cart is recorded, and its answer is
	// kept: a cart is worth what it was worth then. Nil: nothing has a price. It
	// must not block, for all recording waits for it.
	Price func(sku string) (value int64, currency string, ok bool)

	// CacheBytes is how much memory the columns that questions used last may take,
	// roughly; default 256 MiB. A million visits of three views take some 120 MB.
	CacheBytes int64

	// Logger hears of what goes wrong in the background, and is tried again. Nil
	// discards it.
	Logger *slog.Logger

	// Now is the clock that ages are measured by; default [time.Now].
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.CacheBytes == 0 {
		o.CacheBytes = 256 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// validate returns all that is wrong with o, for the file at path.
func (o Options) validate(path string) error {
	var faults []error
	if o.Durability != Normal && o.Durability != Full {
		faults = append(faults, fmt.Errorf("sqlite: unknown durability %d", o.Durability))
	}
	if o.Keep < 0 {
		faults = append(faults, fmt.Errorf("sqlite: visits cannot be kept for %v", o.Keep))
	}
	if o.CacheBytes < 0 {
		faults = append(faults, fmt.Errorf("sqlite: a cache of %d bytes", o.CacheBytes))
	}
	if o.ReadOnly && path == "" {
		faults = append(faults, errors.New("sqlite: a warehouse in memory cannot be read-only: it would stay empty"))
	}
	return errors.Join(faults...)
}
