package storetest

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
)

// redelivered reads as another consumer until the entries come again.
func (e *env) redelivered(want []analytics.Entry) {
	e.Helper()
	before := map[string]analytics.Event{}
	for _, en := range want {
		before[en.Event.ID] = en.Event
	}
	var again []analytics.Entry
	e.eventually(fmt.Sprintf("%d entries of a dead consumer are delivered again", len(want)), func() bool {
		e.Advance(claimAfter)
		again = append(again, e.read("group", "another", 100)...)
		return len(again) >= len(want)
	})
	e.ack("group", again)
	again = append(again, e.drain("group", "another")...)
	if got := eventIDs(again); !slices.Equal(slices.Compact(got), eventIDs(want)) {
		e.Errorf("I3: delivered again are %q, want %q: event IDs are stable", got, eventIDs(want))
	}
	for _, en := range again {
		if !reflect.DeepEqual(normal(en.Event), normal(before[en.Event.ID])) {
			e.Errorf("I3: delivered again as %+v, before as %+v", en.Event, before[en.Event.ID])
		}
	}
}

func feedAcks(e *env) {
	e.traffic(40)
	all := e.drain("group", "dead")
	e.ack("group", all[:10])
	e.ack("group", all[5:25])
	e.ack("other", all[25:]) // another group's business
	e.redelivered(all[25:])
	e.Advance(10 * claimAfter)
	if got := e.drain("group", "third"); len(got) > 0 {
		e.Errorf("I3: %d entries come again after they were acknowledged", len(got))
	}
}

func feedClaims(e *env) {
	e.traffic(20)
	dead := e.read("group", "dead", 12)
	if len(dead) != 12 {
		e.Fatalf("Read = %d entries, want 12", len(dead))
	}
	rest := e.drain("group", "live")
	e.wantAll("both consumers", append(slices.Clone(dead), rest...))
	e.ack("group", rest)
	e.redelivered(dead)
}

func feedKeepsOwn(e *env) {
	e.traffic(40)
	first := e.read("group", "one", 20)
	if got := e.drain("group", "two"); len(got)+len(first) != 40 {
		e.Errorf("I3: another consumer gets %d of 40 entries, want the %d that are left", len(got), 40-len(first))
	}
}
