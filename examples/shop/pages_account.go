package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/sojourn-go/sojourn/middleware"
)

// loginForm is what the login page shows again after an attempt that failed.
type loginForm struct{ User, Next, Fault string }

func (s *shop) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if s.user(r.Context()) != "" {
		return s.done(w, r, next, "")
	}
	return s.page(w, r, "login", "Log in", loginForm{Next: next})
}

func (s *shop) login(w http.ResponseWriter, r *http.Request) error {
	user, err := field(w, r, "user")
	if err != nil {
		return err
	}
	next := localPath(r.PostForm.Get("next"))
	switch err := s.logIn(r.Context(), user, r.PostForm.Get("password")); {
	case errors.Is(err, errWrongPassword):
		form := loginForm{user, next, errWrongPassword.message}
		return render(w, errWrongPassword.status, "login", s.view(r, "Log in", form))
	case err != nil:
		return err
	}
	return s.done(w, r, next, "Welcome, "+user+".")
}

// localPath returns next if it leads to a page of the shop: nobody is to be sent
// elsewhere by a link to our login.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/account"
	}
	return next
}

func (s *shop) logout(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	notice := ""
	if s.user(ctx) != "" {
		notice = "You are logged out. Your cart is still here."
	}
	if err := s.sessions.Logout(ctx); err != nil {
		return err
	}
	return s.done(w, r, "/", notice)
}

func (s *shop) accountPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	session, _ := s.sessions.Current(ctx)
	devices, err := s.sessions.Sessions(ctx, session.User)
	if err != nil {
		return err
	}
	units, _ := scale.Get(ctx)
	stamps, _ := points.Get(ctx)
	return s.page(w, r, "account", "Your account", struct {
		Session middleware.Session
		Devices []middleware.Session
		Scale   string
		Stamps  int
	}{session, devices, units, stamps})
}

func (s *shop) savePreferences(w http.ResponseWriter, r *http.Request) error {
	chosen, err := field(w, r, "theme")
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = errors.Join(theme.Set(ctx, oneOf(chosen, "auto", "light", "dark")),
		scale.Set(ctx, oneOf(r.PostForm.Get("scale"), "celsius", "fahrenheit")))
	if err != nil {
		return err
	}
	return s.done(w, r, "/account", "Your preferences are saved.")
}

// oneOf returns the choice if it is one of those that there are, else the first.
func oneOf(chosen string, choices ...string) string {
	for _, c := range choices {
		if c == chosen {
			return c
		}
	}
	return choices[0]
}

func (s *shop) collectStamp(w http.ResponseWriter, r *http.Request) error {
	n, err := points.Update(r.Context(), func(n int) int { return n + 1 })
	if err != nil {
		return err
	}
	return s.done(w, r, "/account", fmt.Sprintf("Stamp number %d is on your card.", n))
}

func (s *shop) endOwnSession(w http.ResponseWriter, r *http.Request) error {
	if err := s.revokeOwn(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return s.done(w, r, "/account", "That device is logged out.")
}

func (s *shop) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	n, err := s.sessions.RevokeOthers(r.Context())
	if err != nil {
		return err
	}
	notice := fmt.Sprintf("%d other devices are logged out.", n)
	switch n {
	case 0:
		notice = "You were logged in nowhere else."
	case 1:
		notice = "One other device is logged out."
	}
	return s.done(w, r, "/account", notice)
}
