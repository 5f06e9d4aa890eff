package middleware_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/sojourn-go/sojourn/middleware"
)

// A failure of the store is not the absence of a session: the answer is 503,
// and the cookie stays as it is.
func TestI6_OutageIsNotLoggedOut(t *testing.T) {
	k := newKit(t, middleware.Config{OnOutage: func(r *http.Request) middleware.Outage {
		if r.URL.Path == "/public" || r.URL.Path == "/public/put" {
			return middleware.Continue
		}
		return middleware.Refuse
	}})
	k.handle("GET /public", func(w responseWriter, r *request) error {
		if _, ok := k.Current(r.Context()); ok {
			t.Error("a session that could not be loaded")
		}
		_, err := io.WriteString(w, "hello")
		return err
	})
	k.handle("POST /public/put", func(_ responseWriter, r *request) error {
		if err := k.Login(r.Context(), "ada", middleware.Authentication{}); !errors.Is(err, middleware.ErrUnavailable) {
			t.Errorf("login during the outage: %v", err)
		}
		if err := k.Cart().Add(r.Context(), "sencha", 1); !errors.Is(err, middleware.ErrUnavailable) {
			t.Errorf("cart during the outage: %v", err)
		}
		k.Values().Put(r.Context(), "theme", "dark")
		return nil
	})
	k.mux.Handle("GET /guarded", k.RequireLogin(http.NotFoundHandler()))
	b := k.browser()
	b.mustPost("/login?user=ada")
	k.store.broken.Store(true)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/me", 503},
		{"POST", "/put?key=a&value=b", 503},
		{"POST", "/logout", 503},
		{"POST", "/login?user=ada", 503},
		{"GET", "/guarded", 503},
		{"GET", "/public", 200},
		{"POST", "/public/put", 503},
	} {
		res := b.do(c.method, c.path, nil)
		if res.StatusCode != c.status {
			t.Errorf("%s %s: %s, want %d", c.method, c.path, res.Status, c.status)
		}
		if _, set := res.setCookie(); set {
			t.Errorf("%s %s touches the cookie", c.method, c.path)
		}
		if c.status == 503 && (res.Header.Get("Retry-After") == "" || res.Header.Get("Cache-Control") != "no-store") {
			t.Errorf("%s %s: headers %v", c.method, c.path, res.Header)
		}
	}
	// A visitor without a cookie is served, until something has to be stored.
	visitor := k.browser()
	if got := visitor.get("/me"); got != "" {
		t.Errorf("visitor: %q", got)
	}
	if res := visitor.post("/put?key=a&value=b"); res.StatusCode != 503 || visitor.cookie != "" {
		t.Errorf("visitor writes: %s, cookie %q", res.Status, visitor.cookie)
	}
	k.store.broken.Store(false)
	if got := b.get("/me"); got != "ada" {
		t.Errorf("after the outage: %q", got)
	}
}

// That a page cannot keep its session up is no reason to refuse it.
func TestI6_OutageBetweenLoadAndCommit(t *testing.T) {
	k := newKit(t, middleware.Config{RotateEvery: 60e9})
	k.handle("GET /break", func(w responseWriter, _ *request) error {
		k.store.broken.Store(true)
		_, err := io.WriteString(w, "page")
		return err
	})
	b := k.browser()
	b.mustPost("/login?user=ada")
	k.clock.Advance(120e9)
	res := b.do("GET", "/break", nil)
	if _, set := res.setCookie(); set || res.StatusCode != 200 || res.body != "page" {
		t.Errorf("%s %q, sets a cookie: %v", res.Status, res.body, set)
	}
}
