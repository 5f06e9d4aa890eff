package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// tryEvents asks GET /api/events as the administrator. The filter is as in
// "session", id, "type", "login.ended".
func (s *shop) tryEvents(filter ...string) ([]analytics.Event, answer, error) {
	q := url.Values{}
	for i := 0; i+1 < len(filter); i += 2 {
		q.Set(filter[i], filter[i+1])
	}
	return decode[[]analytics.Event](s.tryAsAdmin("/api/events?"+q.Encode(), http.StatusOK))
}

func (s *shop) events(t *testing.T, filter ...string) []analytics.Event {
	t.Helper()
	return must[[]analytics.Event](t)(s.tryEvents(filter...))
}

// waitFor waits until an event matches, and returns it. More than one is a
// failure.
func (s *shop) waitFor(t *testing.T, promise string, filter ...string) analytics.Event {
	t.Helper()
	var found []analytics.Event
	eventually(t, promise, func() (err error) {
		if found, _, err = s.tryEvents(filter...); err == nil && len(found) == 0 {
			err = fmt.Errorf("no event %v", filter)
		}
		return err
	})
	if len(found) != 1 {
		t.Fatalf("%s: %d events %v, want one:\n%s", promise, len(found), filter, show(found))
	}
	return found[0]
}

// show prints events one a line.
func show(events []analytics.Event) string {
	var b strings.Builder
	for _, e := range events[:min(len(events), 60)] {
		text, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		b.Write(append(text, '\n'))
	}
	return b.String()
}

func ofType(events []analytics.Event, types ...analytics.Type) []analytics.Event {
	var found []analytics.Event
	for _, e := range events {
		if slices.Contains(types, e.Type) {
			found = append(found, e)
		}
	}
	return found
}

// within complains unless the event happened between two moments.
func within(e analytics.Event, from, to time.Time) error {
	if e.Time.Before(from.Add(-tolerance)) || e.Time.After(to.Add(tolerance)) {
		return fmt.Errorf("%s (%s) is said to have happened at %v, which is not between %v and %v",
			e.Type, e.Reason, e.Time, from.UTC(), to.UTC())
	}
	return nil
}

// ended complains unless the event is an end for this reason, between two
// moments.
func ended(e analytics.Event, why analytics.Reason, from, to time.Time) error {
	if e.Reason != why {
		return fmt.Errorf("reason is %q, want %q:\n%s", e.Reason, why, show([]analytics.Event{e}))
	}
	return within(e, from, to)
}

// span is what the events say of one session, visit or login.
type span struct {
	what       string
	start, end []analytics.Event
}

// spans groups the starts and ends in events.
func spans(events []analytics.Event) map[string]*span {
	all := map[string]*span{}
	of := func(kind, id string) *span {
		key := kind + " " + id
		if all[key] == nil {
			all[key] = &span{what: key}
		}
		return all[key]
	}
	for _, e := range events {
		kind, verb, _ := strings.Cut(string(e.Type), ".")
		id := map[string]string{"session": e.Session, "visit": e.Visit, "login": e.Login}[kind]
		switch {
		case kind != "session" && kind != "visit" && kind != "login":
		case verb == "started":
			of(kind, id).start = append(of(kind, id).start, e)
		case verb == "ended":
			of(kind, id).end = append(of(kind, id).end, e)
		}
	}
	return all
}

// audit holds a complete trail of events against I3. Sessions for which open
// returns true need not have ended, nor what is in them.
func audit(events []analytics.Event, open func(session string) bool) error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	seen := map[string]bool{}
	over := map[string]time.Time{}
	for i, e := range events {
		if e.ID == "" || seen[e.ID] {
			fault("event ID %q is empty or given twice: %s", e.ID, show([]analytics.Event{e}))
		}
		seen[e.ID] = true
		if i > 0 && e.Time.Before(events[i-1].Time) {
			fault("events are not oldest first: %s", show(events[i-1:i+1]))
		}
		if !e.Time.Equal(e.Time.Truncate(time.Millisecond)) {
			fault("analytics.Event: times have millisecond precision: %s", show([]analytics.Event{e}))
		}
		if e.Type == analytics.FeedGap {
			fault("events were lost: %s", show([]analytics.Event{e}))
		}
		if e.Type == analytics.SessionEnded {
			over[e.Session] = e.Time
		}
	}
	for _, e := range events {
		if end, ok := over[e.Session]; ok && e.Time.After(end) {
			fault("I1: something happened in a session after its end at %v: %s", end, show([]analytics.Event{e}))
		}
	}
	for _, s := range spans(events) {
		trail := append(slices.Clone(s.start), s.end...)
		session := trail[0].Session
		switch {
		case len(s.start) != 1:
			fault("I3: %s has %d starts:\n%s", s.what, len(s.start), show(trail))
			continue
		case len(s.end) > 1, len(s.end) == 0 && !open(session):
			fault("I3: %s has %d ends:\n%s", s.what, len(s.end), show(trail))
			continue
		case len(s.end) == 0:
			continue
		}
		start, end := s.start[0], s.end[0]
		switch {
		case !end.Reason.Valid():
			fault("%s ended for no known reason: %s", s.what, show(trail))
		case end.Time.Before(start.Time):
			fault("%s ended before it began: %s", s.what, show(trail))
		case end.Session != start.Session:
			fault("%s began in one session and ended in another: %s", s.what, show(trail))
		case end.User != start.User && end.Type == analytics.LoginEnded:
			fault("%s is one user's at its start and another's at its end: %s", s.what, show(trail))
		}
		if at, ok := over[end.Session]; ok && end.Time.After(at) {
			fault("%s ended after its session: %s", s.what, show(trail))
		}
	}
	return summary(errs)
}

// settled waits until everything but what open spares has ended, audits the
// trail, and audits it again a little later: a second end would come from
// another instance's sweeper. It returns the events.
func (s *shop) settled(t *testing.T, open func(session string) bool) []analytics.Event {
	t.Helper()
	admin := func() string { // whoever asks for the events is there, too
		m, _, err := s.admin.tryMe()
		if err != nil {
			return ""
		}
		return m.Session
	}
	spare := map[string]bool{}
	allowed := func(session string) bool { return spare[session] || open != nil && open(session) }
	var events []analytics.Event
	check := func() (err error) {
		spare[admin()] = true
		if events, _, err = s.tryEvents(); err == nil {
			err = audit(events, allowed)
		}
		return err
	}
	eventually(t, "I3: every session, login and visit has exactly one start and one end", check)
	throughout(t, "I3: and it stays at one", time.Second, 200*time.Millisecond, check)
	return events
}

// idleEnds checks that every visit that ended for want of activity did so when
// its own account of the last activity says, and no session before its time.
func idleEnds(events []analytics.Event, visitIdle, sessionIdle time.Duration) error {
	var errs []error
	over := map[string]analytics.Event{} // sessions
	for _, e := range events {
		switch {
		case e.Reason != analytics.ReasonIdle:
		case e.Type == analytics.SessionEnded:
			over[e.Session] = e
		case e.Type == analytics.VisitEnded:
			ms, err := strconv.ParseInt(e.Attributes["last"], 10, 64)
			if err != nil || e.Time.Sub(time.UnixMilli(ms).Add(visitIdle)).Abs() > tolerance {
				errs = append(errs, fmt.Errorf("a visit ends %v after the last activity: %s", visitIdle, show([]analytics.Event{e})))
			}
		}
	}
	for _, e := range ofType(events, analytics.VisitStarted, analytics.LoginStarted, analytics.CartChanged, analytics.CheckoutCompleted) {
		end, ok := over[e.Session]
		if ok && end.Time.Before(e.Time.Add(sessionIdle-tolerance)) {
			errs = append(errs, fmt.Errorf("a session ends %v after the last activity, but: %s", sessionIdle, show([]analytics.Event{e, end})))
		}
	}
	return summary(errs)
}
