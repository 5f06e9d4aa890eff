package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/middleware"
)

// api is what the handlers share.
type api struct {
	config   middleware.Config
	sessions *middleware.Manager
	secret   string // of services that may introspect; empty: there are none
	book     notes.Book
}

func newAPI(c middleware.Config, secret string) (a *api, err error) {
	a = &api{config: c, secret: secret}
	c.OnError = a.fail
	a.sessions, err = middleware.New(c)
	return a, err
}

func (a *api) handler() http.Handler {
	mux, m := http.NewServeMux(), a.sessions
	mux.Handle("GET /healthz", a.handle(a.health))
	mux.Handle("GET /.well-known/jwks.json", a.config.Tokens.Keys)
	mux.Handle("POST /login", m.Public(a.handle(a.login)))
	mux.Handle("POST /token", m.RefreshHandler())
	mux.Handle("POST /revoke", m.RevokeHandler())
	mux.Handle("POST /introspect", m.IntrospectHandler(func(r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		return equal(password, a.secret) && a.secret != ""
	}))
	// Signed asks no store, and so may let a session through for some moments
	// after its end. That will do for reading; for all else there is Checked.
	mux.Handle("GET /notes", m.Signed(a.handle(a.listNotes)))
	mux.Handle("POST /notes", m.Checked(a.handle(a.addNote)))
	mux.Handle("DELETE /notes/{id}", m.Checked(a.handle(a.deleteNote)))
	mux.Handle("GET /devices", m.Checked(a.handle(a.listDevices)))
	mux.Handle("DELETE /devices/{id}", m.Checked(a.handle(a.endDevice)))
	mux.Handle("POST /logout", m.Checked(a.handle(a.logout)))
	return mux
}

var users = regexp.MustCompile(`^(ada|bob|admin|user-[A-Za-z0-9._-]{1,64})$`) // all with the same password

func (a *api) login(_ string, r *http.Request) (int, any, error) {
	var in struct{ User, Password string }
	if status := read(r, &in); status != http.StatusOK {
		return status, nil, nil
	}
	if right := equal(in.Password, "sojourn"); !right || !users.MatchString(in.User) {
		return http.StatusUnauthorized, nil, a.sessions.LoginFailed(r.Context(), in.User)
	}
	tokens, err := a.sessions.IssueTokens(r.Context(), in.User, middleware.Authentication{AMR: []string{"pwd"}})
	return http.StatusOK, tokens, err
}

func (a *api) logout(_ string, r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, a.sessions.Logout(r.Context())
}

func equal(a, b string) bool { // and takes as long whatever they have in common
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func (a *api) listNotes(user string, _ *http.Request) (int, any, error) {
	return http.StatusOK, a.book.List(user), nil
}

func (a *api) addNote(user string, r *http.Request) (int, any, error) {
	var n notes.Note
	if status := read(r, &n); status != http.StatusOK {
		return status, nil, nil
	}
	n, ok := a.book.Add(user, n.Text)
	if !ok {
		return http.StatusUnprocessableEntity, nil, nil
	}
	return http.StatusCreated, n, nil
}

func (a *api) deleteNote(user string, r *http.Request) (int, any, error) {
	a.book.Delete(user, r.PathValue("id"))
	return http.StatusNoContent, nil, nil
}

func (a *api) listDevices(user string, r *http.Request) (int, any, error) {
	sessions, err := a.sessions.Sessions(r.Context(), user)
	devices := make([]map[string]any, len(sessions))
	for i, s := range sessions {
		devices[i] = map[string]any{"id": s.ID, "current": s.Current, "agent": s.Device.Agent, "address": s.Device.Address, "seen": s.Seen}
	}
	return http.StatusOK, devices, err
}

// endDevice ends a session of the user. Those of others are not found.
func (a *api) endDevice(user string, r *http.Request) (int, any, error) {
	own, err := a.sessions.Sessions(r.Context(), user)
	for _, s := range own {
		if s.ID.String() == r.PathValue("id") {
			return http.StatusNoContent, nil, a.sessions.Revoke(r.Context(), s.ID, analytics.ReasonRevoked)
		}
	}
	return http.StatusNotFound, nil, err
}

func (a *api) health(_ string, r *http.Request) (int, any, error) {
	if a.config.Store.Ping(r.Context()) != nil {
		return http.StatusServiceUnavailable, nil, nil //nolint:nilerr // the status says it
	}
	return http.StatusOK, "ok", nil
}

// handle answers with what h returns, which is told whose access token came.
func (a *api) handle(h func(user string, r *http.Request) (int, any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		access, _ := middleware.AccessOf(r.Context())
		if status, v, err := h(access.Subject, r); err != nil {
			a.sessions.Fail(w, r, err)
		} else {
			write(w, status, v)
		}
	})
}

// fail answers with an error of the manager, of whose text nothing is told.
func (a *api) fail(w http.ResponseWriter, _ *http.Request, err error) {
	write(w, middleware.StatusOf(err), nil)
}

// write answers with v as JSON, or with the words for a status that is an error.
func write(w http.ResponseWriter, status int, v any) {
	if status >= http.StatusBadRequest {
		v = map[string]string{"error": http.StatusText(status)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone is no matter
}

// read reads a body that is JSON, and returns 200 or what is wrong with it.
func read(r *http.Request, v any) int {
	if err := json.NewDecoder(r.Body).Decode(v); errors.As(err, new(*http.MaxBytesError)) {
		return http.StatusRequestEntityTooLarge
	} else if err != nil {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
