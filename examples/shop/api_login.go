package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sojourn-go/sojourn/middleware"
)

func (s *shop) apiLogin(w http.ResponseWriter, r *http.Request) error {
	var in struct{ User, Password string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := s.logIn(r.Context(), in.User, in.Password); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]string{"user": in.User})
}

func (s *shop) apiLogout(w http.ResponseWriter, r *http.Request) error {
	if err := s.sessions.Logout(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *shop) apiMe(w http.ResponseWriter, r *http.Request) error {
	var me struct {
		User    string `json:"user"`
		Session string `json:"session"`
		Visit   string `json:"visit"`
	}
	if session, ok := s.sessions.Current(r.Context()); ok {
		me.User, me.Session, me.Visit = session.User, session.ID.String(), session.Visit
	}
	return writeJSON(w, http.StatusOK, me)
}

var guest = regexp.MustCompile(`^user-[A-Za-z0-9._-]{1,64}$`)

// authentic reports whether user has this password. A real shop asks its user
// database; here everybody has the same one. All of it is compared, and for
// unknown users too, so that the time it takes tells nothing.
func authentic(user, password string) bool {
	want, got := sha256.Sum256([]byte("sojourn")), sha256.Sum256([]byte(password))
	right := subtle.ConstantTimeCompare(want[:], got[:]) == 1
	known := slices.Contains([]string{"ada", "bob", "admin"}, user) || guest.MatchString(user)
	return right && known
}

// logIn begins a login if the password is right, and reports the attempt if not.
func (s *shop) logIn(ctx context.Context, user, password string) error {
	if authentic(user, password) {
		return s.sessions.Login(ctx, user, middleware.Authentication{AMR: []string{"pwd"}})
	}
	claimed := strings.ToValidUTF8(user[:min(len(user), 64)], "")
	if err := s.sessions.LoginFailed(ctx, claimed); err != nil {
		return err
	}
	return errWrongPassword
}

// errWrongPassword does not say whether the user exists.
var errWrongPassword = httpError{http.StatusUnauthorized, "This name and password do not belong together."}
