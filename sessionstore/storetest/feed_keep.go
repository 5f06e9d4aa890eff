package storetest

import (
	"slices"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func feedGap(e *env) {
	const n = 3000
	rec := e.create()
	seen := e.drain("group", "consumer") // the group is there, and has read the start
	e.ack("group", seen)
	for i := 0; i < n; {
		var parts []part
		for range 100 {
			parts = append(parts, noting(analytics.ActionTaken, map[string]string{"i": strconv.Itoa(i)}))
			i++
		}
		e.apply(on(rec, parts...))
	}
	entries := e.drain("group", "consumer")
	gaps, next := 0, -1
	for _, en := range entries {
		if en.Event.Type == analytics.FeedGap {
			if next >= 0 {
				e.Errorf("I3: the gap is reported after the events that follow it")
			}
			if en.Event.ID == "" || en.Event.Time.IsZero() {
				e.Errorf("I3: the gap is %+v, want an event with ID and time", en.Event)
			}
			gaps++
			continue
		}
		i, err := strconv.Atoi(en.Event.Attributes["i"])
		if err != nil || next >= 0 && i != next {
			e.Fatalf("I3: event %d is delivered in place of %d, without a gap (%v)", i, next, err)
		}
		next = i + 1
	}
	if gaps != 1 || next != n || len(entries) == n+1 {
		e.Errorf("I3: of %d events with a cap of 500, %d entries and %d gaps are delivered up to %d, want the latest and one gap", n, len(entries), gaps, next)
	}
	e.ack("group", entries)
	e.apply(on(rec, noting(analytics.ActionTaken, map[string]string{"i": strconv.Itoa(n)})))
	if got := e.drain("group", "consumer"); len(got) != 1 || got[0].Event.Attributes["i"] != strconv.Itoa(n) {
		e.Errorf("I3: after the gap, the feed delivers %+v, want the one new event: a gap is reported once", got)
	}
}

func feedTrims(e *env) {
	e.sweep(0)
	a := e.drain("a", "consumer")
	e.traffic(40)
	a = append(a, e.drain("a", "consumer")...)
	e.ack("a", a)
	e.sweep(0)
	if got := len(e.events(analytics.Query{})); got != 40 {
		e.Errorf("%d events right after they were acknowledged, want 40: they are kept for Events for an hour", got)
	}
	b := e.drain("b", "consumer")
	e.Advance(30 * time.Minute)
	e.sweep(0)
	if got := len(e.events(analytics.Query{})); got != 40 {
		e.Errorf("%d events after half an hour, want 40: they are kept for an hour", got)
	}
	e.ack("b", b)
	e.Advance(time.Hour)
	e.eventually("events that every group acknowledged are trimmed after Keep", func() bool {
		e.sweep(0)
		return len(e.events(analytics.Query{})) == 0
	})
	rec := e.create()
	if got := e.drain("a", "consumer"); len(got) != 1 || got[0].Event.Session != rec.ID.String() {
		e.Errorf("after trimming, the feed delivers %+v, want the one new event and no gap", got)
	}
}

func feedTrimsNoUnread(e *env) {
	e.traffic(40)
	e.ack("done", e.drain("done", "consumer"))
	held := e.read("slow", "consumer", 10)
	e.Advance(3 * time.Hour)
	e.sweep(0)
	all := append(held, e.drain("slow", "consumer")...)
	again := map[string]bool{}
	all = slices.DeleteFunc(all, func(en analytics.Entry) bool { // the first ten were given up for dead
		twice := again[en.Event.ID]
		again[en.Event.ID] = true
		return twice
	})
	if len(all) != 40 || slices.ContainsFunc(all, func(en analytics.Entry) bool { return en.Event.Type == analytics.FeedGap }) {
		e.Errorf("I3: a slow group reads %d events, want all 40: what it had not acknowledged is not trimmed", len(all))
	}
	if n := len(e.events(analytics.Query{})); n != 40 {
		e.Errorf("I3: %d events are held, want 40: one group has not acknowledged them", n)
	}
}
