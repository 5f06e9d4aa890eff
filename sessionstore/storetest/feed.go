package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// claimAfter is real time for a store whose server measures it, so it is short,
// and whoever waits for it advances the clock as well.
const claimAfter = 200 * time.Millisecond

func feeds() []scenario {
	claims := Options{Feed: sessionstore.FeedOptions{ClaimAfter: claimAfter}}
	keeps := Options{Feed: sessionstore.FeedOptions{Keep: time.Hour}}
	return []scenario{
		{name: "empty", run: feedEmpty},
		{name: "holds_what_Events_tells", run: feedTells},
		{name: "groups_are_independent", run: feedGroups},
		{name: "consumers_share", run: feedShares},
		{name: "limit", run: feedLimit},
		{name: "order_of_a_session", run: feedOrder},
		{name: "acknowledged_is_done", opts: claims, run: feedAcks},
		{name: "dead_consumer", opts: claims, run: feedClaims},
		{name: "live_consumer_keeps_its_own", run: feedKeepsOwn},
		{name: "gap", opts: Options{Feed: sessionstore.FeedOptions{Cap: 500}}, run: feedGap, drops: true},
		{name: "kept_then_trimmed", opts: keeps, run: feedTrims, drops: true},
		{name: "unacknowledged_is_not_trimmed", opts: keeps, run: feedTrimsNoUnread},
		{name: "written_and_read_at_once", run: feedAtOnce},
	}
}

// read reads once.
func (e *env) read(group, consumer string, limit int) []analytics.Entry {
	e.Helper()
	entries, err := e.any().Read(e.Context(), group, consumer, limit)
	if err != nil {
		e.Fatalf("Read(%q, %q, %d) = %v, want success", group, consumer, limit, err)
	}
	if len(entries) > limit {
		e.Fatalf("Read(%q, %q, %d) = %d entries", group, consumer, limit, len(entries))
	}
	return entries
}

// drain reads until there is nothing more.
func (e *env) drain(group, consumer string) []analytics.Entry {
	e.Helper()
	var all []analytics.Entry
	for {
		entries := e.read(group, consumer, 100)
		if len(entries) == 0 {
			return all
		}
		all = append(all, entries...)
	}
}

func (e *env) ack(group string, entries []analytics.Entry) {
	e.Helper()
	var positions []string
	for _, en := range entries {
		positions = append(positions, en.Position)
	}
	if err := e.any().Ack(e.Context(), group, positions); err != nil {
		e.Fatalf("Ack(%q) = %v, want success", group, err)
	}
}

// traffic makes sessions with n events altogether, a multiple of 4.
func (e *env) traffic(n int) {
	e.Helper()
	for i := range n / 4 {
		c := creationOf(newHash(), visiting())
		e.apply(c)
		if i%2 == 0 {
			e.apply(over(c.Session, ending(analytics.ReasonLogout)))
		} else {
			e.apply(over(c.Session, noting(analytics.ActionTaken, map[string]string{"action": "a"}), noting(analytics.ActionTaken, nil)))
		}
	}
}

func eventIDs(entries []analytics.Entry) []string {
	list := make([]string, len(entries))
	for i, en := range entries {
		list[i] = en.Event.ID
	}
	slices.Sort(list)
	return list
}

// wantAll asserts that the entries are all the events of the store, once each.
func (e *env) wantAll(what string, entries []analytics.Entry) {
	e.Helper()
	var want []string
	for _, ev := range e.events(analytics.Query{}) {
		want = append(want, ev.ID)
	}
	slices.Sort(want)
	if got := eventIDs(entries); !slices.Equal(got, want) {
		e.Errorf("I3: %s: %d entries (%d distinct), want each of %d events once", what, len(got), len(slices.Compact(got)), len(want))
	}
}

func feedEmpty(e *env) {
	for range 3 {
		if got := e.read("group", "consumer", 10); len(got) != 0 {
			e.Errorf("Read of an empty feed = %+v, want nothing", got)
		}
	}
	for _, positions := range [][]string{nil, {""}, {"junk"}, {"1-1", "99999"}} {
		for _, group := range []string{"group", "never read"} {
			if err := e.any().Ack(e.Context(), group, positions); err != nil {
				e.Errorf("Ack(%q, %q) = %v, want it ignored", group, positions, err)
			}
		}
	}
	e.traffic(4)
	e.wantAll("a group that is older than the events", e.drain("group", "consumer"))
}

func feedTells(e *env) {
	rec := e.create(e.login("ann", func(l *sessionstore.LoginStart) { l.AMR = []string{"pwd"} }), visitingFor(tenMinutes, 0))
	e.apply(on(rec, addingLine("apple", 1), noting("note.made", map[string]string{"k": "v"}), by("admin")))
	e.Advance(time.Hour)
	e.sweep(0)
	told := map[string]analytics.Event{}
	for _, ev := range e.history(rec.ID) {
		told[ev.ID] = ev
	}
	entries := e.drain("group", "consumer")
	if len(entries) != len(told) || len(told) != 6 {
		e.Fatalf("I3: %d entries in the feed and %d events, want 6", len(entries), len(told))
	}
	for _, en := range entries {
		if en.Position == "" || !reflect.DeepEqual(normal(en.Event), normal(told[en.Event.ID])) {
			e.Errorf("the feed says %+v, Events says %+v", en, told[en.Event.ID])
		}
	}
}

// normal makes events comparable.
func normal(ev analytics.Event) analytics.Event {
	ev.Time, ev.Detected = time.UnixMilli(millis(ev.Time)), time.UnixMilli(millis(ev.Detected))
	if len(ev.Attributes) == 0 {
		ev.Attributes = nil
	}
	return ev
}

func feedGroups(e *env) {
	e.traffic(40)
	a := e.drain("a", "consumer")
	e.wantAll("group a", a)
	e.ack("a", a)
	e.traffic(20)
	e.ack("a", e.drain("a", "consumer"))
	e.wantAll("group b, which came later", e.drain("b {odd} name", "consumer"))
	if got := e.drain("a", "consumer"); len(got) > 0 {
		e.Errorf("group a is delivered %d entries twice", len(got))
	}
}

func feedShares(e *env) {
	e.traffic(60)
	var all []analytics.Entry
	for i := 0; ; i++ {
		got := e.read("group", fmt.Sprint("consumer ", i%3), 7)
		if len(got) == 0 {
			break
		}
		all = append(all, got...)
	}
	e.wantAll("three consumers", all)
}

func feedLimit(e *env) {
	e.traffic(40)
	var all []analytics.Entry
	for _, limit := range []int{1, 1, 2, 3, 5, 1, 7} {
		got := e.read("group", "consumer", limit) // checks the limit
		if len(got) == 0 {
			e.Errorf("Read = nothing though there is more to read")
		}
		all = append(all, got...)
	}
	e.wantAll("reading in parts", append(all, e.drain("group", "consumer")...))
}

func feedOrder(e *env) {
	var recs []*sessionstore.Record
	for range 5 {
		recs = append(recs, e.create())
	}
	const n = 40
	for i := range n {
		for _, rec := range recs {
			e.apply(on(rec, noting(analytics.ActionTaken, map[string]string{"i": strconv.Itoa(i)})))
		}
	}
	next := map[string]int{}
	for {
		entries := e.read("group", "consumer", 13)
		if len(entries) == 0 {
			break
		}
		for _, en := range entries {
			if en.Event.Type != analytics.ActionTaken {
				continue
			}
			if got := en.Event.Attributes["i"]; got != strconv.Itoa(next[en.Event.Session]) {
				e.Fatalf("I3: event %s of a session is delivered in place of %d: they come in order", got, next[en.Event.Session])
			}
			next[en.Event.Session]++
		}
	}
	for _, rec := range recs {
		if got := next[rec.ID.String()]; got != n {
			e.Errorf("I3: %d events of a session, want %d", got, n)
		}
	}
}

// feedAtOnce writes and reads with several consumers at the same time.
func feedAtOnce(e *env) {
	const writers, readers = 4, 4
	var writing atomic.Int32
	writing.Store(writers)
	var mu sync.Mutex
	var all []analytics.Entry
	rounds := scale(40, 10)
	e.together(writers+readers, func(i int, s sessionstore.Store) {
		if i < writers {
			defer writing.Add(-1)
			for range rounds {
				c := creationOf(newHash(), visiting())
				if _, err := s.Apply(e.Context(), c); err != nil {
					e.Errorf("a creation while the feed is read = %v, want success", err)
				}
				if _, err := s.Apply(e.Context(), over(c.Session, ending(analytics.ReasonLogout))); err != nil {
					e.Errorf("an end while the feed is read = %v, want success", err)
				}
			}
			return
		}
		for {
			last := writing.Load() == 0
			entries, err := s.Read(e.Context(), "group", fmt.Sprint("consumer ", i), 9)
			if err != nil {
				e.Errorf("Read while the feed is written = %v, want success", err)
				return
			}
			var positions []string
			for _, en := range entries {
				positions = append(positions, en.Position)
			}
			if err := s.Ack(e.Context(), "group", positions); err != nil {
				e.Errorf("Ack while the feed is written = %v, want success", err)
			}
			mu.Lock()
			all = append(all, entries...)
			mu.Unlock()
			if last && len(entries) == 0 {
				return
			}
		}
	})
	e.wantAll("four consumers beside four writers", all)
	e.auditAllEnded()
}
