package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// device is one of a user's sessions, as they are shown it.
type device struct {
	ID       sessionstore.ID `json:"id"`
	Current  bool            `json:"current"`
	Agent    string          `json:"agent"`
	Address  string          `json:"address"`
	Started  time.Time       `json:"started"`
	Seen     time.Time       `json:"seen"`
	LoggedIn time.Time       `json:"logged_in"`
}

func (s *shop) apiSessions(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	sessions, err := s.sessions.Sessions(ctx, s.user(ctx))
	if err != nil {
		return err
	}
	devices := make([]device, len(sessions))
	for i, d := range sessions {
		devices[i] = device{d.ID, d.Current, d.Device.Agent, d.Device.Address, d.Started, d.Seen, d.LoggedIn}
	}
	return writeJSON(w, http.StatusOK, devices)
}

func (s *shop) apiRevoke(w http.ResponseWriter, r *http.Request) error {
	if err := s.revokeOwn(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *shop) apiRevokeOthers(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.sessions.RevokeOthers(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var errNoSuchSession = httpError{http.StatusNotFound, "You have no such session."}

// revokeOwn ends one of the user's own sessions. An ID is no secret, so that
// knowing one gives no right to end it; and somebody else's is answered like one
// that never was.
func (s *shop) revokeOwn(ctx context.Context, id string) error {
	own, err := s.sessions.Sessions(ctx, s.user(ctx))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(d middleware.Session) bool { return d.ID.String() == id })
	if i < 0 {
		return errNoSuchSession
	}
	return s.revoke(ctx, own[i].ID)
}

func (s *shop) revoke(ctx context.Context, id sessionstore.ID) error {
	err := s.sessions.Revoke(ctx, id, analytics.ReasonRevoked)
	if errors.Is(err, sessionstore.ErrEnded) {
		return errNoSuchSession
	}
	return err
}
