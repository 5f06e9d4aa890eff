package storetest

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func sweeps() []scenario {
	return []scenario{
		{name: "nothing_to_do", run: sweepsNothing},
		{name: "slack_waits_for_touches", run: sweepSlack},
		{name: "touched_in_time", run: sweepRechecks},
		{name: "deadline_brought_forward", run: sweepSooner},
		{name: "two_sweepers", run: twoSweepers},
		{name: "login_moves_nothing_else", run: sweepGoesOn},
	}
}

func sweepsNothing(e *env) {
	e.sweep(0)
	e.sweep(time.Minute)
	rec := e.create(visiting(), e.login("ann"))
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started")
}

func sweepSlack(e *env) {
	rec := e.create(limited(tenMinutes, 0), visitingFor(tenMinutes, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = tenMinutes }))
	e.Advance(12 * time.Minute)
	e.sweep(5 * time.Minute)
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started")

	// A touch that was under way arrives.
	e.touch(sessionstore.Touch{Session: rec.ID, At: rec.Seen.Add(9 * time.Minute)})
	now := e.Store.Now()
	if got := e.load(rec.ID); !got.Alive(now) || got.LiveLogin(now) == nil || got.LiveVisit(now) == nil {
		e.Errorf("a touch that came late, of before the limit, did not count: %+v", got)
	}
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started")

	e.Advance(13 * time.Minute) // 25 after the start, 6 after the new deadline
	e.sweep(7 * time.Minute)
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started")
	e.sweep(5 * time.Minute)
	for _, ev := range e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
		"visit.ended idle", "login.ended idle", "session.ended idle")[3:] {
		if want := rec.Seen.Add(19 * time.Minute); !ev.Time.Equal(want) {
			e.Errorf("I7: %s at %v, want %v, ten minutes after the late touch", ev.Type, ev.Time, want)
		}
	}
}

func sweepRechecks(e *env) {
	rec := e.create(limited(tenMinutes, 0))
	for range 5 {
		e.Advance(9 * time.Minute)
		e.touch(sessionstore.Touch{Session: rec.ID, At: e.Store.Now()})
		e.sweep(0)
	}
	e.wantHistory(rec.ID, "session.started")
	seen := e.load(rec.ID).Seen
	e.Advance(11 * time.Minute)
	e.sweep(0)
	if end := e.wantHistory(rec.ID, "session.started", "session.ended idle")[1]; !end.Time.Equal(seen.Add(tenMinutes)) {
		e.Errorf("I7: the session ended at %v, want ten minutes after %v", end.Time, seen)
	}
}

func sweepSooner(e *env) {
	rec := e.create()
	e.sweep(0)
	e.apply(on(rec, visitingFor(tenMinutes, 0)))
	e.Advance(20 * time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "visit.started", "visit.ended idle")
	e.apply(on(rec, visitingFor(visitIdle, 5*time.Minute)))
	e.Advance(20 * time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, "session.started", "visit.started", "visit.ended idle", "visit.started", "visit.ended lifetime")
}

func twoSweepers(e *env) {
	n := scale(300, 60)
	for i := range n {
		p := visitingFor(time.Duration(1+i%5)*time.Minute, 0)
		if i%3 == 0 {
			p = e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = time.Minute })
		}
		e.apply(creationOf(newHash(), limited(tenMinutes, 0), p))
	}
	for range 2 {
		e.Advance(6 * time.Minute)
		e.together(4, func(_ int, s sessionstore.Store) {
			for more, err := true, error(nil); more; {
				if more, err = s.Sweep(e.Context(), 0); err != nil {
					e.Errorf("Sweep = %v, want success", err)
				}
			}
		})
	}
	if got := len(e.events(analytics.Query{Type: analytics.SessionEnded})); got != n {
		e.Errorf("I3: %d sessions ended by four sweepers, want %d", got, n)
	}
	e.auditAllEnded()
}

// sweepGoesOn ends one stretch after the other by sweeps alone.
func sweepGoesOn(e *env) {
	rec := e.create(limited(50*time.Minute, 0), visitingFor(tenMinutes, 0), e.login("ann", func(l *sessionstore.LoginStart) { l.Idle = 30 * time.Minute }))
	want := []string{"session.started", "visit.started", "login.started"}
	for _, next := range []string{"visit.ended idle", "login.ended idle", "session.ended idle"} {
		e.Advance(20 * time.Minute)
		e.sweep(0)
		want = append(want, next)
		e.wantHistory(rec.ID, want...)
	}
	e.Advance(20 * time.Minute)
	e.sweep(0)
	e.wantHistory(rec.ID, want...)
}
