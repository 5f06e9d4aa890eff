package middleware_test

import (
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

// rotating returns a kit whose secrets serve a minute, and a browser in it that
// is logged in and whose secret has served its time.
func rotating(t *testing.T) (*kit, *browser) {
	k := newKit(t, middleware.Config{RotateEvery: time.Minute, RotateGrace: 10 * time.Second})
	b := k.browser()
	b.mustPost("/login?user=ada")
	k.clock.Advance(time.Minute)
	return k, b
}

// inUse lets the store know that b's secret is in use, and the grace pass.
func (k *kit) inUse(b *browser) {
	k.t.Helper()
	b.get("/me")
	k.flush()
	k.clock.Advance(11 * time.Second)
}

func TestI5_ParallelRequestsGetOneSuccessor(t *testing.T) {
	k, b := rotating(t)
	var wg sync.WaitGroup
	cookies := make([]string, 20)
	for i := range cookies {
		twin := b.twin()
		wg.Go(func() {
			if twin.get("/me") != "ada" {
				t.Error("logged out by the rotation")
			}
			cookies[i] = twin.cookie
		})
	}
	wg.Wait()
	for _, c := range cookies {
		if c == b.cookie {
			t.Error("a response without the successor")
		} else if c != cookies[0] {
			t.Error("two successors")
		}
	}
	if n := len(k.events(analytics.CredentialRotated)); n != 1 {
		t.Errorf("%d rotations", n)
	}
}

func TestI5_LostResponse(t *testing.T) {
	k, b := rotating(t)
	b.sticky = true // the response with the successor never arrives
	first := b.do("GET", "/me", nil)
	successor, _ := first.setCookie()
	k.clock.Advance(24 * time.Minute)
	again := b.do("GET", "/me", nil)
	if c, _ := again.setCookie(); again.body != "ada" || c != successor {
		t.Errorf("logged in as %q, the same successor: %v", again.body, c == successor)
	}
}

func TestI5_SpentSecretIsTheft(t *testing.T) {
	for spent := range 4 { // how many rotations ago it was in force, less one
		k, b := rotating(t)
		thief := b.twin()
		for range spent + 1 {
			b.get("/me") // rotates
			k.inUse(b)
			k.clock.Advance(time.Minute)
		}
		if got := thief.get("/me"); got != "" {
			t.Errorf("%d: a spent secret logs in %q", spent, got)
		}
		if got := b.get("/me"); got != "" {
			t.Errorf("%d: the session survived the theft: %q", spent, got)
		}
		thief.get("/me")
		ended := k.events(analytics.SessionEnded)
		if len(ended) != 1 || ended[0].Reason != analytics.ReasonReused || len(k.events(analytics.CredentialReused)) != 1 {
			t.Errorf("%d: %+v", spent, ended)
		}
	}
}

func TestI5_GraceAfterUse(t *testing.T) {
	k, b := rotating(t)
	late := b.twin()
	late.sticky = true
	b.get("/me")
	b.get("/me")
	k.flush()
	k.clock.Advance(9 * time.Second)
	res := late.do("GET", "/me", nil)
	if c, _ := res.setCookie(); res.body != "ada" || c != b.cookie {
		t.Errorf("within the grace: %q", res.body)
	}
}

// A client that only writes tells the store that it uses its secret, too.
func TestWritesConfirmTheSecret(t *testing.T) {
	k, b := rotating(t)
	b.mustPost("/put?key=a&value=1")
	b.mustPost("/put?key=a&value=2")
	k.flush()
	k.clock.Advance(2 * time.Minute)
	second := b.cookie
	b.mustPost("/put?key=a&value=3")
	if b.cookie == second {
		t.Error("no second rotation")
	}
}

func TestRenewToken(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /renew", func(_ responseWriter, r *request) error { return k.Values().RenewToken(r.Context()) })
	b := k.browser()
	b.mustPost("/put?key=theme&value=dark")
	old := b.twin()
	old.sticky = true
	b.mustPost("/renew")
	if b.cookie == old.cookie || b.get("/get?key=theme") != "dark" {
		t.Error("renewal lost the session")
	}
	if got := old.get("/get?key=theme"); got != "" {
		t.Errorf("the old token reads %q", got)
	}
	first := k.browser()
	first.mustPost("/renew")
	if first.cookie == "" {
		t.Error("RenewToken makes a session, as in scs")
	}
	// Both ways to renew in one request agree on the last.
	k.handle("POST /both", func(_ responseWriter, r *request) error {
		if err := k.Login(r.Context(), "ada", middleware.Authentication{}); err != nil {
			return err
		}
		return k.Values().RenewToken(r.Context())
	})
	b.mustPost("/both")
	if got := b.get("/me"); got != "ada" {
		t.Errorf("after Login and RenewToken: %q", got)
	}
	k.handle("POST /loginandput", func(_ responseWriter, r *request) error {
		k.Values().Put(r.Context(), "a", "1")
		if err := k.Login(r.Context(), "ada", middleware.Authentication{}); err != nil {
			return err
		}
		k.Values().Put(r.Context(), "b", "2")
		return nil
	})
	b.mustPost("/loginandput")
	if b.get("/me") != "ada" || b.get("/get?key=a") != "1" || b.get("/get?key=b") != "2" {
		t.Error("values around Login")
	}
}

func TestUnknownSecretEndsNothing(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	b.mustPost("/login?user=ada")
	other := k.browser()
	other.mustPost("/login?user=bob")
	forged := middleware.ForgeToken(b.cookie, other.cookie) // ada's ID, bob's secret
	for range 3 {
		if got := (&browser{k: k, cookie: forged}).get("/me"); got != "" {
			t.Errorf("a forged token logs in %q", got)
		}
	}
	if b.get("/me") != "ada" {
		t.Error("a stranger ended the session")
	}
	if n := len(k.events(analytics.CredentialUnknown)); n != 1 {
		t.Errorf("%d reports in one minute, want 1", n)
	}
}
