package storetest

import (
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func visits() []scenario {
	return []scenario{
		{name: "spans_login_logout_and_rotation", run: visitSpans},
		{name: "under_way_is_kept", run: visitKept},
		{name: "next_after_the_limit", run: visitAfterVisit},
		{name: "ends_with_the_session", run: visitEndsWithSession},
		{name: "attributes", run: visitAttributes},
	}
}

func visitSpans(e *env) {
	rec := e.create(visiting())
	visit := rec.Visit.ID
	for _, p := range []part{
		rotating(rec.Credential.Current, newHash(), "sealed"),
		e.login("ann"), e.login("bob"), leaving(analytics.ReasonLogout), renewing(newHash()), clearing,
	} {
		e.Advance(time.Minute)
		e.apply(on(e.load(rec.ID), p))
		if v := e.load(rec.ID).Visit; v == nil || v.ID != visit || !v.Started.Equal(rec.Visit.Started) {
			e.Fatalf("I3: the visit is %+v, want %s: neither login, logout nor rotation split it", v, visit)
		}
	}
	for _, ev := range e.history(rec.ID)[1:] {
		if ev.Visit != visit {
			e.Errorf("I3: %s names the visit %q, want %q", ev.Type, ev.Visit, visit)
		}
	}
	if n := len(only(e.history(rec.ID), analytics.VisitStarted)); n != 1 {
		e.Errorf("I3: %d visits started, want 1", n)
	}
}

func visitKept(e *env) {
	rec := e.create(visiting())
	res := e.apply(on(rec, visiting()))
	if res.Visit == nil || res.Visit.ID != rec.Visit.ID || !res.Visit.Started.Equal(rec.Visit.Started) {
		e.Errorf("Result.Visit = %+v, want the visit under way, %s", res.Visit, rec.Visit.ID)
	}
	e.wantHistory(rec.ID, "session.started", "visit.started")
}

func visitAfterVisit(e *env) {
	rec := e.create(visitingFor(30*time.Minute, 0))
	e.Advance(20 * time.Minute)
	mid := e.apply(on(rec, setting("key", "value")))
	e.Advance(40 * time.Minute)
	next := on(rec, visiting())
	res := e.apply(next)
	if res.Visit == nil || res.Visit.ID != next.Visit.ID {
		e.Errorf("I7: Result.Visit = %+v, want the new visit %s: the other one was over", res.Visit, next.Visit.ID)
	}
	events := e.wantHistory(rec.ID, "session.started", "visit.started", "visit.ended idle", "visit.started")
	end := events[2]
	if end.Visit != rec.Visit.ID || !end.Time.Equal(mid.At.Add(30*time.Minute)) || !end.Detected.Equal(res.At) {
		e.Errorf("I7: %+v, want the end of %s at %v, detected at %v", end, rec.Visit.ID, mid.At.Add(30*time.Minute), res.At)
	}
	e.sameMap("attributes of the end", end.Attributes, map[string]string{
		"start": strconv.FormatInt(rec.Visit.Started.UnixMilli(), 10),
		"last":  strconv.FormatInt(mid.At.UnixMilli(), 10),
	})
	if events[3].Visit != next.Visit.ID {
		e.Errorf("I3: the visit started is %s, want %s", events[3].Visit, next.Visit.ID)
	}
}

func visitEndsWithSession(e *env) {
	rec := e.create(visiting(), e.login("ann"))
	e.apply(on(rec, ending(analytics.ReasonLogout)))
	e.wantHistory(rec.ID, "session.started", "visit.started", "login.started",
		"visit.ended logout", "login.ended logout", "session.ended logout")
}

// visitAttributes is about where a visit came from: the event tells it, of the
// visit that began and of no other.
func visitAttributes(e *env) {
	from := func(source string) part {
		begin := visiting()
		return func(c *sessionstore.Change) {
			begin(c)
			c.Visit.Attributes = map[string]string{"source": source, "device {odd} ü": "mobile"}
		}
	}
	rec := e.create(from("news"))
	e.apply(on(rec, from("mail")))
	e.wantHistory(rec.ID, "session.started", "visit.started")
	e.sameMap("attributes", e.history(rec.ID)[1].Attributes, map[string]string{"source": "news", "device {odd} ü": "mobile"})
	late := e.create()
	e.apply(on(late, from("mail"), noting(analytics.ActionTaken, map[string]string{"action": "x"})))
	e.sameMap("attributes", e.history(late.ID)[1].Attributes, map[string]string{"source": "mail", "device {odd} ü": "mobile"})
}
