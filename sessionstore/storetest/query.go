package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func queries() []scenario {
	return []scenario{
		{name: "query", run: queriesEvents},
		{name: "oldest_first", run: eventsOldestFirst},
		{name: "order_of_one_moment", run: eventsOfOneMoment},
	}
}

func queriesEvents(e *env) {
	var recs []*sessionstore.Record
	var moments []time.Time
	for i := range 6 {
		moments = append(moments, e.Store.Now())
		rec := e.create(e.login(fmt.Sprint("ann ", i%2)))
		e.apply(on(rec, noting(analytics.ActionTaken, nil)))
		recs = append(recs, rec)
		e.Advance(time.Hour)
	}
	session := recs[3].ID.String()
	middle := e.history(recs[3].ID)[0].Time
	for _, q := range []struct {
		query analytics.Query
		want  int
	}{
		{analytics.Query{}, 18},
		{analytics.Query{Session: session}, 3},
		{analytics.Query{Session: "never"}, 0},
		{analytics.Query{User: "ann 1"}, 6},
		{analytics.Query{User: "ann"}, 0},
		{analytics.Query{Type: analytics.ActionTaken}, 6},
		{analytics.Query{Session: session, User: "ann 1", Type: analytics.LoginStarted}, 1},
		{analytics.Query{Session: session, User: "ann 0"}, 0},
		{analytics.Query{Since: moments[4].Add(-time.Minute)}, 6},
		{analytics.Query{Since: middle, Session: session, Type: analytics.SessionStarted}, 1},
		{analytics.Query{Since: middle.Add(time.Millisecond), Session: session, Type: analytics.SessionStarted}, 0},
		{analytics.Query{Since: moments[2].Add(-time.Minute), User: "ann 0", Type: analytics.ActionTaken}, 2},
		{analytics.Query{Since: e.Store.Now().Add(time.Hour)}, 0},
		{analytics.Query{Limit: 4}, 4},
		{analytics.Query{Limit: 100}, 18},
		{analytics.Query{Limit: -1}, 18},
		{analytics.Query{User: "ann 0", Limit: 3}, 3},
	} {
		for _, s := range []sessionstore.Store{e.Store, e.Peer} {
			got, err := s.Events(e.Context(), q.query)
			if err != nil || len(got) != q.want {
				e.Errorf("Events(%+v) = %d events, %v, want %d", q.query, len(got), err, q.want)
			}
			if !slices.IsSortedFunc(got, func(a, b analytics.Event) int { return a.Time.Compare(b.Time) }) {
				e.Errorf("Events(%+v) are not oldest first", q.query)
			}
			unlimited := q.query
			unlimited.Limit = 0
			for _, ev := range got {
				if !unlimited.Matches(ev) {
					e.Errorf("Events(%+v) holds %+v", q.query, ev)
				}
			}
			if q.query.Limit > 0 {
				all := e.events(unlimited)
				e.same(fmt.Sprintf("Events(%+v), the oldest of those that match,", q.query), titles(got), titles(all[:min(len(all), q.query.Limit)]))
			}
		}
	}
}

// eventsOldestFirst appends an event of long ago after newer ones.
func eventsOldestFirst(e *env) {
	idle := e.create(limited(tenMinutes, 0))
	e.Advance(time.Hour)
	e.create()
	e.Advance(time.Hour)
	e.sweep(0)
	events := e.events(analytics.Query{})
	want := []string{"session.started", "session.ended idle", "session.started"}
	if got := titles(events); !slices.Equal(got, want) {
		e.Fatalf("Events = %q, want %q, by Time and not as they were detected", got, want)
	}
	if ev := e.events(analytics.Query{Limit: 2})[1]; ev.Type != analytics.SessionEnded || ev.Session != idle.ID.String() {
		e.Errorf("the second of Events is %+v, want the end of %v", ev, idle.ID)
	}
	if got := e.events(analytics.Query{Since: idle.Seen.Add(30 * time.Minute)}); len(got) != 1 {
		e.Errorf("Events since half an hour after the start = %q, want one: Since looks at Time", titles(got))
	}
}

func eventsOfOneMoment(e *env) {
	rec := e.create()
	var parts []part
	for i := range 50 {
		parts = append(parts, noting(analytics.ActionTaken, map[string]string{"i": fmt.Sprint(i)}))
	}
	e.apply(on(rec, parts...))
	for i, ev := range only(e.history(rec.ID), analytics.ActionTaken) {
		if ev.Attributes["i"] != fmt.Sprint(i) {
			e.Fatalf("event %d of one moment is %v, want them in the order of arrival", i, ev.Attributes)
		}
	}
}
