package sessionstore

import "time"

// FeedOptions bounds the log of events that a store keeps. A zero field means
// its default.
type FeedOptions struct {
	// Cap is how many events are kept at most; default 500,000. Beyond it the
	// oldest are dropped, and a group that had not read them is told of the gap.
	Cap int

	// Keep is how long an event stays for [Store.Events] after every group
	// acknowledged it; default 24 h. Without any group, events stay until the
	// cap drops them.
	Keep time.Duration

	// ClaimAfter is how long a consumer may hold entries without acknowledging
	// them before another takes them over; default 30 s.
	ClaimAfter time.Duration
}

// WithDefaults returns the options with the defaults filled in, for those who
// write a store.
func (o FeedOptions) WithDefaults() FeedOptions {
	if o.Cap == 0 {
		o.Cap = 500_000
	}
	if o.Keep == 0 {
		o.Keep = 24 * time.Hour
	}
	if o.ClaimAfter == 0 {
		o.ClaimAfter = 30 * time.Second
	}
	return o
}
