package analytics

import "context"

// Entry is one event as it was read from a feed.
type Entry struct {
	// Position locates the entry in the feed that it was read from, for
	// [Feed.Ack]. It is opaque.
	Position string
	Event    Event
}

// Feed is the ordered log of events that a store keeps beside its records. It
// is read in groups. Each group sees every event that the feed still holds; the
// consumers in a group share them out. The events of one session come in order,
// events of different sessions in no particular one.
type Feed interface {
	// Read returns up to limit entries that the group has not acknowledged:
	// first those that were handed to a consumer that has been silent for a
	// while (it is taken for dead), then new ones. It does not wait: with
	// nothing to read it returns an empty slice. A group that does not exist is
	// created, starting at the oldest event held. Where the feed's cap dropped
	// events that the group never read, the first entry is a [FeedGap] event.
	Read(ctx context.Context, group, consumer string, limit int) ([]Entry, error)

	// Ack marks entries as done for the group; they are not delivered to it
	// again. Positions that the group does not know are ignored.
	Ack(ctx context.Context, group string, positions []string) error
}

// Recorder consumes events. Record is called with one batch at a time, oldest
// first for each session. If it returns an error all of the batch is delivered
// again later, whole or in parts, so a Recorder that must count each event once
// remembers [Event.ID]. Record must honour ctx. It must not keep the slice
// after it returns, and must never change the Attributes, which others may be
// reading.
type Recorder interface {
	Record(ctx context.Context, events []Event) error
}

// RecorderFunc lets a function serve as a [Recorder].
type RecorderFunc func(ctx context.Context, events []Event) error

// Record calls f.
func (f RecorderFunc) Record(ctx context.Context, events []Event) error { return f(ctx, events) }
