package middleware_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestLoginAndLogout(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	if got := b.get("/me"); got != "" || b.cookie != "" {
		t.Fatalf("a visitor is %q with cookie %q", got, b.cookie)
	}
	b.mustPost("/login?user=ada")
	if got := b.get("/me"); got != "ada" {
		t.Fatalf("logged in as %q", got)
	}
	before := b.cookie
	b.mustPost("/logout")
	if b.cookie == before {
		t.Error("the secret outlived the logout")
	}
	if got := b.get("/me"); got != "" {
		t.Errorf("still logged in as %q", got)
	}
	b.mustPost("/logout") // without a login it does nothing
	for _, typ := range []analytics.Type{analytics.LoginStarted, analytics.LoginEnded, analytics.SessionStarted, analytics.VisitStarted} {
		if n := len(k.events(typ)); n != 1 {
			t.Errorf("%d events %s", n, typ)
		}
	}
}

// The token from before a login authenticates nothing after it, and answering
// it never touches the cookie that the login's response set.
func TestI5_PreLoginTokenIsDead(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	b.mustPost("/put?key=theme&value=dark")
	planted := b.twin()
	planted.sticky = true
	b.mustPost("/login?user=ada")

	for _, path := range []string{"GET /me", "GET /get?key=theme", "POST /put?key=theme&value=evil", "POST /logout"} {
		method, path, _ := strings.Cut(path, " ")
		res := planted.do(method, path, nil)
		if _, set := res.setCookie(); set {
			t.Errorf("%s %s answered the old token with a cookie", method, path)
		}
		if res.body != "" && res.StatusCode == http.StatusOK || res.StatusCode >= 500 {
			t.Errorf("%s %s: %s %q", method, path, res.Status, res.body)
		}
	}
	if res := planted.post("/put?key=theme&value=evil"); res.StatusCode != http.StatusConflict {
		t.Errorf("a write with the old token: %s", res.Status)
	}
	if got := b.get("/get?key=theme"); got != "dark" {
		t.Errorf("theme is %q", got)
	}
	if got := b.get("/me"); got != "ada" {
		t.Errorf("the old token ended the login: %q", got)
	}

	// Who knows the password may in with it, into a session of their own.
	again := planted.twin()
	again.mustPost("/login?user=ada")
	if again.get("/me") != "ada" || again.get("/get?key=theme") != "" {
		t.Error("login with a superseded token")
	}

	// When the login's response can be on its way no more, a new beginning is possible.
	k.clock.Advance(6 * time.Minute)
	if _, set := planted.mustPost("/put?key=a&value=b").setCookie(); !set {
		t.Error("the client is stuck with a superseded token")
	}
}

// A request that carries the pre-login token and is under way during the login
// changes nothing afterwards.
func TestI5_RequestInFlightOverLogin(t *testing.T) {
	k := newKit(t, middleware.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	k.handle("POST /slow", func(w http.ResponseWriter, r *http.Request) error {
		k.Values().Put(r.Context(), "theme", "evil")
		close(arrived)
		<-release
		return nil
	})
	b := k.browser()
	b.mustPost("/put?key=theme&value=dark")
	slow := b.twin()
	done := make(chan response)
	go func() { done <- slow.post("/slow") }()
	<-arrived
	b.mustPost("/login?user=ada")
	close(release)
	res := <-done
	if _, set := res.setCookie(); set || res.StatusCode != http.StatusConflict {
		t.Errorf("%s, sets a cookie: %v", res.Status, set)
	}
	if got := b.get("/get?key=theme"); got != "dark" {
		t.Errorf("theme is %q", got)
	}
}

// Whatever was in flight loses against a logout, and does not become a 500.
func TestI1_RequestInFlightOverLogout(t *testing.T) {
	for _, end := range []string{"logout", "destroy", "revoke"} {
		t.Run(end, func(t *testing.T) {
			k := newKit(t, middleware.Config{})
			arrived, release := make(chan struct{}), make(chan struct{})
			k.handle("POST /slow", func(_ http.ResponseWriter, r *http.Request) error {
				close(arrived)
				<-release
				k.Values().Put(r.Context(), "theme", "dark")
				return nil
			})
			k.handle("POST /destroy", func(_ http.ResponseWriter, r *http.Request) error { return k.Values().Destroy(r.Context()) })
			k.handle("POST /revoke", func(_ http.ResponseWriter, r *http.Request) error {
				_, err := k.RevokeUser(r.Context(), "ada", analytics.ReasonRevoked)
				return err
			})
			b := k.browser()
			b.mustPost("/login?user=ada")
			slow := b.twin()
			old := slow.cookie
			done := make(chan response)
			go func() { done <- slow.post("/slow") }()
			<-arrived
			b.mustPost("/" + end)
			close(release)
			res := <-done
			if res.StatusCode >= 500 {
				t.Errorf("the request in flight: %s", res.Status)
			}
			if _, set := res.setCookie(); set {
				t.Error("the request in flight sets a cookie")
			}
			if got := (&browser{k: k, cookie: old}).get("/me"); got != "" {
				t.Errorf("the token still logs in %q", got)
			}
			if n := len(k.events(analytics.LoginEnded)); n != 1 {
				t.Errorf("%d ends of the login", n)
			}
		})
	}
}

func TestUserSwitchClearsState(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	b.mustPost("/put?key=theme&value=dark")
	b.mustPost("/login?user=ada")
	if got := b.get("/get?key=theme"); got != "dark" {
		t.Errorf("the state did not come along into the login: %q", got)
	}
	b.mustPost("/login?user=bob")
	if got := b.get("/get?key=theme"); got != "" {
		t.Errorf("bob sees ada's %q", got)
	}
}

func TestReauthenticateAndGuards(t *testing.T) {
	k := newKit(t, middleware.Config{LoginIdle: time.Hour})
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	k.mux.Handle("GET /account", k.RequireLogin(page))
	k.mux.Handle("GET /password", k.RequireRecent(5*time.Minute, page))
	k.mux.Handle("GET /vault", k.RequireACR(page, "high"))
	k.handle("POST /prove", func(_ http.ResponseWriter, r *http.Request) error {
		return k.Reauthenticate(r.Context(), middleware.Authentication{ACR: "high"})
	})
	b := k.browser()
	expect := func(when string, account, password, vault int) {
		t.Helper()
		for path, want := range map[string]int{"/account": account, "/password": password, "/vault": vault} {
			if res := b.do("GET", path, nil); res.StatusCode != want {
				t.Errorf("%s: GET %s: %s, want %d", when, path, res.Status, want)
			}
		}
	}
	expect("visitor", 401, 401, 401)
	if res := b.post("/prove"); res.StatusCode != 401 {
		t.Errorf("re-authentication without a login: %s", res.Status)
	}
	b.mustPost("/login?user=ada")
	expect("fresh login", 200, 200, 401)
	k.clock.Advance(10 * time.Minute)
	expect("after 10 minutes", 200, 401, 401)
	old := b.twin()
	b.mustPost("/prove")
	expect("proved again", 200, 200, 200)
	if got := old.get("/me"); got != "" {
		t.Errorf("the token from before the re-authentication logs in %q", got)
	}
	k.clock.Advance(time.Hour)
	expect("idle for the limit", 401, 401, 401)
}

func TestI7_LoginLimitsHoldWhenRead(t *testing.T) {
	k := newKit(t, middleware.Config{LoginIdle: 10 * time.Minute, LoginMax: 25 * time.Minute})
	b := k.browser()
	b.mustPost("/login?user=ada")
	for range 3 {
		k.clock.Advance(8 * time.Minute)
		if got := b.get("/me"); got != "ada" {
			t.Fatalf("active, and logged in as %q", got)
		}
		k.flush()
	}
	k.clock.Advance(time.Minute)
	if got := b.get("/me"); got != "" {
		t.Errorf("beyond the absolute limit, logged in as %q", got)
	}
}

// Beginning a visit is activity, but it revives no login whose limit had passed.
func TestI1_ExpiredLoginStaysExpiredInItsRequest(t *testing.T) {
	k := newKit(t, middleware.Config{LoginIdle: 10 * time.Minute, VisitIdle: 10 * time.Minute})
	k.handle("GET /twice", func(w http.ResponseWriter, r *http.Request) error {
		k.Current(r.Context()) // begins a visit
		s, _ := k.Current(r.Context())
		if s.Visit == "" {
			t.Error("no visit")
		}
		_, err := w.Write([]byte(s.User))
		return err
	})
	b := k.browser()
	b.mustPost("/login?user=ada")
	k.clock.Advance(11 * time.Minute)
	if got := b.get("/twice"); got != "" {
		t.Errorf("logged in as %q again", got)
	}
}

func TestLoginLimit(t *testing.T) {
	for policy, want := range map[sessionstore.LoginPolicy]string{
		sessionstore.DenyNew: "ada ada -", sessionstore.EvictOldest: "- ada ada", sessionstore.EvictIdle: "ada - ada",
	} {
		k := newKit(t, middleware.Config{MaxLogins: 2, LoginPolicy: policy})
		var devices []*browser
		for i := range 3 {
			b := k.browser()
			if i == 2 {
				k.clock.Advance(time.Minute)
				devices[0].get("/me")
				k.flush()
			}
			k.clock.Advance(time.Second)
			res := b.post("/login?user=ada")
			if wantStatus := map[bool]int{true: 429, false: 200}[policy == sessionstore.DenyNew && i == 2]; res.StatusCode != wantStatus {
				t.Errorf("policy %d: login %d: %s", policy, i, res.Status)
			}
			devices = append(devices, b)
		}
		var got []string
		for _, b := range devices {
			user := b.get("/me")
			if user == "" {
				user = "-"
			}
			got = append(got, user)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("policy %d: %s, want %s", policy, s, want)
		}
	}
}

func TestDevices(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("GET /devices", func(w http.ResponseWriter, r *http.Request) error {
		s, err := k.Sessions(r.Context(), "ada")
		for _, one := range s {
			if one.Current {
				w.Write([]byte("*"))
			}
			w.Write([]byte("x"))
		}
		return err
	})
	k.handle("POST /others", func(_ http.ResponseWriter, r *http.Request) error {
		_, err := k.RevokeOthers(r.Context())
		return err
	})
	phone, laptop := k.browser(), k.browser()
	if res := phone.post("/others"); res.StatusCode != 401 {
		t.Errorf("revoking without a login: %s", res.Status)
	}
	phone.mustPost("/login?user=ada")
	k.clock.Advance(time.Second)
	laptop.mustPost("/login?user=ada")
	if got := laptop.get("/devices"); got != "*xx" {
		t.Errorf("devices: %s", got)
	}
	laptop.mustPost("/others")
	if got := laptop.get("/devices"); got != "*x" {
		t.Errorf("devices afterwards: %s", got)
	}
	if phone.get("/me") != "" || laptop.get("/me") != "ada" {
		t.Error("the wrong one was ended")
	}
	ended := k.events(analytics.SessionEnded)
	if len(ended) != 1 || ended[0].Reason != analytics.ReasonRevoked || ended[0].Actor != "ada" {
		t.Errorf("events: %+v", ended)
	}
}
