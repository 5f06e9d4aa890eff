package middleware

import (
	"net/http"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// RequireLogin lets requests through to next that have a login within its
// limits. Others are answered with [ErrNoLogin], or [ErrUnavailable] where the
// store's failure keeps it from being known.
func (m *Manager) RequireLogin(next http.Handler) http.Handler {
	return m.require(next, func(*sessionstore.Login, time.Time) error { return nil })
}

// RequireRecent lets requests through whose login was proved at most age ago,
// by [Manager.Login] or [Manager.Reauthenticate]. Others are answered with
// [ErrNotRecent]. For what changes accounts (ASVS 7.5.1, 7.5.3).
func (m *Manager) RequireRecent(age time.Duration, next http.Handler) http.Handler {
	return m.require(next, func(l *sessionstore.Login, now time.Time) error {
		if now.Sub(l.Authenticated) > age {
			return ErrNotRecent
		}
		return nil
	})
}

// RequireACR lets requests through whose login has one of the given strengths.
// Others are answered with [ErrNoLogin]. A login that waits for its second
// factor has an ACR that no route lists.
func (m *Manager) RequireACR(next http.Handler, acr ...string) http.Handler {
	return m.require(next, func(l *sessionstore.Login, _ time.Time) error {
		if !slices.Contains(acr, l.ACR) {
			return ErrNoLogin
		}
		return nil
	})
}

func (m *Manager) require(next http.Handler, enough func(*sessionstore.Login, time.Time) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st, err := m.stateOf(r.Context())
		if err == nil {
			err = st.check(enough)
		}
		if err != nil {
			m.Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (st *state) check(enough func(*sessionstore.Login, time.Time) error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.outage != nil {
		return st.outage
	}
	login := st.liveLogin()
	if login == nil {
		return ErrNoLogin
	}
	return enough(login, st.began)
}
