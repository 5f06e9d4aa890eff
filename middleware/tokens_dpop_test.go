package middleware_test

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

const origin = "https://api.test"

// holder is a client that holds a key.
type holder struct {
	k     *tokenKit
	key   crypto.Signer
	nonce string
}

func newDPoPKit(t *testing.T, mode middleware.DPoPMode, nonces *token.Nonces) *tokenKit {
	t.Helper()
	return newTokenKit(t, middleware.Config{Tokens: &middleware.TokenOptions{
		DPoP: middleware.DPoP{Mode: mode, Origin: origin, Nonces: nonces},
	}})
}

func (k *tokenKit) holder() *holder { return &holder{k: k, key: newES256(k.t)} }

// proof returns a proof for a request. It may be called from any goroutine.
func (h *holder) proof(method, path, access string) string {
	p, err := token.NewProof(h.key, method, origin+path, access, h.nonce, h.k.store.Now())
	if err != nil {
		h.k.t.Error(err)
	}
	return p
}

// proven makes a request with a proof, and with its token under the DPoP scheme
// unless there is none.
func (h *holder) proven(method, path, access string) func(*http.Request) {
	p := h.proof(method, path, access)
	return func(r *http.Request) {
		r.Header.Set("DPoP", p)
		if access != "" {
			r.Header.Set("Authorization", "DPoP "+access)
		}
	}
}

func (h *holder) login(user string) middleware.Tokens {
	h.k.t.Helper()
	return h.k.issued(h.k.do("POST", "/login", h.proven("POST", "/login", ""), posting("user", user)))
}

func (h *holder) get(path, access string) *httptest.ResponseRecorder {
	return h.k.do("GET", path, h.proven("GET", path, access))
}

func (h *holder) exchange(refresh string) (int, middleware.Tokens, string) {
	return h.k.exchange(refresh, h.proven("POST", "/refresh", ""))
}

func TestDPoP(t *testing.T) {
	for mode, name := range map[middleware.DPoPMode]string{middleware.DPoPOptional: "optional", middleware.DPoPRequired: "required"} {
		t.Run(name, func(t *testing.T) {
			k := newDPoPKit(t, mode, nil)
			h, other := k.holder(), k.holder()
			p := h.login("ada")
			if p.TokenType != "DPoP" || p.RefreshToken == "" {
				t.Fatalf("token type %q", p.TokenType)
			}
			thumbprint, err := token.Thumbprint(h.key.Public())
			if err != nil {
				t.Fatal(err)
			}
			if cnf, _ := claims(t, p.AccessToken)["cnf"].(map[string]any); cnf["jkt"] != thumbprint {
				t.Errorf("cnf: %v", cnf)
			}
			w := k.do("POST", "/introspect", service, posting("token", p.AccessToken))
			if !strings.Contains(w.Body.String(), `"token_type":"DPoP"`) || !strings.Contains(w.Body.String(), `"cnf":{"jkt":"`+thumbprint+`"}`) {
				t.Errorf("introspection: %s", w.Body)
			}
			for _, path := range []string{"/signed", "/checked"} {
				for range 2 {
					if w := h.get(path, p.AccessToken); w.Code != http.StatusOK || w.Body.String() != "ada" {
						t.Errorf("%s: %d %s", path, w.Code, w.Body)
					}
				}
				if w := k.do("GET", path+"?page=2", h.proven("GET", path, p.AccessToken)); w.Code != http.StatusOK {
					t.Errorf("%s with a query: %d", path, w.Code)
				}
			}
			status, next, text := h.exchange(p.RefreshToken)
			if status != http.StatusOK || next.TokenType != "DPoP" {
				t.Fatalf("refresh: %d %s", status, text)
			}
			if w := h.get("/checked", next.AccessToken); w.Code != http.StatusOK {
				t.Errorf("after refresh: %d", w.Code)
			}
			if w := other.get("/checked", next.AccessToken); w.Code != http.StatusUnauthorized {
				t.Errorf("another key after refresh: %d", w.Code)
			}
			opaque := k.issued(k.do("POST", "/login/opaque", h.proven("POST", "/login/opaque", ""), posting("user", "ada")))
			if opaque.TokenType != "DPoP" {
				t.Errorf("opaque: token type %q", opaque.TokenType)
			}
			if w := h.get("/checked", opaque.AccessToken); w.Body.String() != "ada" {
				t.Errorf("opaque: %d", w.Code)
			}
			if s := k.status("/checked", opaque.AccessToken); s != http.StatusUnauthorized {
				t.Errorf("opaque, bound, as bearer: %d", s)
			}
			if w := other.get("/checked", opaque.AccessToken); w.Code != http.StatusUnauthorized {
				t.Errorf("opaque with another key: %d", w.Code)
			}
			reissued := k.issued(k.do("POST", "/reissue", h.proven("POST", "/reissue", next.AccessToken)))
			if w := h.get("/checked", reissued.AccessToken); w.Code != http.StatusOK || reissued.TokenType != "DPoP" {
				t.Errorf("after reissue: %d, type %q", w.Code, reissued.TokenType)
			}
			if w := h.get("/checked", next.AccessToken); w.Code != http.StatusUnauthorized {
				t.Errorf("the token before reissue: %d", w.Code)
			}
		})
	}
}

// TestDPoPRefuses negates, one by one, what a request with a bound token proves.
func TestDPoPRefuses(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h, other := k.holder(), k.holder()
	p, another := h.login("ada"), h.login("ada")
	unbound := k.login("ada")
	const (
		proof  = `DPoP error="invalid_dpop_proof", algs="EdDSA ES256 RS256"`
		access = `Bearer error="invalid_token"; DPoP error="invalid_token", algs="EdDSA ES256 RS256"`
	)
	type options []func(*http.Request)
	for _, path := range []string{"/signed", "/checked"} {
		auth := with("Authorization", "DPoP "+p.AccessToken)
		proven := func(of *holder, method, url, ath string) func(*http.Request) {
			return func(r *http.Request) { r.Header.Set("DPoP", of.proof(method, url, ath)) }
		}
		old := proven(h, "GET", path, p.AccessToken)
		stale := h.proof("GET", path, p.AccessToken)
		k.clock.Advance(61 * time.Second)
		for name, c := range map[string]struct {
			options options
			want    string
		}{
			"no proof":                  {options{auth}, proof},
			"junk for a proof":          {options{auth, with("DPoP", "junk")}, proof},
			"two proofs":                {options{auth, with("DPoP", h.proof("GET", path, p.AccessToken), h.proof("GET", path, p.AccessToken))}, proof},
			"another key":               {options{auth, proven(other, "GET", path, p.AccessToken)}, access},
			"another path":              {options{auth, proven(h, "GET", path+"x", p.AccessToken)}, proof},
			"path with a slash":         {options{auth, proven(h, "GET", path+"/", p.AccessToken)}, proof},
			"another method":            {options{auth, proven(h, "HEAD", path, p.AccessToken)}, proof},
			"no ath":                    {options{auth, proven(h, "GET", path, "")}, proof},
			"ath of another token":      {options{auth, proven(h, "GET", path, another.AccessToken)}, proof},
			"stale":                     {options{auth, with("DPoP", stale)}, proof},
			"bound, as bearer":          {options{bearer(p.AccessToken)}, access},
			"bound, as bearer, proven":  {options{h.proven("GET", path, p.AccessToken), bearer(p.AccessToken)}, access},
			"unbound, as DPoP":          {options{with("Authorization", "DPoP "+unbound.AccessToken)}, access},
			"unbound, as DPoP, proven":  {options{h.proven("GET", path, unbound.AccessToken)}, access},
			"the access token as proof": {options{auth, with("DPoP", p.AccessToken)}, proof},
			"refresh token":             {options{with("Authorization", "DPoP "+p.RefreshToken), proven(h, "GET", path, p.RefreshToken)}, access},
		} {
			w := k.do("GET", path, c.options...)
			if got := strings.Join(w.Header()["Www-Authenticate"], "; "); w.Code != http.StatusUnauthorized || got != c.want {
				t.Errorf("%s, %s: %d %s, want %s", path, name, w.Code, got, c.want)
			}
		}
		if w := k.do("GET", path, auth, old); w.Code != http.StatusOK {
			t.Errorf("%s, made in time: %d", path, w.Code)
		}
		again := h.proven("GET", path, p.AccessToken)
		if w := k.do("GET", path, again); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
		for range 2 {
			if w := k.do("GET", path, again); w.Code != http.StatusUnauthorized || strings.Join(w.Header()["Www-Authenticate"], "; ") != proof {
				t.Errorf("%s, replayed: %d %v", path, w.Code, w.Header()["Www-Authenticate"])
			}
		}
		if w := k.do("GET", path, bearer(unbound.AccessToken)); w.Code != http.StatusOK {
			t.Errorf("%s, unbound: %d", path, w.Code)
		}
	}
}

// TestDPoPRefusesRefresh does the same for the token endpoint. None of it may
// use up the refresh token, or end the session.
func TestDPoPRefusesRefresh(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h, other := k.holder(), k.holder()
	p := h.login("ada")
	used := h.proven("POST", "/refresh", "")
	h.k.exchanged("a first time", h.login("bob").RefreshToken, used)
	stale := h.proof("POST", "/refresh", "")
	k.clock.Advance(61 * time.Second)
	for name, c := range map[string]struct {
		option func(*http.Request)
		want   string
	}{
		"no proof":       {func(*http.Request) {}, "invalid_dpop_proof"},
		"junk":           {with("DPoP", "junk"), "invalid_dpop_proof"},
		"another key":    {other.proven("POST", "/refresh", ""), "invalid_grant"},
		"another path":   {h.proven("POST", "/revoke", ""), "invalid_dpop_proof"},
		"another method": {h.proven("GET", "/refresh", ""), "invalid_dpop_proof"},
		"with an ath":    {with("DPoP", h.proof("POST", "/refresh", p.AccessToken)), "invalid_dpop_proof"},
		"stale":          {with("DPoP", stale), "invalid_dpop_proof"},
		"replayed":       {used, "invalid_dpop_proof"},
	} {
		if status, _, text := k.exchange(p.RefreshToken, c.option); status != http.StatusBadRequest || strings.TrimSpace(text) != `{"error":"`+c.want+`"}` {
			t.Errorf("%s: %d %s, want %s", name, status, text, c.want)
		}
	}
	// Whatever else is wrong, a token that is not good is told what junk is told.
	id, key := middleware.TakeApart(t, p.RefreshToken)
	key[0] ^= 1
	for name, option := range map[string]func(*http.Request){
		"no proof": func(*http.Request) {}, "proof": h.proven("POST", "/refresh", ""), "proof of another key": other.proven("POST", "/refresh", ""),
	} {
		if status, _, text := k.exchange(middleware.ForgeKind("sjr_", id, key), option); status != http.StatusBadRequest || strings.TrimSpace(text) != `{"error":"invalid_grant"}` {
			t.Errorf("a made-up secret, %s: %d %s", name, status, text)
		}
	}
	again := h.proven("POST", "/refresh", "")
	h.k.exchanged("after all that", p.RefreshToken, again)
	if status, _, text := k.exchange(p.RefreshToken, again); status != http.StatusBadRequest || !strings.Contains(text, "invalid_dpop_proof") {
		t.Errorf("the same request again: %d %s", status, text)
	}
	if n := len(k.events(analytics.Query{Type: analytics.SessionEnded})); n != 0 {
		t.Errorf("%d sessions ended", n)
	}
}

// TestI5_BoundRefreshConverges wants clients with a key to get one successor
// too, each request with a proof of its own.
func TestI5_BoundRefreshConverges(t *testing.T) {
	onBoth(t, middleware.Config{Tokens: &middleware.TokenOptions{DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin}}},
		func(t *testing.T, n pairOfNodes) {
			on := []*holder{n.a.holder(), {k: n.b}}
			on[1].key = on[0].key
			p := on[0].login("ada")
			pairs, faults := make([]middleware.Tokens, 50), make([]string, 50)
			var wg sync.WaitGroup
			start := make(chan struct{})
			for i := range pairs {
				wg.Go(func() {
					<-start
					status, got, text := on[i%2].exchange(p.RefreshToken)
					if pairs[i] = got; status != http.StatusOK {
						faults[i] = fmt.Sprintf("%d %s", status, strings.TrimSpace(text))
					}
				})
			}
			close(start)
			wg.Wait()
			refused, successors := map[string]int{}, map[string]bool{}
			for i, fault := range faults {
				if fault != "" {
					refused[fault]++
				} else {
					successors[pairs[i].RefreshToken] = true
				}
			}
			if len(refused) > 0 || len(successors) != 1 {
				t.Errorf("%d successors; of %d refreshes at once with good proofs were refused: %v", len(successors), len(pairs), refused)
			}
		})
}

// TestI5_BoundRefreshThatRacedIsServed is one of these races, made sure of.
func TestI5_BoundRefreshThatRacedIsServed(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h := k.holder()
	p := h.login("ada")
	var faster middleware.Tokens
	race := func(c sessionstore.Change) {
		if c.Rotate != nil {
			k.store.beforeApply.Store(nil)
			_, faster, _ = h.exchange(p.RefreshToken)
		}
	}
	k.store.beforeApply.Store(&race)
	if status, got, text := h.exchange(p.RefreshToken); status != http.StatusOK || got.RefreshToken != faster.RefreshToken {
		t.Errorf("the slower of two refreshes: %d %s", status, text)
	}
}

// TestI5_BoundRefreshLater presents a refresh token again, when only the client
// can have it: as long as the successor was not used it is told that.
func TestI5_BoundRefreshLater(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h := k.holder()
	for _, after := range []time.Duration{10 * time.Second, 40 * time.Second, 10 * time.Minute, 50 * time.Minute} {
		p := h.login("ada")
		k.clock.Advance(time.Second)
		_, lost, _ := h.exchange(p.RefreshToken)
		k.clock.Advance(after)
		status, again, text := h.exchange(p.RefreshToken)
		if status != http.StatusOK || again.RefreshToken != lost.RefreshToken {
			t.Fatalf("its answer lost, %v later: %d %s", after, status, text)
		}
		if w := h.get("/checked", again.AccessToken); w.Code != http.StatusOK { // uses the successor
			t.Fatalf("with the answer: %d", w.Code)
		}
		k.flush()
		if status, third, text := h.exchange(p.RefreshToken); status != http.StatusOK || third.RefreshToken != lost.RefreshToken {
			t.Errorf("at once after its first use: %d %s", status, text)
		}
		k.clock.Advance(31 * time.Second)
		if status, _, text := h.exchange(p.RefreshToken); status != http.StatusBadRequest || !strings.Contains(text, "invalid_grant") {
			t.Errorf("after its use and the grace: %d %s", status, text)
		}
		if w := h.get("/checked", again.AccessToken); w.Code != http.StatusUnauthorized {
			t.Errorf("after theft: %d", w.Code)
		}
	}
	if n := len(k.events(analytics.Query{Type: analytics.CredentialReused})); n != 4 {
		t.Errorf("%d reports of reuse, want 4", n)
	}
	p := k.login("bob") // not bound
	_, _, _ = k.exchange(p.RefreshToken)
	k.clock.Advance(31 * time.Second)
	k.notExchanged("an unbound one after the grace, its successor not used", p.RefreshToken)
	if n := len(k.events(analytics.Query{Type: analytics.CredentialReused})); n != 5 {
		t.Errorf("%d reports of reuse, want 5", n)
	}
}

// TestDPoPOnTwoNodes wants a proof that one node has seen to be refused by the
// other, where the store is asked.
func TestDPoPOnTwoNodes(t *testing.T) {
	onBoth(t, middleware.Config{Tokens: &middleware.TokenOptions{DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin}}},
		func(t *testing.T, n pairOfNodes) {
			h := n.a.holder()
			p := h.login("ada")
			once := h.proven("GET", "/checked", p.AccessToken)
			var wg sync.WaitGroup
			var mu sync.Mutex
			count := map[int]int{}
			for i := range 40 {
				node := []*tokenKit{n.a, n.b}[i%2]
				wg.Go(func() {
					w := node.do("GET", "/checked", once)
					mu.Lock()
					defer mu.Unlock()
					count[w.Code]++
				})
			}
			wg.Wait()
			if count[200] != 1 || count[401] != 39 {
				t.Errorf("one proof forty times at once: %v", count)
			}
			login := h.proven("POST", "/login", "")
			n.a.issued(n.a.do("POST", "/login", login, posting("user", "ada")))
			if w := n.b.do("POST", "/login", login, posting("user", "ada")); w.Code != http.StatusUnauthorized {
				t.Errorf("the proof of a login again: %d", w.Code)
			}
		})
}

func TestDPoPReplayOnSignedRoutes(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPRequired, nil)
	h := k.holder()
	p := h.login("ada")
	once := h.proven("GET", "/signed", p.AccessToken)
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for range 40 {
		wg.Go(func() {
			w := k.do("GET", "/signed", once)
			mu.Lock()
			defer mu.Unlock()
			count[w.Code]++
		})
	}
	wg.Wait()
	if count[200] != 1 || count[401] != 39 {
		t.Errorf("one proof forty times at once: %v", count)
	}
}

// TestDPoPRequired wants no login without a proof.
func TestDPoPRequired(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPRequired, nil)
	h := k.holder()
	for _, path := range []string{"/login", "/login/opaque"} {
		for name, option := range map[string]func(*http.Request){
			"no proof":     func(*http.Request) {},
			"junk":         with("DPoP", "junk"),
			"another path": h.proven("POST", "/signed", ""),
			"two":          with("DPoP", h.proof("POST", path, ""), h.proof("POST", path, "")),
		} {
			w := k.do("POST", path, option, posting("user", "ada"))
			if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "access_token") {
				t.Errorf("%s, %s: %d %s", path, name, w.Code, w.Body)
			}
			// RFC 9110 §15.5.2 wants a challenge with every 401, and RFC 9449 §7.1 has
			// the one that tells a client what to do.
			if got := w.Header().Get("WWW-Authenticate"); !strings.Contains(got, "DPoP") {
				t.Errorf("%s, %s: WWW-Authenticate %q", path, name, got)
			}
		}
	}
	if n := len(k.events(analytics.Query{Type: analytics.SessionStarted})); n != 0 {
		t.Errorf("%d sessions without a proof", n)
	}
	h.login("ada")
}

// TestDPoPNonces goes from a client that has no nonce to one that has.
func TestDPoPNonces(t *testing.T) {
	nonces, err := token.NewNonces(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	k := newDPoPKit(t, middleware.DPoPRequired, nonces)
	h := k.holder()
	w := k.do("POST", "/login", h.proven("POST", "/login", ""), posting("user", "ada"))
	offered := w.Header().Get("DPoP-Nonce")
	if w.Code != http.StatusUnauthorized || offered == "" || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="use_dpop_nonce"`) {
		t.Errorf("login without a nonce: %d, DPoP-Nonce %q, WWW-Authenticate %q: a client has no way to get its first nonce",
			w.Code, offered, w.Header()["Www-Authenticate"])
		offered = nonces.Next(k.clock.Now())
	}
	h.nonce = offered
	p := h.login("ada")
	for _, path := range []string{"/signed", "/checked"} {
		// RFC 9449 §8.2: the next nonce comes before the old one is refused.
		if w := h.get(path, p.AccessToken); w.Code != http.StatusOK || w.Header().Get("DPoP-Nonce") == "" {
			t.Errorf("%s with a nonce: %d, DPoP-Nonce %q", path, w.Code, w.Header().Get("DPoP-Nonce"))
		}
	}
	for name, nonce := range map[string]string{"none": "", "another's": strings.Repeat("A", 32), "old": h.nonce} {
		if name == "old" {
			k.clock.Advance(5*time.Minute + time.Second)
			_, p, _ = (&holder{k, h.key, nonces.Next(k.clock.Now())}).exchange(p.RefreshToken)
		}
		bad := &holder{k, h.key, nonce}
		for _, path := range []string{"/signed", "/checked"} {
			w := bad.get(path, p.AccessToken)
			if got := w.Header()["Www-Authenticate"]; w.Code != http.StatusUnauthorized || len(got) != 1 || !strings.HasPrefix(got[0], `DPoP error="use_dpop_nonce"`) {
				t.Errorf("%s, nonce %s: %d %q", path, name, w.Code, got)
			}
			if w.Header().Get("Cache-Control") != "no-store" { // RFC 9449 §8.2
				t.Errorf("%s, nonce %s: Cache-Control %q", path, name, w.Header().Get("Cache-Control"))
			}
			good := &holder{k, h.key, w.Header().Get("DPoP-Nonce")}
			if w := good.get(path, p.AccessToken); w.Code != http.StatusOK {
				t.Errorf("%s with the nonce that was offered: %d", path, w.Code)
			}
		}
		w := k.do("POST", "/refresh", bad.proven("POST", "/refresh", ""), posting("grant_type", "refresh_token", "refresh_token", p.RefreshToken))
		if w.Code != http.StatusBadRequest || strings.TrimSpace(w.Body.String()) != `{"error":"use_dpop_nonce"}` || w.Header().Get("DPoP-Nonce") == "" {
			t.Errorf("refresh, nonce %s: %d %s", name, w.Code, w.Body)
		}
	}
	// With another key, or another fault, a nonce would not help.
	other := k.holder()
	if w := other.get("/checked", p.AccessToken); w.Header().Get("DPoP-Nonce") != "" {
		t.Error("a nonce is offered to another key")
	}
}

// TestBoundGuestLogsIn begins a login in the session of a guest whose token is
// bound to a key.
func TestBoundGuestLogsIn(t *testing.T) {
	for mode, name := range map[middleware.DPoPMode]string{middleware.DPoPOptional: "optional", middleware.DPoPRequired: "required"} {
		t.Run(name, func(t *testing.T) {
			k := newDPoPKit(t, mode, nil)
			h := k.holder()
			guest := k.issued(k.do("POST", "/login/opaque", h.proven("POST", "/login/opaque", "")))
			if w := k.do("POST", "/cart", h.proven("POST", "/cart", guest.AccessToken), posting("sku", "sencha")); w.Code != http.StatusOK {
				t.Fatalf("cart: %d", w.Code)
			}
			w := k.do("POST", "/login/guest", h.proven("POST", "/login/guest", guest.AccessToken), posting("user", "ada"))
			if w.Code != http.StatusOK {
				t.Fatalf("login of a guest with a bound token: %d %s", w.Code, w.Body)
			}
			p := k.issued(w)
			if body := h.get("/cart", p.AccessToken).Body.String(); p.TokenType != "DPoP" || strings.TrimSpace(body) != `{"sencha":1}` {
				t.Errorf("token type %q, cart %s", p.TokenType, body)
			}
		})
	}
}

// TestDPoPIsNotLeftOut wants a login with a proof that is not good to be refused,
// not to get tokens that are bound to nothing.
func TestDPoPIsNotLeftOut(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h := k.holder()
	for name, option := range map[string]func(*http.Request){
		"junk": with("DPoP", "junk"), "empty": with("DPoP", ""), "another path": h.proven("POST", "/signed", ""),
		"two": with("DPoP", h.proof("POST", "/login", ""), h.proof("POST", "/login", "")),
	} {
		if w := k.do("POST", "/login", option, posting("user", "ada")); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// TestDPoPSwitchedOff wants tokens that were bound once never to be taken
// without a proof, and clients to be told so in the right words.
func TestDPoPSwitchedOff(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	store, keys := sessionstore.NewMemory(sessionstore.MemoryOptions{Now: c.Now}), newKeys(t)
	before := newNode(t, store, keys, middleware.Config{Tokens: &middleware.TokenOptions{DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin}}})
	after := newNode(t, store, keys, middleware.Config{})
	h := before.holder()
	p := h.login("ada")
	for _, path := range []string{"/signed", "/checked"} {
		for name, o := range map[string]func(*http.Request){"bearer": bearer(p.AccessToken), "proven": h.proven("GET", path, p.AccessToken)} {
			if w := after.do("GET", path, o); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s, %s: %d", path, name, w.Code)
			}
		}
	}
	for name, o := range map[string]func(*http.Request){"plain": func(*http.Request) {}, "proven": h.proven("POST", "/refresh", "")} {
		if status, _, text := after.exchange(p.RefreshToken, o); status != http.StatusBadRequest || !strings.HasPrefix(text, `{"error":"invalid_`) {
			t.Errorf("refresh, %s: %d %q", name, status, text)
		}
	}
	if status, _, text := h.exchange(p.RefreshToken); status != http.StatusOK {
		t.Errorf("refresh where it is on: %d %s", status, text)
	}
}

// TestDPoPUnderAPrefix mounts the API as net/http's StripPrefix does.
func TestDPoPUnderAPrefix(t *testing.T) {
	k := newDPoPKit(t, middleware.DPoPOptional, nil)
	h := k.holder()
	p := h.login("ada")
	mounted := http.StripPrefix("/v1", k.handler())
	for _, path := range []string{"/v1/signed", "/v1/checked"} {
		if w := do(mounted, "GET", path, h.proven("GET", path, p.AccessToken)); w.Code != http.StatusOK {
			t.Errorf("%s: %d %q", path, w.Code, w.Header()["Www-Authenticate"])
		}
	}
}

// brokenMemory is a store that has run out of memory: it can be read, but
// nothing can be written (Redis: OOM, or a replica).
type brokenMemory struct{ sessionstore.Store }

func (brokenMemory) Remember(context.Context, string, time.Duration) (bool, error) {
	return false, errBroken
}

// TestI6_ProofThatCannotBeRemembered wants a proof of which nobody can say
// whether it was used before to let nobody in, also where the application goes
// on without sessions.
func TestI6_ProofThatCannotBeRemembered(t *testing.T) {
	for _, outage := range []middleware.Outage{middleware.Refuse, middleware.Continue} {
		c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
		memory, keys := sessionstore.NewMemory(sessionstore.MemoryOptions{Now: c.Now}), newKeys(t)
		cfg := middleware.Config{
			OnOutage: func(*http.Request) middleware.Outage { return outage },
			Tokens:   &middleware.TokenOptions{DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin}},
		}
		whole, broken := newNode(t, memory, keys, cfg), newNode(t, brokenMemory{memory}, keys, cfg)
		broken.route("GET /who", broken.Checked, func(_ http.ResponseWriter, r *http.Request) error {
			if a, ok := middleware.AccessOf(r.Context()); ok {
				t.Errorf("let through as %s with a proof that nobody knows to be new", a.Subject)
			}
			if _, ok := broken.Current(r.Context()); ok {
				t.Error("let through with a session")
			}
			return broken.Cart().Add(r.Context(), "sencha", 1) // does not know whether there is a session
		})
		h := whole.holder()
		p := h.login("ada")
		again := h.proven("GET", "/who", p.AccessToken)
		for range 2 {
			if w := broken.do("GET", "/who", again); w.Code != http.StatusServiceUnavailable {
				t.Errorf("outage %d: %d", outage, w.Code)
			}
		}
		if w := broken.do("POST", "/login", h.proven("POST", "/login", ""), posting("user", "ada")); w.Code != http.StatusServiceUnavailable {
			t.Errorf("login: %d", w.Code)
		}
		if w := broken.do("POST", "/refresh", h.proven("POST", "/refresh", ""), posting("grant_type", "refresh_token", "refresh_token", p.RefreshToken)); w.Code != http.StatusServiceUnavailable {
			t.Errorf("refresh: %d", w.Code)
		}
	}
}
