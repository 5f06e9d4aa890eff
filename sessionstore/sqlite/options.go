package sqlite

import (
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Durability says what a change survives once it is acknowledged.
type Durability int

const (
	// Full is to survive the loss of power, as far as the disk keeps its word. It is the
	// default, because an end must be final: a login that was ended, and is not
	// after the power came back, lets somebody in.
	Full Durability = iota

	// Normal is to survive the death of the process, but not that of the machine,
	// which may take what was changed in the last second or two; the file stays
	// whole.
	Normal
)

// Options configures [Open]. The zero value is good.
type Options struct {
	Durability Durability
	Limits     sessionstore.Limits
	Feed       sessionstore.FeedOptions

	// CacheBytes is how much memory the records that were used last may take,
	// roughly; default 64 MiB, some 40,000 usual sessions.
	CacheBytes int

	// Now is the clock; default [time.Now]. It must never go back.
	Now func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	if o.Durability != Full && o.Durability != Normal {
		return o, fmt.Errorf("sqlite: unknown durability %d", o.Durability)
	}
	if o.CacheBytes < 0 {
		return o, fmt.Errorf("sqlite: a cache of %d bytes", o.CacheBytes)
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Limits, o.Feed = o.Limits.WithDefaults(), o.Feed.WithDefaults()
	return o, nil
}
