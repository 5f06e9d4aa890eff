package storetest

import (
	"slices"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// audit checks I3 for every session that the sub-test made.
func (e *env) audit() {
	e.Helper()
	for _, fault := range auditEvents(e.events(analytics.Query{})) {
		e.Error(fault)
	}
}

// auditEvents returns what is wrong with the events of whole sessions: each
// session, login and visit has exactly one start, at most one end, in that
// order; nothing follows the end of a session; no two events have the same ID.
func auditEvents(events []analytics.Event) (faults []string) {
	fault := func(what string, ev analytics.Event) {
		faults = append(faults, "I3: "+what+": "+string(ev.Type)+" "+string(ev.Reason)+
			" (session "+ev.Session+", login "+ev.Login+", visit "+ev.Visit+", at "+ev.Time.String()+")")
	}
	ids, started, ended := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, ev := range events {
		if ev.ID == "" || ids[ev.ID] {
			fault("an event's ID "+ev.ID+" is not its own", ev)
		}
		ids[ev.ID] = true
		if ev.Time.IsZero() {
			fault("an event has no time", ev)
		}
		if ended["session "+ev.Session] && ev.Session != "" {
			fault("an event follows the end of its session", ev)
		}
		noun, verb, _ := strings.Cut(string(ev.Type), ".")
		name := noun + " " + map[string]string{"session": ev.Session, "login": ev.Login, "visit": ev.Visit}[noun]
		switch verb {
		case "started":
			if started[name] {
				fault("started twice", ev)
			}
			started[name] = true
		case "ended":
			if !started[name] {
				fault("ended without a start", ev)
			}
			if ended[name] {
				fault("ended twice", ev)
			}
			if !ev.Reason.Valid() {
				fault("ended without a reason", ev)
			}
			ended[name] = true
		}
	}
	return faults
}

// auditAllEnded checks that whatever started has ended too.
func (e *env) auditAllEnded() {
	e.Helper()
	count := map[analytics.Type]int{}
	for _, ev := range e.events(analytics.Query{}) {
		count[ev.Type]++
	}
	for _, pair := range [][2]analytics.Type{
		{analytics.SessionStarted, analytics.SessionEnded},
		{analytics.LoginStarted, analytics.LoginEnded},
		{analytics.VisitStarted, analytics.VisitEnded},
	} {
		if s, n := count[pair[0]], count[pair[1]]; s != n {
			e.Errorf("I3: %d × %s but %d × %s, after everything was ended", s, pair[0], n, pair[1])
		}
	}
}

// wantHistory compares the events of a session with lines of the form
// "session.ended logout".
func (e *env) wantHistory(id sessionstore.ID, want ...string) []analytics.Event {
	e.Helper()
	events := e.history(id)
	if got := titles(events); !slices.Equal(got, want) {
		e.Fatalf("I3: the events of the session are\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return events
}

// titles returns type and reason of each event.
func titles(events []analytics.Event) []string {
	lines := make([]string, len(events))
	for i, ev := range events {
		lines[i] = strings.TrimSpace(string(ev.Type) + " " + string(ev.Reason))
	}
	return lines
}

// only returns the events of one type.
func only(events []analytics.Event, typ analytics.Type) []analytics.Event {
	var found []analytics.Event
	for _, ev := range events {
		if ev.Type == typ {
			found = append(found, ev)
		}
	}
	return found
}
