package middleware_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// do serves one request without a network between, which could not carry all
// that the tests send. It may be called from any goroutine.
func (k *tokenKit) do(method, path string, options ...func(*http.Request)) *httptest.ResponseRecorder {
	return do(k.srv.Config.Handler, method, path, options...)
}

func do(h http.Handler, method, path string, options ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, http.NoBody)
	for _, o := range options {
		o(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func with(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func bearer(access string) func(*http.Request) { return with("Authorization", "Bearer "+access) }

// posting returns a form of names and values in turn.
func posting(fields ...string) func(*http.Request) {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return posted("application/x-www-form-urlencoded", form.Encode())
}

func posted(contentType, body string) func(*http.Request) {
	return func(r *http.Request) {
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

func service(r *http.Request) { r.SetBasicAuth("x", "service") }

// from makes a request come from a device.
func from(agent, address string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("User-Agent", agent)
		r.RemoteAddr = address + ":1234"
	}
}

// exchange refreshes. It may be called from any goroutine.
func (k *tokenKit) exchange(refresh string, options ...func(*http.Request)) (status int, p middleware.Tokens, text string) {
	w := k.do("POST", "/refresh", append(options, posting("grant_type", "refresh_token", "refresh_token", refresh))...)
	if w.Code == http.StatusOK && json.Unmarshal(w.Body.Bytes(), &p) != nil {
		return 0, p, w.Body.String()
	}
	return w.Code, p, w.Body.String()
}

// exchanged is exchange that must succeed.
func (k *tokenKit) exchanged(what, refresh string, options ...func(*http.Request)) middleware.Tokens {
	k.t.Helper()
	status, p, text := k.exchange(refresh, options...)
	if status != http.StatusOK {
		k.t.Fatalf("%s: refresh answers %d %s", what, status, text)
	}
	return p
}

// notExchanged wants a refresh token to be refused as good for nothing.
func (k *tokenKit) notExchanged(what, refresh string) {
	k.t.Helper()
	if status, _, text := k.exchange(refresh); status != http.StatusBadRequest || strings.TrimSpace(text) != `{"error":"invalid_grant"}` {
		k.t.Errorf("%s: refresh answers %d %s", what, status, text)
	}
}

// status asks for a path with a bearer token.
func (k *tokenKit) status(path, access string) int { return k.do("GET", path, bearer(access)).Code }

// issued decodes the answer to a login or a refresh.
func (k *tokenKit) issued(w *httptest.ResponseRecorder) middleware.Tokens {
	k.t.Helper()
	var p middleware.Tokens
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusOK {
		k.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return p
}

func (k *tokenKit) opaque(user string) string {
	k.t.Helper()
	return k.issued(k.do("POST", "/login/opaque", posting("user", user))).AccessToken
}

// claims decodes what an access token says, without a look at its signature.
func claims(t *testing.T, access string) map[string]any {
	t.Helper()
	var m map[string]any
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(access+"..", ".")[1])
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		t.Fatalf("not an access token: %v", err)
	}
	return m
}

// seconds returns a claim that is a time.
func seconds(t *testing.T, access, claim string) time.Time {
	t.Helper()
	n, ok := claims(t, access)[claim].(float64)
	if !ok {
		t.Fatalf("no %s", claim)
	}
	return time.Unix(int64(n), 0).UTC()
}

// replaceKeys gives the kit keys whose private parts the test knows.
func (k *tokenKit) replaceKeys(id string) ed25519.PrivateKey {
	k.t.Helper()
	private := newEd25519(k.t)
	key, err := token.NewKey(id, private)
	if err == nil {
		err = k.keys.Replace(key)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return private
}

// signJWT signs whatever is to be its header and its claims.
func signJWT(t *testing.T, key ed25519.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	c, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(text)))
}

// newNode is newTokenKit on a store and with keys that other nodes may share.
// Its clock is the store's.
func newNode(t *testing.T, store sessionstore.Store, keys *token.Keys, cfg middleware.Config) *tokenKit {
	t.Helper()
	probe := &probeStore{Store: store}
	options := middleware.TokenOptions{}
	if cfg.Tokens != nil {
		options = *cfg.Tokens
	}
	options.Issuer, options.Audience, options.Keys = "https://issuer.test", "https://api.test", keys
	cfg.Store, cfg.Tokens = probe, &options
	m, err := middleware.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k := &tokenKit{kit: &kit{Manager: m, t: t, store: probe, mux: http.NewServeMux()}, keys: keys}
	k.srv = &httptest.Server{Config: &http.Server{Handler: k.mux}} // never started
	t.Cleanup(func() { m.Close(context.WithoutCancel(t.Context())) })
	k.route("POST /login", m.Public, func(w http.ResponseWriter, r *http.Request) error {
		p, err := m.IssueTokens(r.Context(), r.FormValue("user"), middleware.Authentication{AMR: []string{"pwd"}})
		return writeTokens(w, p, err)
	})
	k.route("POST /login/opaque", m.Public, func(w http.ResponseWriter, r *http.Request) error {
		p, err := m.IssueOpaque(r.Context(), r.FormValue("user"), middleware.Authentication{})
		return writeTokens(w, p, err)
	})
	k.route("POST /reissue", m.Checked, func(w http.ResponseWriter, r *http.Request) error {
		p, err := m.ReissueTokens(r.Context(), middleware.Authentication{AMR: []string{"otp"}})
		return writeTokens(w, p, err)
	})
	k.route("GET /signed", m.Signed, func(w http.ResponseWriter, r *http.Request) error {
		a, _ := middleware.AccessOf(r.Context())
		_, err := io.WriteString(w, a.Subject)
		return err
	})
	k.route("GET /checked", m.Checked, func(w http.ResponseWriter, r *http.Request) error {
		s, _ := m.Current(r.Context())
		_, err := io.WriteString(w, s.User)
		return err
	})
	k.mux.Handle("POST /refresh", m.RefreshHandler())
	k.mux.Handle("POST /revoke", m.RevokeHandler())
	k.mux.Handle("POST /introspect", m.IntrospectHandler(func(r *http.Request) bool {
		_, password, _ := r.BasicAuth()
		return password == "service"
	}))
	return k
}

// route adds a handler whose error [middleware.Manager.Fail] answers.
func (k *tokenKit) route(pattern string, guard func(http.Handler) http.Handler, h func(http.ResponseWriter, *http.Request) error) {
	k.handler().Handle(pattern, guard(failing(k, h)))
}

// failing makes a handler whose error [middleware.Manager.Fail] answers.
func failing(k *tokenKit, h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			k.Fail(w, r, err)
		}
	})
}

// handler returns the mux that serves the API.
func (k *tokenKit) handler() *http.ServeMux {
	mux, ok := k.srv.Config.Handler.(*http.ServeMux)
	if !ok {
		k.t.Fatal("the server has another handler")
	}
	return mux
}

func writeTokens(w http.ResponseWriter, p middleware.Tokens, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(p)
}

// aheadStore is a store whose clock is ahead for those who read limits on it.
type aheadStore struct {
	sessionstore.Store
	by atomic.Int64
}

func (s *aheadStore) Now() time.Time { return s.Store.Now().Add(time.Duration(s.by.Load())) }

func (s *aheadStore) Advance(d time.Duration) { s.by.Add(int64(d)) }

func newES256(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return private
}

func newEd25519(tb testing.TB) ed25519.PrivateKey {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return private
}
