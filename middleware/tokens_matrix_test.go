package middleware_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// minted are tokens of all kinds, by name, each but access and refresh of a
// session of its own. What is not a kind by itself is derived from one.
type minted struct {
	text    map[string]string
	session map[string]sessionstore.ID
}

// mint makes a token of each kind, and what a confused or malicious party could
// make of them.
func (k *tokenKit) mint(key ed25519.PrivateKey, states *middleware.ClientState) minted {
	k.t.Helper()
	b := k.browser()
	b.mustPost("/login?user=ada")
	pair, other := k.login("ada"), k.login("ada")
	m := minted{map[string]string{
		"cookie": b.cookie, "opaque": k.opaque("ada"), "refresh": pair.RefreshToken, "access": other.AccessToken,
	}, map[string]sessionstore.ID{}}
	for _, kind := range []string{"cookie", "opaque", "refresh"} {
		m.session[kind], _ = middleware.TakeApart(k.t, m.text[kind])
	}
	said := claims(k.t, m.text["access"])
	id, err := sessionstore.ParseID(fmt.Sprint(said["sid"]))
	if err != nil {
		k.t.Fatal(err)
	}
	m.session["access"] = id
	state, err := states.Seal(m.session["cookie"], []byte("theme=dark"), k.clock.Now().Add(time.Hour))
	if err != nil {
		k.t.Fatal(err)
	}
	m.text["client state"] = state
	proof, err := token.NewProof(key, "GET", "https://api.test/checked", "", "", k.clock.Now())
	if err != nil {
		k.t.Fatal(err)
	}
	m.text["DPoP proof"] = proof

	// The secret of one kind under the name of another.
	for kind := range m.session {
		if kind == "access" {
			continue
		}
		id, s := middleware.TakeApart(k.t, m.text[kind])
		for _, prefix := range []string{"sjc_", "sjo_", "sjr_", "sjd_"} {
			if prefix != m.text[kind][:4] {
				m.text[kind+" as "+prefix] = middleware.ForgeKind(prefix, id, s)
			}
		}
	}
	// What else the same key may have signed for the same user and session.
	for typ, change := range map[string]map[string]any{
		"JWT":             {"nonce": "n", "at_hash": "h"}, // OpenID Connect
		"":                {},
		"dpop+jwt":        {"htm": "GET", "htu": "https://api.test/checked"},
		"secevent+jwt":    {"events": map[string]any{"https://schemas.openid.net/secevent/caep/event-type/session-revoked": map[string]any{}}},
		"logout+jwt":      {"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}},
		"dbsc+jwt":        {"jti": "challenge"},
		"rt+jwt":          {},
		"application/jwt": {},
	} {
		body := maps.Clone(said)
		maps.Copy(body, change)
		header := map[string]any{"alg": "EdDSA", "kid": "mine", "typ": typ}
		if typ == "" {
			delete(header, "typ")
		}
		m.text["JWT of type "+typ] = signJWT(k.t, key, header, body)
	}
	return m
}

// TestKindsAndSlots presents tokens of every kind, all of them good, in every
// place, and wants those to be accepted that belong there and no others.
func TestKindsAndSlots(t *testing.T) {
	states, err := middleware.NewClientState([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"cookie":          {"cookie"},
		"/checked Bearer": {"access", "opaque"},
		"/signed Bearer":  {"access"},
		"/checked DPoP":   nil,
		"/signed DPoP":    nil,
		"refresh":         {"refresh"},
		"introspect":      {"access", "opaque", "refresh"},
		"revoke":          {"access", "opaque", "refresh"},
		"client state":    {"client state"},
	}
	for _, mode := range []middleware.DPoPMode{middleware.DPoPOff, middleware.DPoPOptional} {
		for slot, want := range want {
			k := newTokenKit(t, middleware.Config{Tokens: &middleware.TokenOptions{
				DPoP: middleware.DPoP{Mode: mode, Origin: "https://api.test"},
			}})
			key := k.replaceKeys("mine")
			m := k.mint(key, states)
			var got []string
			for _, kind := range slices.Sorted(maps.Keys(m.text)) {
				if k.accepts(slot, m, kind, states) {
					got = append(got, kind)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s accepts %q, want %q", slot, got, want)
			}
			for kind, id := range m.session {
				_, err := k.store.Load(t.Context(), id)
				if ended := err != nil; ended != (slot == "revoke" && slices.Contains(want, kind)) {
					t.Errorf("%s: the session of the token of kind %s: %v", slot, kind, err)
				}
			}
		}
	}
}

// accepts presents a token in a place.
func (k *tokenKit) accepts(slot string, m minted, kind string, states *middleware.ClientState) bool {
	k.t.Helper()
	text := m.text[kind]
	if path, scheme, ok := strings.Cut(slot, " "); ok && slot[0] == '/' {
		return k.do("GET", path, with("Authorization", scheme+" "+text), with("DPoP", m.text["DPoP proof"])).Code == http.StatusOK
	}
	switch slot {
	case "cookie":
		return do(k.kit.srv.Config.Handler, "GET", "/me", with("Cookie", "session="+text)).Body.String() != ""
	case "refresh":
		status, _, _ := k.exchange(text)
		return status == http.StatusOK
	case "introspect":
		w := k.do("POST", "/introspect", service, posting("token", text))
		var v struct{ Active bool }
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			k.t.Error(err)
		}
		return v.Active
	case "revoke":
		alive := k.alive(m)
		k.do("POST", "/revoke", posting("token", text))
		return k.alive(m) != alive
	case "client state":
		_, err := states.Open(m.session["cookie"], text, k.clock.Now())
		return err == nil
	}
	k.t.Fatalf("no slot %s", slot)
	return false
}

// alive counts the sessions.
func (k *tokenKit) alive(m minted) (n int) {
	for _, id := range m.session {
		if _, err := k.store.Load(k.t.Context(), id); err == nil {
			n++
		}
	}
	return n
}

// TestTokensAreForOneIssuerAndAudience wants the tokens of another service to be
// refused, though the keys are the same.
func TestTokensAreForOneIssuerAndAudience(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	for name, o := range map[string]middleware.TokenOptions{
		"issuer":   {Issuer: "https://issuer.test/", Audience: "https://api.test", Keys: k.keys},
		"audience": {Issuer: "https://issuer.test", Audience: "https://api.test:443", Keys: k.keys},
	} {
		m, err := middleware.New(middleware.Config{Store: k.store, Tokens: &o})
		if err != nil {
			t.Fatal(err)
		}
		for path, guard := range map[string]func(http.Handler) http.Handler{"signed": m.Signed, "checked": m.Checked} {
			h := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("another %s: let through %s", name, path) }))
			if w := do(h, "GET", "/", bearer(p.AccessToken)); w.Code != http.StatusUnauthorized {
				t.Errorf("another %s, %s: %d", name, path, w.Code)
			}
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestSignedInsideHandler wants a request with a token and a cookie, of two
// people, to be told apart: a signed route has no session.
func TestSignedInsideHandler(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	b := k.browser()
	b.mustPost("/login?user=bob")
	b.mustPost("/put?key=owner&value=bob")
	var user, current, value string
	who := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		a, _ := middleware.AccessOf(r.Context())
		s, _ := k.Current(r.Context())
		user, current = a.Subject, s.User
		defer func() { _ = recover() }() // scs's word for "there is no session"
		value = k.Values().GetString(r.Context(), "owner")
	})
	k.mux.Handle("GET /signed", k.Signed(who))
	k.mux.Handle("GET /checked", k.Checked(who))
	k.mux.Handle("GET /public", k.Public(who))
	k.mux.Handle("GET /plain", who)
	for path, want := range map[string][3]string{
		"/signed": {"ada", "", ""}, "/checked": {"ada", "ada", ""}, "/public": {"", "", ""}, "/plain": {"", "bob", "bob"},
	} {
		user, current, value = "", "", ""
		w := do(k.kit.srv.Config.Handler, "GET", path, bearer(p.AccessToken), with("Cookie", "session="+b.cookie))
		if got := [3]string{user, current, value}; w.Code != http.StatusOK || got != want {
			t.Errorf("%s: %d, AccessOf, Current and Values say %q, want %q", path, w.Code, got, want)
		}
	}
}

// TestCheckedInsideHandler mounts the routes of an API in the mux that
// [middleware.Manager.Handler] wraps, which says that everything that uses the
// manager has to be inside. Values, cart and login are then those of the token.
func TestCheckedInsideHandler(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	put := func(_ http.ResponseWriter, r *http.Request) error {
		k.Values().Put(r.Context(), "theme", r.FormValue("value"))
		return k.Cart().Add(r.Context(), r.FormValue("value"), 1)
	}
	get := func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprint(w, k.Values().GetString(r.Context(), "theme"), k.Cart().Lines(r.Context()))
		return err
	}
	k.mux.Handle("POST /api/put", k.Checked(failing(k, put)))
	k.mux.Handle("GET /api/get", k.Checked(failing(k, get)))
	k.mux.Handle("POST /web/put", failing(k, put))
	k.mux.Handle("GET /web/get", failing(k, get))
	h := k.kit.srv.Config.Handler
	for name, o := range map[string]func(*tokenKit) (auth, cookie string){
		"token alone":            func(k *tokenKit) (string, string) { return k.login("ada").AccessToken, "" },
		"opaque alone":           func(k *tokenKit) (string, string) { return k.opaque("ada"), "" },
		"with somebody's cookie": func(k *tokenKit) (string, string) { return k.login("ada").AccessToken, "bob" },
		"with a guest's cookie":  func(k *tokenKit) (string, string) { return k.login("ada").AccessToken, "guest" },
	} {
		access, who := o(k)
		b := k.browser()
		switch who {
		case "bob":
			b.mustPost("/login?user=bob")
			fallthrough
		case "guest":
			b.mustPost("/web/put?value=" + who)
		}
		cookie := func(r *http.Request) {
			if who != "" {
				r.Header.Set("Cookie", "session="+b.cookie)
			}
		}
		w := do(h, "POST", "/api/put?value=token", bearer(access), cookie)
		if w.Code != http.StatusOK || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: put: %d, Set-Cookie %d", name, w.Code, len(w.Result().Cookies()))
		}
		if got := do(h, "GET", "/api/get", bearer(access), cookie).Body.String(); got != "tokenmap[token:1]" {
			t.Errorf("%s: get with the token: %q", name, got)
		}
		if got := do(h, "GET", "/api/get", bearer(access)).Body.String(); got != "tokenmap[token:1]" {
			t.Errorf("%s: get with the token alone: %q", name, got)
		}
		if who == "" {
			continue
		}
		if got, want := b.get("/web/get"), who+"map["+who+":1]"; got != want {
			t.Errorf("%s: get with the cookie: %q, want %q", name, got, want)
		}
	}
}
