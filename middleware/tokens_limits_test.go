package middleware_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// lives checks that an access token lives within all limits, and that expires_in
// says no more than that.
func (k *tokenKit) lives(p middleware.Tokens, life time.Duration, limit time.Time) {
	k.t.Helper()
	iat, exp := seconds(k.t, p.AccessToken, "iat"), seconds(k.t, p.AccessToken, "exp")
	if exp.Sub(iat) > life {
		k.t.Errorf("an access token lives for %v, the limit is %v", exp.Sub(iat), life)
	}
	if exp.After(limit) {
		k.t.Errorf("an access token lives for %v longer than the login or session", exp.Sub(limit))
	}
	if iat.After(k.clock.Now()) || !exp.After(k.clock.Now().Add(-time.Second)) {
		k.t.Errorf("at %v: iat %v, exp %v", k.clock.Now(), iat, exp)
	}
	if at := k.clock.Now().Add(time.Duration(p.ExpiresIn) * time.Second); at.After(exp.Add(time.Second)) {
		k.t.Errorf("expires_in is %d, %v too long", p.ExpiresIn, at.Sub(exp))
	}
}

// TestI7_LoginMaxHoldsOverRefreshes refreshes a login up to its end, and beyond.
func TestI7_LoginMaxHoldsOverRefreshes(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  middleware.Config
		life time.Duration
		step time.Duration
	}{
		"LoginMax":                     {middleware.Config{LoginMax: 20 * time.Minute}, 5 * time.Minute, 3 * time.Minute},
		"LoginMax in odd seconds":      {middleware.Config{LoginMax: 20*time.Minute + 700*time.Millisecond}, 5 * time.Minute, 97 * time.Second},
		"SessionMax":                   {middleware.Config{SessionMax: 20 * time.Minute}, 5 * time.Minute, 3 * time.Minute},
		"LoginMax below AccessLife":    {middleware.Config{LoginMax: 4 * time.Minute}, 5 * time.Minute, 50 * time.Second},
		"LoginIdle below AccessLife":   {middleware.Config{LoginMax: 20 * time.Minute, LoginIdle: 2 * time.Minute}, 5 * time.Minute, 97 * time.Second},
		"SessionIdle below AccessLife": {middleware.Config{LoginMax: 20 * time.Minute, SessionIdle: 2 * time.Minute}, 5 * time.Minute, 97 * time.Second},
		"a long AccessLife":            {middleware.Config{LoginMax: 90 * time.Minute}, time.Hour, 20 * time.Minute},
		"a short AccessLife":           {middleware.Config{LoginMax: time.Minute}, time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Tokens = &middleware.TokenOptions{AccessLife: c.life}
			k := newTokenKit(t, c.cfg)
			limit := k.clock.Now().Add(max(c.cfg.LoginMax, c.cfg.SessionMax))
			for _, idle := range []time.Duration{c.cfg.LoginIdle, c.cfg.SessionIdle} {
				if idle > 0 {
					c.life = min(c.life, idle)
				}
			}
			p := k.login("ada")
			for k.lives(p, c.life, limit); k.clock.Now().Add(c.step).Before(limit); k.lives(p, c.life, limit) {
				k.clock.Advance(c.step)
				p = k.exchanged("before the end", p.RefreshToken)
			}
			k.clock.Advance(limit.Sub(k.clock.Now()))
			k.notExchanged("at the end", p.RefreshToken)
			if s := k.status("/checked", p.AccessToken); s != http.StatusUnauthorized {
				t.Errorf("checked at the end: %d", s)
			}
			k.clock.Advance(31 * time.Second) // the leeway
			if s := k.status("/signed", p.AccessToken); s != http.StatusUnauthorized {
				t.Errorf("signed after the end and the leeway: %d", s)
			}
		})
	}
}

// TestI7_LastSecond wants a refresh in the last moments of a login to be
// answered, with a token or with invalid_grant.
func TestI7_LastSecond(t *testing.T) {
	for _, cfg := range []middleware.Config{
		{LoginMax: 10*time.Minute + 900*time.Millisecond},
		{SessionMax: 10*time.Minute + 900*time.Millisecond},
		{LoginMax: 10 * time.Minute},
	} {
		for left := 1500 * time.Millisecond; left > 0; left -= 100 * time.Millisecond {
			k := newTokenKit(t, cfg)
			p := k.login("ada")
			k.clock.Advance(max(cfg.LoginMax, cfg.SessionMax) - left)
			status, _, text := k.exchange(p.RefreshToken)
			if status != http.StatusOK && !strings.Contains(text, `"invalid_grant"`) {
				t.Errorf("%v before the end: %d %s", left, status, text)
			}
		}
	}
	for _, idle := range []time.Duration{10 * time.Millisecond, 900 * time.Millisecond, 1500 * time.Millisecond} {
		k := newTokenKit(t, middleware.Config{LoginIdle: idle})
		if w := k.do("POST", "/login", posting("user", "ada")); w.Code != http.StatusOK {
			t.Errorf("a login with an idle limit of %v: %d %s", idle, w.Code, w.Body)
		}
	}
}

// TestI7_LoginIdleWithTokens wants a login to end without a request that the
// store sees, and refreshes and checked requests to keep it up.
func TestI7_LoginIdleWithTokens(t *testing.T) {
	k := newTokenKit(t, middleware.Config{LoginIdle: 20 * time.Minute})
	p, opaque := k.login("ada"), k.opaque("bob")
	for range 4 {
		k.clock.Advance(15 * time.Minute)
		p = k.exchanged("in time", p.RefreshToken)
		if w := k.do("GET", "/checked", bearer(opaque)); w.Body.String() != "bob" {
			t.Fatalf("opaque, in time: %d %q", w.Code, w.Body)
		}
		k.flush()
	}
	k.clock.Advance(20 * time.Minute)
	k.notExchanged("after the idle limit", p.RefreshToken)
	if s := k.status("/checked", p.AccessToken); s != http.StatusUnauthorized {
		t.Errorf("checked after the idle limit: %d", s)
	}
	// "is good as long as its login", says IssueOpaque.
	if w := k.do("GET", "/checked", bearer(opaque)); w.Code != http.StatusUnauthorized {
		t.Errorf("the opaque token after the end of its login: %d %q", w.Code, w.Body)
	}
	if body := k.do("POST", "/introspect", service, posting("token", opaque)).Body.String(); strings.TrimSpace(body) != `{"active":false}` {
		t.Errorf("introspection of the opaque token after the end of its login: %s", body)
	}
}

// TestReissueAtAnyTime proves a login again some time after it began, and begins
// one in the session of a guest who has been there for some time.
func TestReissueAtAnyTime(t *testing.T) {
	for _, after := range []time.Duration{0, 59 * time.Second, 61 * time.Second, 2 * time.Minute, 149 * time.Second, 4 * time.Minute} {
		k := newTokenKit(t, middleware.Config{})
		p, opaque, guest := k.login("ada"), k.opaque("ada"), k.opaque("")
		k.clock.Advance(after)
		for what, path := range map[string]struct{ path, token string }{
			"reissue":              {"/reissue", p.AccessToken},
			"reissue of an opaque": {"/reissue", opaque},
			"login of a guest":     {"/login/guest", guest},
		} {
			w := k.do("POST", path.path, bearer(path.token), posting("user", "ada"))
			if w.Code != http.StatusOK {
				t.Errorf("%s after %v: %d %s", what, after, w.Code, w.Body)
				continue
			}
			next := k.issued(w)
			if s := k.status("/checked", next.AccessToken); s != http.StatusOK {
				t.Errorf("%s after %v: checked %d", what, after, s)
			}
			if next.RefreshToken != "" {
				k.lives(next, 5*time.Minute, k.clock.Now().Add(5*time.Minute))
				if auth := seconds(t, next.AccessToken, "auth_time"); !auth.Equal(k.clock.Now()) {
					t.Errorf("%s after %v: auth_time %v, want %v", what, after, auth, k.clock.Now())
				}
				if life := seconds(t, next.AccessToken, "exp").Sub(k.clock.Now()); life < 4*time.Minute {
					t.Errorf("%s after %v: a new token is good for %v", what, after, life)
				}
				k.exchanged(what, next.RefreshToken)
			}
		}
	}
}

// TestEvictedDeviceIsOut wants the tokens of a device that had to make room to
// be good for nothing.
func TestEvictedDeviceIsOut(t *testing.T) {
	k := newTokenKit(t, middleware.Config{MaxLogins: 2, LoginPolicy: sessionstore.EvictOldest})
	k.hears()
	first := k.login("ada")
	k.clock.Advance(time.Second)
	opaque := k.opaque("ada")
	k.clock.Advance(time.Second)
	second := k.login("ada")
	k.clock.Advance(time.Second)
	if s := k.status("/checked", first.AccessToken); s != http.StatusUnauthorized {
		t.Errorf("the evicted device, checked: %d", s)
	}
	eventually(t, "signed routes refuse the evicted device", func() bool { return k.status("/signed", first.AccessToken) == http.StatusUnauthorized })
	k.notExchanged("the evicted device", first.RefreshToken)
	if body := k.do("POST", "/introspect", service, posting("token", first.RefreshToken)).Body.String(); strings.TrimSpace(body) != `{"active":false}` {
		t.Errorf("introspection of the evicted device: %s", body)
	}
	if w := k.do("GET", "/checked", bearer(opaque)); w.Body.String() != "ada" {
		t.Errorf("the device that stays: %d %q", w.Code, w.Body)
	}
	third := k.login("ada")
	if w := k.do("GET", "/checked", bearer(opaque)); w.Code != http.StatusUnauthorized {
		t.Errorf("the evicted device with an opaque token: %d %q", w.Code, w.Body)
	}
	for _, p := range []middleware.Tokens{second, third} {
		k.accepted("a device that stays", p.AccessToken, "ada")
		k.exchanged("a device that stays", p.RefreshToken)
	}
}

func TestTooManyDevices(t *testing.T) {
	k := newTokenKit(t, middleware.Config{MaxLogins: 1, LoginPolicy: sessionstore.DenyNew})
	p := k.login("ada")
	for _, path := range []string{"/login", "/login/opaque"} {
		if w := k.do("POST", path, posting("user", "ada")); w.Code != http.StatusTooManyRequests || strings.Contains(w.Body.String(), "sj") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	guest := k.opaque("")
	if w := k.do("POST", "/login/guest", bearer(guest), posting("user", "ada")); w.Code != http.StatusTooManyRequests {
		t.Errorf("guest: %d", w.Code)
	}
	if s := k.status("/checked", guest); s != http.StatusOK {
		t.Errorf("the guest's token after a login that was refused: %d", s)
	}
	k.exchanged("the first", p.RefreshToken)
}

// TestRevocationsReachTokens ends sessions in each way that there is.
func TestRevocationsReachTokens(t *testing.T) {
	for name, end := range map[string]func(k *tokenKit, p middleware.Tokens) error{
		"Revoke": func(k *tokenKit, p middleware.Tokens) error {
			id, _ := middleware.TakeApart(k.t, p.RefreshToken)
			return k.Revoke(k.t.Context(), id, analytics.ReasonRevoked)
		},
		"RevokeUser": func(k *tokenKit, _ middleware.Tokens) error {
			_, err := k.RevokeUser(k.t.Context(), "ada", analytics.ReasonRevoked)
			return err
		},
		"RevokeOthers": func(k *tokenKit, _ middleware.Tokens) error {
			other := k.login("ada")
			if w := k.do("POST", "/others", bearer(other.AccessToken)); w.Code != http.StatusOK || w.Body.String() == "0" {
				k.t.Errorf("RevokeOthers: %d %s", w.Code, w.Body)
			}
			k.accepted("who revokes", other.AccessToken, "ada")
			k.exchanged("who revokes", other.RefreshToken)
			return nil
		},
		"RevokeOthers, from a browser": func(k *tokenKit, _ middleware.Tokens) error {
			b := k.browser()
			b.mustPost("/login?user=ada")
			b.mustPost("/others")
			if b.get("/me") != "ada" {
				k.t.Error("who revokes is logged out")
			}
			return nil
		},
		"Logout": func(k *tokenKit, p middleware.Tokens) error {
			k.do("POST", "/logout", bearer(p.AccessToken))
			return nil
		},
		"revocation endpoint": func(k *tokenKit, p middleware.Tokens) error {
			k.do("POST", "/revoke", posting("token", p.AccessToken, "token_type_hint", "refresh_token"))
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTokenKit(t, middleware.Config{})
			k.hears()
			others := func(w http.ResponseWriter, r *http.Request) error {
				n, err := k.RevokeOthers(r.Context())
				if err == nil {
					_, err = io.WriteString(w, string(rune('0'+n)))
				}
				return err
			}
			k.route("POST /others", k.Checked, others)
			k.handle("POST /others", others)
			p, bystander := k.login("ada"), k.login("bob")
			if s := k.status("/signed", p.AccessToken); s != http.StatusOK { // it is in the cache
				t.Fatal(s)
			}
			if err := end(k, p); err != nil {
				t.Fatal(err)
			}
			if s := k.status("/checked", p.AccessToken); s != http.StatusUnauthorized {
				t.Errorf("checked: %d", s)
			}
			k.notExchanged("after the end", p.RefreshToken)
			eventually(t, "signed routes refuse it", func() bool { return k.status("/signed", p.AccessToken) == http.StatusUnauthorized })
			k.accepted("somebody else's", bystander.AccessToken, "bob")
			k.exchanged("somebody else's", bystander.RefreshToken)
		})
	}
}

// TestRevocationBeatsRefresh wants no refresh that is under way to outlive the
// end of its session.
func TestI1_RevocationBeatsRefresh(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	id, _ := middleware.TakeApart(t, p.RefreshToken)
	end := func(c sessionstore.Change) {
		if c.Rotate != nil { // the refresh has loaded the session
			k.store.beforeApply.Store(nil)
			if err := k.Revoke(t.Context(), id, analytics.ReasonRevoked); err != nil {
				t.Error(err)
			}
		}
	}
	k.store.beforeApply.Store(&end)
	k.notExchanged("under way", p.RefreshToken)
	k.refused("under way", p.AccessToken, false)

	p = k.login("ada")
	reissue := func(c sessionstore.Change) {
		if c.Rotate != nil {
			k.store.beforeApply.Store(nil)
			k.issued(k.do("POST", "/reissue", bearer(p.AccessToken)))
		}
	}
	k.store.beforeApply.Store(&reissue)
	k.notExchanged("superseded under way", p.RefreshToken)
	k.refused("superseded under way", p.AccessToken, false)
}

// TestRevokeWhatWasJustExchanged wants a client to be able to log out that does
// not know of the successor of its token yet: its answer is on the way, or lost.
func TestRevokeWhatWasJustExchanged(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	lost := k.exchanged("its answer is lost", p.RefreshToken)
	if w := k.do("POST", "/revoke", posting("token", p.RefreshToken)); w.Code != http.StatusOK {
		t.Errorf("revoke: %d", w.Code)
	}
	if s := k.status("/checked", lost.AccessToken); s != http.StatusUnauthorized {
		t.Errorf("the session goes on after the revocation of a refresh token that is good for an exchange: %d", s)
	}
}
