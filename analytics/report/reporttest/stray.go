package reporttest

import (
	"cmp"
	"maps"

	"github.com/sojourn-go/sojourn/analytics"
)

// happened is an event that need not lie in a visit.
func (d Date) happened(at string, t analytics.Type, session string, more ...func(*analytics.Event)) analytics.Event {
	e := analytics.Event{
		ID: cmp.Or(session, "none") + " " + string(t) + " " + at, Type: t, Time: d.At(at), Session: session,
	}
	for _, change := range more {
		change(&e)
	}
	return e
}

func because(why analytics.Reason) func(*analytics.Event) {
	return func(e *analytics.Event) { e.Reason = why }
}

func having(attributes map[string]string) func(*analytics.Event) {
	return func(e *analytics.Event) { e.Attributes = maps.Clone(attributes) }
}

func inVisit(id string) func(*analytics.Event) {
	return func(e *analytics.Event) { e.Visit = id }
}
