package analytics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Pump carries events from a [Feed] to a [Recorder]: it reads a batch, hands it
// over, and acknowledges it once it was recorded.
//
// Delivery is at least once. A batch that failed, by an error or a panic of the
// recorder, is held and delivered again with the same event IDs, after a pause
// that doubles from 100 ms to 15 s less a random part, for as long as it takes.
// Nothing is ever given up or passed over, and the order of events is kept. A
// batch that fails for the third time is delivered in ever smaller parts, so
// that everything before an event that the recorder does not take gets through
// and the log names that event; a recorder that would rather do without such an
// event has to return nil for it. Events behind it wait in the feed, up to the
// feed's cap.
//
// If an acknowledgement fails, it alone is repeated as long as the process
// lives. Events are delivered more than once when a process dies between
// recording and acknowledging, when another takes over a batch from a pump that
// was silent for too long, and when a recorder fails having taken part.
//
// A Pump is safe for concurrent use. It calls each recorder, and the feed for
// that recorder's group, from one goroutine at a time.
type Pump struct {
	members []*member
}

// NewPump returns a pump that reads feed in the named consumer group on behalf
// of rec. Pumps in other processes that name the same group share its events
// out. If rec is a [Fanout], the pump reads one group for each of the members
// the Fanout has now, under the member's name, and group is not used.
//
// NewPump reports all mistakes together, joined: a feed or recorder that is
// nil, a group or member without a name, a Fanout without members, and options
// out of bounds.
func NewPump(feed Feed, group string, rec Recorder, opts PumpOptions) (*Pump, error) {
	opts = opts.withDefaults()
	errs := []error{opts.validate()}
	if feed == nil {
		errs = append(errs, errors.New("analytics: the pump's feed is nil"))
	}
	recorders, ok := rec.(Fanout)
	if !ok {
		recorders = Fanout{group: rec}
	}
	if len(recorders) == 0 {
		errs = append(errs, errors.New("analytics: the pump's Fanout has no members"))
	}
	p := new(Pump)
	for _, name := range slices.Sorted(maps.Keys(recorders)) {
		if name == "" {
			errs = append(errs, errors.New("analytics: a pump's group has no name"))
		}
		if recorders[name] == nil {
			errs = append(errs, fmt.Errorf("analytics: the pump's recorder for group %q is nil", name))
		}
		p.members = append(p.members, newMember(feed, name, recorders[name], opts))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// Run carries events until ctx is done and then returns nil. It first finishes
// the batches under way, for which it takes at most the Timeout of each call
// still to be made, if feed and recorder honour their ctx. What had
// failed and waits to be tried again is kept for [Pump.Flush] or another Run;
// without either it stays unacknowledged and is taken over by another pump of
// its group, or the next one.
func (p *Pump) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, m := range p.members {
		wg.Go(func() { m.run(ctx) })
	}
	wg.Wait()
	return nil
}

// Flush carries events until there is nothing more to read, and returns nil
// then: what was in the feed when it was called has been recorded, save what
// another pump of the group has in hand. It works beside Run, during which Run
// waits, and after it.
//
// It ends sooner when ctx is done, and for a group in which three attempts in a
// row fail, and returns the errors joined, each with its group's name. What it
// leaves behind stays in the feed, or with the pump.
func (p *Pump) Flush(ctx context.Context) error {
	errs := make([]error, len(p.members))
	var wg sync.WaitGroup
	for i, m := range p.members {
		wg.Go(func() {
			if err := m.flush(ctx); err != nil {
				errs[i] = fmt.Errorf("analytics: flush group %q: %w", m.group, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
