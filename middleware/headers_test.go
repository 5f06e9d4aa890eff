package middleware_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

// Whatever depends on the session is kept out of caches, also where the session
// was only read or only touched.
func TestI10_SessionResponsesAreNotCacheable(t *testing.T) {
	k := newKit(t, middleware.Config{RotateEvery: time.Minute})
	for path, policy := range map[string]string{
		"/plain": "", "/private": "private, max-age=60", "/public": "public, max-age=60", "/shared": "private, s-maxage=9",
	} {
		k.handle("GET "+path, func(w responseWriter, _ *request) error {
			if policy != "" {
				w.Header().Set("Cache-Control", policy)
			}
			w.Header().Set("Vary", "Accept, cookie")
			return nil
		})
	}
	k.handle("GET /exists", func(_ responseWriter, r *request) error {
		k.Values().Exists(r.Context(), "x")
		return nil
	})
	visitor, user := k.browser(), k.browser()
	user.mustPost("/login?user=ada")
	for _, c := range []struct {
		b            *browser
		method, path string
		want         string // Cache-Control
		vary         bool
	}{
		{user, "GET", "/plain", "no-store", true},
		{user, "GET", "/private", "private, max-age=60", true},
		{user, "GET", "/public", "no-store", true},
		{user, "GET", "/shared", "no-store", true},
		{user, "GET", "/exists", "no-store", true},
		{user, "GET", "/me", "no-store", true},
		{user, "POST", "/put?key=a&value=b", "no-store", true},
		{visitor, "GET", "/public", "public, max-age=60", true}, // the handler's own Vary
		{visitor, "GET", "/exists", "no-store", true},
		{visitor, "GET", "/me", "no-store", true},
		{&browser{k: k, cookie: "junk"}, "GET", "/me", "no-store", true},
	} {
		res := c.b.do(c.method, c.path, nil)
		if got := res.Header.Get("Cache-Control"); got != c.want {
			t.Errorf("%s %s: Cache-Control %q, want %q", c.method, c.path, got, c.want)
		}
		if n := len(res.Header.Values("Vary")); n != 1 {
			t.Errorf("%s %s: Vary %q", c.method, c.path, res.Header.Values("Vary"))
		}
	}
	k.clock.Advance(2 * time.Minute)
	res := user.do("GET", "/private", nil)
	if _, set := res.setCookie(); !set || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a response that sets the cookie: %v", res.Header)
	}
}

func TestI8_ReadingKeepsNothing(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("GET /all", func(_ responseWriter, r *request) error {
		k.Current(r.Context())
		k.Cart().Lines(r.Context())
		k.Values().PopString(r.Context(), "flash")
		_, _ = points.Get(r.Context())
		return k.Cart().Remove(r.Context(), "sencha")
	})
	b := k.browser()
	for range 100 {
		b.get("/all")
		b.mustPost("/logout")
	}
	if b.cookie != "" || k.store.loads.Load()+k.store.applies.Load() != 0 {
		t.Errorf("cookie %q, %d loads, %d changes", b.cookie, k.store.loads.Load(), k.store.applies.Load())
	}
}

func TestJunkNeverReachesTheStore(t *testing.T) {
	k := newKit(t, middleware.Config{})
	real := k.browser()
	real.mustPost("/login?user=ada")
	k.store.loads.Store(0)
	for _, junk := range []string{"x", real.cookie[:len(real.cookie)-1] + "!", real.cookie + "A", "sjc_", real.cookie[:40]} {
		if got := (&browser{k: k, cookie: junk}).get("/me"); got != "" {
			t.Errorf("junk logs in %q", got)
		}
	}
	if n := k.store.loads.Load(); n != 0 {
		t.Errorf("%d loads for junk", n)
	}
}

func TestInsecureCookieIsForLoopback(t *testing.T) {
	k := newKit(t, middleware.Config{})
	r, err := http.NewRequest("GET", k.srv.URL+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.example"
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("%s", res.Status)
	}
}

func TestCrossOriginRequestsAreRefused(t *testing.T) {
	k := newKit(t, middleware.Config{})
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200} {
		r, err := http.NewRequest("POST", k.srv.URL+"/login?user=ada", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", site)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %s", site, res.Status)
		}
	}
}
