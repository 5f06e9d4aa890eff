package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-go/sojourn/middleware"
)

// What a request asks of the store is part of the contract: one load, and one
// change at most.
func TestStoreCallsPerRequest(t *testing.T) {
	k := newKit(t, middleware.Config{RotateEvery: 60e9})
	k.handle("POST /everything", func(_ responseWriter, r *request) error {
		ctx := r.Context()
		k.Values().Put(ctx, "a", r.FormValue("v"))
		if err := theme.Set(ctx, "dark"); err != nil {
			return err
		}
		return k.Track(ctx, "newsletter", nil)
	})
	k.handle("POST /cart", func(_ responseWriter, r *request) error { return k.Cart().Add(r.Context(), "sencha", 1) })
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	expect := func(method, path string, loads, applies int64) {
		t.Helper()
		k.store.loads.Store(0)
		k.store.applies.Store(0)
		if res := b.do(method, path, nil); res.StatusCode != http.StatusOK {
			t.Errorf("%s %s: %s", method, path, res.Status)
		}
		if l, a := k.store.loads.Load(), k.store.applies.Load(); l != loads || a != applies {
			t.Errorf("%s %s: %d loads and %d changes, want %d and %d", method, path, l, a, loads, applies)
		}
	}
	expect("GET", "/me", 1, 0)
	expect("GET", "/get?key=x", 1, 0)
	expect("POST", "/put?key=x&value=y", 1, 0) // the value is the same
	expect("POST", "/put?key=x&value=z", 1, 1)
	expect("POST", "/everything?v=1", 1, 1)
	expect("POST", "/cart", 1, 1)
	k.clock.Advance(61e9)
	expect("POST", "/cart", 1, 1) // with a rotation
	k.clock.Advance(2 * 3600e9)
	expect("POST", "/everything?v=2", 1, 1) // with a new visit
	expect("POST", "/login?user=ada", 1, 1)
	expect("POST", "/logout", 1, 1)
	if n := k.store.appends.Load(); n != 0 {
		t.Errorf("%d appends", n)
	}
}

// A visitor costs a handful of allocations and nothing else.
func TestAllocationsOfAVisitor(t *testing.T) {
	k := newKit(t, middleware.Config{})
	h := k.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	w := &discard{header: http.Header{}}
	const limit = 5
	if n := testing.AllocsPerRun(1000, func() { h.ServeHTTP(w, r) }); n > limit {
		t.Errorf("%v allocations, want at most %d", n, limit)
	}
}

// A page view costs a few allocations more, and no command.
func TestAllocationsOfAPageView(t *testing.T) {
	k := newKit(t, middleware.Config{})
	h := k.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/html"}
	}))
	b := k.browser()
	b.mustPost("/put?key=x&value=y")
	count := func(options ...func(*http.Request)) float64 {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		navigation(r)
		for _, o := range options {
			o(r)
		}
		w := &discard{header: http.Header{}}
		return testing.AllocsPerRun(1000, func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		})
	}
	held, framed := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie}) }, with("Sec-Fetch-Dest", "iframe")
	changes, appends := k.store.applies.Load(), k.store.appends.Load()
	const limit = 7 // the event's attributes, its IDs and its place among the others
	if n := count(held) - count(held, framed); n > limit {
		t.Errorf("%v allocations more than without a page view, want at most %d", n, limit)
	}
	if n := count() - count(framed); n > 0 {
		t.Errorf("%v allocations more for a visitor without session", n)
	}
	if k.store.applies.Load() != changes {
		t.Error("page views make changes")
	}
	if n := k.store.appends.Load() - appends; n > 5 {
		t.Errorf("thousands of page views are %d appends, want one a flush or few", n)
	}
}
