package middleware_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
)

// tokenKit is a kit whose clients hold tokens.
type tokenKit struct {
	*kit
	keys *token.Keys
	srv  *httptest.Server
}

func newKey(t *testing.T, id string) token.Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := token.NewKey(id, private)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newTokenKit serves, beside what newKit does, the routes of an API.
func newTokenKit(t *testing.T, cfg middleware.Config) *tokenKit {
	t.Helper()
	keys, err := token.NewKeys(newKey(t, "first"))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Tokens == nil {
		cfg.Tokens = &middleware.TokenOptions{}
	}
	cfg.Tokens.Issuer, cfg.Tokens.Audience, cfg.Tokens.Keys = "https://issuer.test", "https://api.test", keys
	k := &tokenKit{kit: newKit(t, cfg), keys: keys}
	m, mux := k.Manager, http.NewServeMux()
	issue := func(f func(context.Context, string, middleware.Authentication) (middleware.Tokens, error)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, err := f(r.Context(), r.FormValue("user"), middleware.Authentication{AMR: []string{"pwd"}, Client: r.FormValue("client")})
			if err != nil {
				m.Fail(w, r, err)
				return
			}
			json.NewEncoder(w).Encode(got)
		})
	}
	mux.Handle("POST /login", m.Public(issue(m.IssueTokens)))
	mux.Handle("POST /login/opaque", m.Public(issue(m.IssueOpaque)))
	mux.Handle("POST /login/guest", m.Checked(issue(m.IssueTokens)))
	mux.Handle("POST /reissue", m.Checked(issue(func(ctx context.Context, _ string, how middleware.Authentication) (middleware.Tokens, error) {
		return m.ReissueTokens(ctx, how)
	})))
	mux.Handle("POST /refresh", m.RefreshHandler())
	mux.Handle("POST /revoke", m.RevokeHandler())
	mux.Handle("POST /introspect", m.IntrospectHandler(func(r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		return password == "service"
	}))
	mux.Handle("GET /signed", m.Signed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _ := middleware.AccessOf(r.Context())
		io.WriteString(w, a.Subject)
	})))
	mux.Handle("GET /checked", m.Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := m.Current(r.Context())
		io.WriteString(w, s.User)
	})))
	mux.Handle("POST /cart", m.Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Cart().Add(r.Context(), r.FormValue("sku"), 1); err != nil {
			m.Fail(w, r, err)
		}
	})))
	mux.Handle("GET /cart", m.Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(m.Cart().Lines(r.Context()))
	})))
	mux.Handle("POST /logout", m.Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Logout(r.Context()); err != nil {
			m.Fail(w, r, err)
		}
	})))
	k.srv = httptest.NewServer(mux)
	t.Cleanup(k.srv.Close)
	return k
}

// post sends a form, with a bearer token unless it is empty.
func (k *tokenKit) post(path, bearer string, fields ...string) (*http.Response, string) {
	k.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, k.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return k.send(r, bearer)
}

func (k *tokenKit) getWith(path, bearer string) (*http.Response, string) {
	k.t.Helper()
	r, err := http.NewRequest(http.MethodGet, k.srv.URL+path, http.NoBody)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.send(r, bearer)
}

func (k *tokenKit) send(r *http.Request, bearer string) (*http.Response, string) {
	k.t.Helper()
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := k.srv.Client().Do(r)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return res, string(body)
}

// pair decodes the answer to a login or a refresh.
func (k *tokenKit) pair(res *http.Response, body string) middleware.Tokens {
	k.t.Helper()
	var p middleware.Tokens
	if err := json.Unmarshal([]byte(body), &p); err != nil || res.StatusCode != http.StatusOK {
		k.t.Fatalf("%s %s: %s: %v", res.Request.Method, res.Request.URL.Path, res.Status, err)
	}
	return p
}

func (k *tokenKit) login(user string) middleware.Tokens {
	k.t.Helper()
	return k.pair(k.post("/login", "", "user", user))
}

func (k *tokenKit) refresh(p middleware.Tokens) (*http.Response, string) {
	k.t.Helper()
	return k.post("/refresh", "", "grant_type", "refresh_token", "refresh_token", p.RefreshToken)
}

// refused checks that a token is refused on both kinds of routes, or only on
// the checked one.
func (k *tokenKit) refused(what, access string, signedToo bool) {
	k.t.Helper()
	if res, _ := k.getWith("/checked", access); res.StatusCode != http.StatusUnauthorized {
		k.t.Errorf("%s: checked route answers %s", what, res.Status)
	}
	if res, _ := k.getWith("/signed", access); signedToo && res.StatusCode != http.StatusUnauthorized {
		k.t.Errorf("%s: signed route answers %s", what, res.Status)
	}
}

func (k *tokenKit) accepted(what, access, user string) {
	k.t.Helper()
	for _, path := range []string{"/checked", "/signed"} {
		if res, body := k.getWith(path, access); res.StatusCode != http.StatusOK || body != user {
			k.t.Errorf("%s: %s answers %s %q", what, path, res.Status, body)
		}
	}
}

func (k *tokenKit) events(q analytics.Query) []analytics.Event {
	k.t.Helper()
	events, err := k.store.Events(k.t.Context(), q)
	if err != nil {
		k.t.Fatal(err)
	}
	return events
}

func TestTokens(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	first := k.login("ada")
	if first.TokenType != "Bearer" || first.ExpiresIn != 300 || first.RefreshToken == "" {
		t.Errorf("tokens: type %q, expires in %d", first.TokenType, first.ExpiresIn)
	}
	k.accepted("after login", first.AccessToken, "ada")

	k.clock.Advance(5 * time.Minute)
	second := k.pair(k.refresh(first))
	if second == first || second.AccessToken == first.AccessToken {
		t.Error("refresh gives the same tokens")
	}
	k.accepted("after refresh", second.AccessToken, "ada")
	k.clock.Advance(time.Minute)
	k.refused("expired", first.AccessToken, true)

	res, body := k.getWith("/checked", "")
	if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a token: %s %q %s", res.Status, res.Header["Www-Authenticate"], body)
	}
	res, _ = k.getWith("/checked?access_token="+second.AccessToken, "")
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("token in the query: %s", res.Status)
	}
	if res, _ = k.getWith("/checked", "junk"); res.Header.Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
		t.Errorf("junk: %q", res.Header["Www-Authenticate"])
	}
	if v := res.Header.Get("Vary"); v != "Authorization" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Vary %q, Cache-Control %q", v, res.Header.Get("Cache-Control"))
	}
	if res, _ := k.post("/logout", second.AccessToken); res.StatusCode != http.StatusOK {
		t.Errorf("logout: %s", res.Status)
	}
	k.refused("after logout", second.AccessToken, false)
	if res, body := k.refresh(second); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"invalid_grant"`) {
		t.Errorf("refresh after logout: %s %s", res.Status, body)
	}
}

// TestI5_RefreshConverges wants one successor of many refreshes at once, also of
// those that lost an answer, and the end of the session for whoever comes later.
func TestI5_RefreshConverges(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	first := k.login("ada")
	k.clock.Advance(time.Minute)
	pairs := make([]middleware.Tokens, 100)
	var wg sync.WaitGroup
	for i := range pairs {
		wg.Go(func() {
			res, body := k.refresh(first)
			if res.StatusCode == http.StatusOK {
				json.Unmarshal([]byte(body), &pairs[i])
			}
		})
	}
	wg.Wait()
	for i, p := range pairs {
		if p != pairs[0] || p.RefreshToken == "" {
			t.Fatalf("refresh %d differs from the first", i)
		}
	}
	k.clock.Advance(29 * time.Second)
	again := k.pair(k.refresh(first))
	if again.AccessToken != pairs[0].AccessToken || again.RefreshToken != pairs[0].RefreshToken {
		t.Error("repeated within the grace: another pair")
	}
	k.accepted("successor", pairs[0].AccessToken, "ada")

	k.clock.Advance(time.Second)
	for range 3 {
		if res, body := k.refresh(first); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"invalid_grant"`) {
			t.Errorf("after the grace: %s %s", res.Status, body)
		}
	}
	k.refused("after theft", pairs[0].AccessToken, false)
	if res, _ := k.refresh(pairs[0]); res.StatusCode != http.StatusBadRequest {
		t.Errorf("the successor after theft: %s", res.Status)
	}
	if n := len(k.events(analytics.Query{Type: analytics.CredentialReused})); n != 1 {
		t.Errorf("%d events of a reused credential, want 1", n)
	}
	ends := k.events(analytics.Query{Type: analytics.SessionEnded})
	if len(ends) != 1 || ends[0].Reason != analytics.ReasonReused {
		t.Errorf("ends: %+v", ends)
	}
}

func TestGuestKeepsTheCart(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	guest := k.pair(k.post("/login/opaque", ""))
	if guest.RefreshToken != "" {
		t.Error("a guest has a refresh token")
	}
	if res, _ := k.post("/cart", guest.AccessToken, "sku", "sencha"); res.StatusCode != http.StatusOK {
		t.Fatalf("cart: %s", res.Status)
	}
	p := k.pair(k.post("/login/guest", guest.AccessToken, "user", "ada"))
	k.refused("the guest's token after login", guest.AccessToken, false)
	if _, body := k.getWith("/cart", p.AccessToken); strings.TrimSpace(body) != `{"sencha":1}` {
		t.Errorf("cart after login: %s", body)
	}
	again := k.pair(k.post("/reissue", p.AccessToken))
	k.refused("after reissue", p.AccessToken, false)
	if res, _ := k.refresh(p); res.StatusCode != http.StatusBadRequest {
		t.Errorf("refresh with the token before: %s", res.Status)
	}
	if res, body := k.getWith("/checked", again.AccessToken); body != "ada" {
		t.Errorf("after reissue: %s %s", res.Status, body)
	}
}

func TestRevokeAndIntrospect(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	introspect := func(text string) map[string]any {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, k.srv.URL+"/introspect", strings.NewReader(url.Values{"token": {text}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("x", "service")
		res, body := k.send(r, "")
		var v map[string]any
		if err := json.Unmarshal([]byte(body), &v); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("introspect: %s %s", res.Status, body)
		}
		return v
	}
	opaque := k.pair(k.post("/login/opaque", "", "user", "bob"))
	if v := introspect(opaque.AccessToken); v["active"] != true || v["sub"] != "bob" {
		t.Errorf("opaque: %v", v)
	}
	for _, which := range []string{"access", "refresh"} {
		p := k.login("ada")
		text := p.AccessToken
		if which == "refresh" {
			text = p.RefreshToken
		}
		if v := introspect(text); v["active"] != true || v["sub"] != "ada" || v["client_id"] != "default" {
			t.Errorf("%s: %v", which, v)
		}
		if res, _ := k.post("/revoke", "", "token", text); res.StatusCode != http.StatusOK {
			t.Errorf("revoke: %s", res.Status)
		}
		for _, text := range []string{p.AccessToken, p.RefreshToken, "junk"} {
			if v := introspect(text); len(v) != 1 || v["active"] != false {
				t.Errorf("after revocation: %v", v)
			}
		}
		k.refused("after revocation", p.AccessToken, false)
		if res, _ := k.post("/revoke", "", "token", text); res.StatusCode != http.StatusOK {
			t.Errorf("revoke again: %s", res.Status)
		}
	}
	if res, _ := k.post("/introspect", "", "token", opaque.AccessToken); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("introspection by a stranger: %s", res.Status)
	}
	for _, form := range [][]string{{}, {"grant_type", "password"}, {"refresh_token", "x"}, {"grant_type", "refresh_token", "refresh_token", "x", "refresh_token", "y"}} {
		if res, body := k.post("/refresh", "", form...); res.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"invalid_request"`) {
			t.Errorf("%q: %s %s", form, res.Status, body)
		}
	}
}

// TestI6_Tokens wants 503 where the store is out of reach, and signed routes to
// go on.
func TestI6_Tokens(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	k.store.broken.Store(true)
	if res, _ := k.getWith("/checked", p.AccessToken); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("checked: %s", res.Status)
	}
	if res, _ := k.refresh(p); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("refresh: %s", res.Status)
	}
	if res, _ := k.getWith("/signed", p.AccessToken); res.StatusCode != http.StatusOK {
		t.Errorf("signed: %s", res.Status)
	}
	k.store.broken.Store(false)
	k.pair(k.refresh(p))
}

func TestLoginIsForCookies(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	h := k.Public(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := k.Login(r.Context(), "ada", middleware.Authentication{}); !errors.Is(err, middleware.ErrBearer) {
			t.Errorf("Login = %v", err)
		}
		if err := k.Reauthenticate(r.Context(), middleware.Authentication{}); !errors.Is(err, middleware.ErrBearer) {
			t.Errorf("Reauthenticate = %v", err)
		}
		if err := k.Cart().Add(r.Context(), "sencha", 1); !errors.Is(err, middleware.ErrNoLogin) {
			t.Errorf("Add = %v", err)
		}
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", http.NoBody))
	if c := w.Result().Cookies(); len(c) > 0 {
		t.Errorf("cookies: %d", len(c))
	}
}
