package main

import (
	"net/http"
	"slices"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// How much the admin page shows.
const (
	shownSessions = 200
	shownEvents   = 100
)

// eventTypes are the choices of the filter.
var eventTypes = []analytics.Type{
	analytics.SessionStarted, analytics.SessionEnded,
	analytics.VisitStarted, analytics.VisitEnded,
	analytics.LoginStarted, analytics.LoginEnded, analytics.LoginFailed,
	analytics.CredentialRotated, analytics.CredentialReused, analytics.CredentialUnknown,
	analytics.PageViewed, analytics.ActionTaken, analytics.ExperimentExposed,
	analytics.CartChanged, analytics.CheckoutCompleted, analytics.StateConflicted,
}

func (s *shop) adminPage(w http.ResponseWriter, r *http.Request) error {
	sessions, err := s.sessions.All(r.Context(), shownSessions)
	if err != nil {
		return err
	}
	slices.SortFunc(sessions, func(a, b middleware.Session) int { return b.Seen.Compare(a.Seen) })
	events, err := s.events(r)
	if err != nil {
		return err
	}
	form, found := r.URL.Query(), len(events)
	events = events[max(0, found-shownEvents):]
	if form.Get("session") == "" { // a trail is read from its beginning, news from their end
		slices.Reverse(events)
	}
	return s.page(w, r, "admin", "Sessions", struct {
		Sessions            []middleware.Session
		Events              []analytics.Event // the latest
		Found               int
		Session, User, Type string
		Types               []analytics.Type
	}{sessions, events, found, form.Get("session"), form.Get("user"), form.Get("type"), eventTypes})
}

func (s *shop) endAnySession(w http.ResponseWriter, r *http.Request) error {
	id, err := sessionstore.ParseID(r.PathValue("id"))
	if err != nil {
		return errNoSuchSession
	}
	if err := s.revoke(r.Context(), id); err != nil {
		return err
	}
	return s.done(w, r, "/admin?session="+id.String(), "The session has ended.")
}
