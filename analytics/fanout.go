package analytics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Fanout is a [Recorder] that delivers to all of its members, which go by name.
//
// Called by itself, its Record gives a batch to every member and fails if any
// of them fails; when the batch then comes again, it comes to all of them
// again. Given to [NewPump], a Fanout is taken apart instead: each member reads
// the feed in a consumer group of its own, named as the member is, with its own
// retries, so that a member that fails forever never holds up the others nor
// makes them see an event twice. That holds for the Fanout itself only, not for
// one that is a member of another or is wrapped by another Recorder.
//
// A name is for keeps: under a new name a member starts again at the oldest
// event that the feed holds.
type Fanout map[string]Recorder

// Record gives events to all members at the same time, to each a slice of its
// own, and waits for them. A member's error or panic does not keep the batch
// from another. It returns the members' errors joined, in order of their names,
// each with its member's name; a panic's error wraps [ErrPanicked].
func (f Fanout) Record(ctx context.Context, events []Event) error {
	names := slices.Sorted(maps.Keys(f))
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			if err := record(ctx, f[name], slices.Clone(events)); err != nil {
				errs[i] = fmt.Errorf("analytics: recorder %q: %w", name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
