package middleware_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

const formType = "application/x-www-form-urlencoded"

// TestTokenEndpointForms sends the endpoints what RFC 6749 §3.2 and §5.2 speak
// of, and a good deal more.
func TestTokenEndpointForms(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	good := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.RefreshToken}, "token": {p.AccessToken}}.Encode()
	type options []func(*http.Request)
	for name, c := range map[string]struct {
		options options
		status  int
		want    string // the error
	}{
		"nothing":                 {options{posting()}, 400, "invalid_request"},
		"JSON":                    {options{posted("application/json", `{"grant_type":"refresh_token","refresh_token":"`+p.RefreshToken+`","token":"`+p.AccessToken+`"}`)}, 400, "invalid_request"},
		"no content type":         {options{posted("", good)}, 400, "invalid_request"},
		"another content type":    {options{posted("text/plain", good)}, 400, "invalid_request"},
		"a broken content type":   {options{posted("application/x-www-form-urlencoded; charset", good)}, 400, "invalid_request"},
		"multipart":               {options{posted("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n"+p.AccessToken+"\r\n--x--\r\n")}, 400, "invalid_request"},
		"in the query":            {options{posting(), func(r *http.Request) { r.URL.RawQuery = good }}, 400, "invalid_request"},
		"in the query, no body":   {options{func(r *http.Request) { r.URL.RawQuery = good }}, 400, "invalid_request"},
		"twice":                   {options{posted(formType, good+"&"+good)}, 400, "invalid_request"},
		"something else twice":    {options{posted(formType, good+"&x=1&x=2")}, 400, "invalid_request"},
		"client_id twice":         {options{posted(formType, good+"&client_id=default&client_id=default")}, 400, "invalid_request"},
		"semicolons":              {options{posted(formType, strings.ReplaceAll(good, "&", ";"))}, 400, "invalid_request"},
		"broken escape":           {options{posted(formType, good+"&x=%zz")}, 400, "invalid_request"},
		"empty values":            {options{posted(formType, "grant_type=&refresh_token=&token=")}, 400, "invalid_request"},
		"no values":               {options{posted(formType, "grant_type&refresh_token&token")}, 400, "invalid_request"},
		"too large":               {options{posted(formType, good+"&x="+strings.Repeat("x", 16<<10))}, 400, "invalid_request"},
		"far too large":           {options{posted(formType, good+"&x="+strings.Repeat("x", 4<<20))}, 400, "invalid_request"},
		"too large, of no length": {options{posted(formType, good+"&x="+strings.Repeat("x", 4<<20)), func(r *http.Request) { r.ContentLength = -1 }}, 400, "invalid_request"},
		"names in capitals":       {options{posted(formType, strings.ToUpper(good))}, 400, "invalid_request"},
	} {
		for _, path := range []string{"/refresh", "/revoke", "/introspect"} {
			w := k.do("POST", path, append(c.options, service)...)
			if w.Code != c.status || strings.TrimSpace(w.Body.String()) != `{"error":"`+c.want+`"}` {
				t.Errorf("%s, %s: %d %s", path, name, w.Code, w.Body)
			}
			if ct, cc := w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"); ct != "application/json" || cc != "no-store" {
				t.Errorf("%s, %s: Content-Type %q, Cache-Control %q", path, name, ct, cc)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "post", "TRACE"} {
		for path, h := range map[string]http.Handler{
			"refresh": k.RefreshHandler(), "revoke": k.RevokeHandler(), "introspect": k.IntrospectHandler(func(*http.Request) bool { return true }),
		} {
			w := do(h, method, "/?"+good, posted(formType, good))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	k.accepted("after all that", p.AccessToken, "ada")
	// What they are to take.
	for name, c := range map[string]struct{ contentType, extra, query string }{
		"charset":           {formType + "; charset=utf-8", "", ""},
		"in capitals":       {"Application/X-WWW-Form-URLEncoded", "", ""},
		"unknown parameter": {formType, "&x=1&resource=https%3A%2F%2Fapi.test&scope=a+b", ""},
		"client_id":         {formType, "&client_id=default", ""},
		"type hint":         {formType, "&token_type_hint=whatever", ""},
		"query beside it":   {formType, "", "token=x&refresh_token=y&grant_type=z&grant_type=z&client_id=another"},
	} {
		p := k.login("ada")
		body := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {p.RefreshToken}, "token": {p.AccessToken}}.Encode() + c.extra
		for _, path := range []string{"/introspect", "/refresh", "/revoke"} {
			w := k.do("POST", path, posted(c.contentType, body), func(r *http.Request) { r.URL.RawQuery = c.query }, service)
			if w.Code != http.StatusOK || path == "/introspect" && !strings.Contains(w.Body.String(), `"active":true`) {
				t.Errorf("%s, %s: %d %s", path, name, w.Code, w.Body)
			}
		}
	}
}

// members returns the names in a JSON object.
func members(t *testing.T, w *httptest.ResponseRecorder) (names []string, m map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return slices.Sorted(maps.Keys(m)), m
}

// TestRFC6749_Refresh is about the answers of §5.1 and §5.2, and §6.
func TestRFC6749_Refresh(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.issued(k.do("POST", "/login", posting("user", "ada", "client", "app")))
	if c := claims(t, p.AccessToken)["client_id"]; c != "app" {
		t.Errorf("client_id %v", c)
	}
	for _, grant := range []string{"password", "authorization_code", "client_credentials", "refresh_token ", "Refresh_Token", "urn:ietf:params:oauth:grant-type:token-exchange"} {
		w := k.do("POST", "/refresh", posting("grant_type", grant, "refresh_token", p.RefreshToken))
		if w.Code != http.StatusBadRequest || strings.TrimSpace(w.Body.String()) != `{"error":"unsupported_grant_type"}` {
			t.Errorf("grant type %q: %d %s", grant, w.Code, w.Body)
		}
	}
	for _, client := range []string{"default", "App", "app ", "other", "app,other"} {
		w := k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", p.RefreshToken, "client_id", client))
		if w.Code != http.StatusBadRequest || strings.TrimSpace(w.Body.String()) != `{"error":"invalid_grant"}` {
			t.Errorf("client %q: %d %s", client, w.Code, w.Body)
		}
	}
	w := k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", p.RefreshToken, "client_id", "app"))
	names, m := members(t, w)
	if want := []string{"access_token", "expires_in", "refresh_token", "token_type"}; w.Code != http.StatusOK || !slices.Equal(names, want) {
		t.Errorf("%d with %q, want %q", w.Code, names, want)
	}
	if m["token_type"] != "Bearer" || m["expires_in"] != 300.0 || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v %v", m["expires_in"], w.Header())
	}
	if len(w.Result().Cookies()) > 0 || w.Header().Get("Location") != "" {
		t.Errorf("headers %v", w.Header())
	}
	if n := len(k.events(analytics.Query{Type: analytics.CredentialRotated})); n != 1 {
		t.Errorf("%d rotations", n)
	}
}

// TestRFC7009_Revoke is about §2.1 and §2.2.
func TestRFC7009_Revoke(t *testing.T) {
	for _, mode := range []middleware.DPoPMode{middleware.DPoPOff, middleware.DPoPOptional} {
		k := newDPoPKit(t, mode, nil)
		h := k.holder()
		for i, hint := range []string{"", "access_token", "refresh_token", "junk"} {
			for name, text := range map[string]string{
				"access": k.login("ada").AccessToken, "refresh": k.login("ada").RefreshToken, "opaque": k.opaque("ada"), "guest": k.opaque(""),
				"bound access": h.login("ada").AccessToken, "bound refresh": h.login("ada").RefreshToken,
			} {
				before := len(k.events(analytics.Query{Type: analytics.SessionEnded}))
				for range 2 {
					w := k.do("POST", "/revoke", posting("token", text, "token_type_hint", hint))
					if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Cache-Control") != "no-store" {
						t.Errorf("%s, hint %q: %d %q", name, hint, w.Code, w.Body)
					}
				}
				ended := k.events(analytics.Query{Type: analytics.SessionEnded})
				if len(ended) != before+1 || ended[len(ended)-1].Reason != analytics.ReasonLogout {
					t.Errorf("mode %d, %s, hint %d: %d ends", mode, name, i, len(ended)-before)
				}
			}
		}
	}
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	k.store.broken.Store(true)
	for name, text := range map[string]string{"access": p.AccessToken, "refresh": p.RefreshToken} { // §2.2.1
		w := k.do("POST", "/revoke", posting("token", text))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s while the store is out of reach: %d", name, w.Code)
		}
	}
}

// TestForgedRevocation wants nobody to end the session of somebody else, whose
// ID they know (attack 23).
func TestForgedRevocation(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	victim, attacker := k.login("ada"), k.login("eve")
	victimOpaque, attackerOpaque := k.opaque("ada"), k.opaque("eve")
	for prefix, pair := range map[string][2]string{"sjr_": {victim.RefreshToken, attacker.RefreshToken}, "sjo_": {victimOpaque, attackerOpaque}} {
		id, _ := middleware.TakeApart(t, pair[0])
		_, key := middleware.TakeApart(t, pair[1])
		forged := middleware.ForgeKind(prefix, id, key)
		k.do("POST", "/revoke", posting("token", forged))
		k.do("POST", "/logout", bearer(forged))
		k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", forged))
		k.do("POST", "/revoke", posting("token", id.String()))
	}
	k.accepted("the victim's", victim.AccessToken, "ada")
	k.exchanged("the victim's", victim.RefreshToken)
	if w := k.do("GET", "/checked", bearer(victimOpaque)); w.Body.String() != "ada" {
		t.Errorf("the victim's opaque token: %d", w.Code)
	}
	if n := len(k.events(analytics.Query{Type: analytics.SessionEnded})); n != 0 {
		t.Errorf("%d sessions ended", n)
	}
}

// TestRFC7662_Introspect is about §2.1 to §2.3.
func TestRFC7662_Introspect(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p, opaque, guest := k.issued(k.do("POST", "/login", posting("user", "ada", "client", "app"))), k.opaque("bob"), k.opaque("")
	before := k.store.loads.Load()
	for name, o := range map[string]func(*http.Request){
		"nobody":            func(*http.Request) {},
		"a wrong password":  func(r *http.Request) { r.SetBasicAuth("x", "wrong") },
		"the token's owner": bearer(p.AccessToken),
	} {
		for _, text := range []string{p.AccessToken, "junk"} {
			w := k.do("POST", "/introspect", o, posting("token", text))
			if w.Code != http.StatusUnauthorized || strings.TrimSpace(w.Body.String()) != `{"error":"invalid_client"}` || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			// RFC 6749 §5.2 wants the scheme named; RFC 7617 §2 wants Basic to have a realm.
			if got := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, `Basic realm="`) {
				t.Errorf("%s: WWW-Authenticate %q", name, got)
			}
		}
	}
	if n := k.store.loads.Load() - before; n != 0 {
		t.Errorf("%d loads for callers that are told nothing", n)
	}
	session := func(text string) string {
		id, _ := middleware.TakeApart(t, text)
		return id.String()
	}
	for name, c := range map[string]struct {
		text string
		want map[string]any
	}{
		"access": {p.AccessToken, map[string]any{
			"active": true, "client_id": "app", "token_type": "Bearer", "sub": "ada", "aud": "https://api.test", "iss": "https://issuer.test",
			"jti": claims(t, p.AccessToken)["jti"], "sid": session(p.RefreshToken), "iat": claims(t, p.AccessToken)["iat"], "exp": claims(t, p.AccessToken)["exp"],
			"auth_time": claims(t, p.AccessToken)["auth_time"], "amr": []any{"pwd"},
		}},
		"refresh": {p.RefreshToken, map[string]any{
			"active": true, "client_id": "app", "token_type": "Bearer", "sub": "ada", "sid": session(p.RefreshToken),
			"iat": float64(k.clock.Now().Unix()), "exp": float64(k.clock.Now().Add(24 * time.Hour).Unix()), "auth_time": float64(k.clock.Now().Unix()), "amr": []any{"pwd"},
		}},
		"opaque": {opaque, map[string]any{
			"active": true, "client_id": "default", "token_type": "Bearer", "sub": "bob", "sid": session(opaque),
			"iat": float64(k.clock.Now().Unix()), "exp": float64(k.clock.Now().Add(24 * time.Hour).Unix()), "auth_time": float64(k.clock.Now().Unix()), "amr": []any{"pwd"},
		}},
		"guest": {guest, map[string]any{"active": true, "client_id": "default", "token_type": "Bearer", "sid": session(guest)}},
	} {
		w := k.do("POST", "/introspect", service, posting("token", c.text))
		_, m := members(t, w)
		got, _ := json.Marshal(m)
		want, _ := json.Marshal(c.want)
		if string(got) != string(want) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	rec, err := k.store.Load(t.Context(), mustID(t, session(p.RefreshToken)))
	if err != nil || !rec.Credential.Used.IsZero() {
		t.Errorf("introspection counts as use: %v", err)
	}
	k.store.broken.Store(true)
	if w := k.do("POST", "/introspect", service, posting("token", p.AccessToken)); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "active") {
		t.Errorf("while the store is out of reach: %d %s", w.Code, w.Body) // "inactive" would be wrong
	}
}

func mustID(t *testing.T, s string) sessionstore.ID {
	t.Helper()
	id, err := sessionstore.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestExpiresInKeepsToTheSession wants no token to be said to live longer than
// its session.
func TestExpiresInKeepsToTheSession(t *testing.T) {
	k := newTokenKit(t, middleware.Config{SessionMax: 10 * time.Minute})
	for name, p := range map[string]middleware.Tokens{
		"access": k.login("ada"), "opaque": k.issued(k.do("POST", "/login/opaque", posting("user", "ada"))),
	} {
		if p.ExpiresIn > 600 {
			t.Errorf("%s: expires_in is %d, the session ends in 600", name, p.ExpiresIn)
		}
		_, m := members(t, k.do("POST", "/introspect", service, posting("token", p.AccessToken)))
		if exp, _ := m["exp"].(float64); int64(exp) > k.clock.Now().Unix()+600 {
			t.Errorf("%s: introspection says it expires %v s after its session", name, int64(exp)-k.clock.Now().Unix()-600)
		}
	}
}

// TestLoginsThatNoTokenCanTellOf wants a login that cannot be put into a token
// to be refused for what it is, and not to be left behind.
func TestLoginsThatNoTokenCanTellOf(t *testing.T) {
	for name, c := range map[string]struct {
		user string
		how  middleware.Authentication
	}{
		"line break in the user":  {"a\nb", middleware.Authentication{}},
		"user is not UTF-8":       {"a\xffb", middleware.Authentication{}},
		"control in the user":     {"a\x00b", middleware.Authentication{}},
		"replacement character":   {"a\ufffdb", middleware.Authentication{}},
		"long user":               {strings.Repeat("a", 257), middleware.Authentication{}},
		"no user":                 {"", middleware.Authentication{}},
		"line break in the ACR":   {"ada", middleware.Authentication{ACR: "a\nb"}},
		"long ACR":                {"ada", middleware.Authentication{ACR: strings.Repeat("a", 65)}},
		"17 methods":              {"ada", middleware.Authentication{AMR: slices.Repeat([]string{"pwd"}, 17)}},
		"client with a space":     {"ada", middleware.Authentication{Client: "a b"}},
		"line break in a client":  {"ada", middleware.Authentication{Client: "a\nb"}},
		"client that is too long": {"ada", middleware.Authentication{Client: strings.Repeat("a", 129)}},
	} {
		k := newTokenKit(t, middleware.Config{})
		k.route("POST /custom", k.Public, func(w http.ResponseWriter, r *http.Request) error {
			defer func() {
				if err := recover(); err != nil {
					t.Errorf("%s: panic: %v", name, err)
				}
			}()
			p, err := k.IssueTokens(r.Context(), c.user, c.how)
			return writeTokens(w, p, err)
		})
		w := k.do("POST", "/custom")
		left := len(k.events(analytics.Query{Type: analytics.LoginStarted}))
		if w.Code != http.StatusBadRequest || left != 0 {
			t.Errorf("%s: %d, and %d logins are left without anybody who holds their tokens", name, w.Code, left)
		}
		if c.user != "ada" || c.how.Client != "" {
			continue
		}
		p := k.login("ada")
		k.route("POST /prove", k.Checked, func(w http.ResponseWriter, r *http.Request) error {
			p, err := k.ReissueTokens(r.Context(), c.how)
			return writeTokens(w, p, err)
		})
		if w := k.do("POST", "/prove", bearer(p.AccessToken)); w.Code != http.StatusBadRequest {
			t.Errorf("%s, reissue: %d", name, w.Code)
		}
		if s := k.status("/checked", p.AccessToken); s != http.StatusOK {
			t.Errorf("%s: the tokens from before a reissue that failed: %d", name, s)
		}
	}
}

// TestTrackAndIssue wants what is noted in a request that issues tokens to be
// recorded once.
func TestTrackAndIssue(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	issue := func(w http.ResponseWriter, r *http.Request) error {
		if err := k.Track(r.Context(), "paired", nil); err != nil {
			return err
		}
		p, err := k.IssueTokens(r.Context(), "ada", middleware.Authentication{})
		return writeTokens(w, p, err)
	}
	k.handle("POST /pair", issue)
	k.route("POST /pair", k.Public, issue)
	k.route("POST /pair/checked", k.Checked, issue)
	k.handle("POST /first", func(_ http.ResponseWriter, r *http.Request) error {
		if err := k.Track(r.Context(), "signed up", nil); err != nil {
			return err
		}
		return k.Login(r.Context(), "eve", middleware.Authentication{})
	})
	k.browser().mustPost("/first")
	if n := len(k.events(analytics.Query{Type: analytics.ActionTaken})); n != 1 {
		t.Errorf("before the login of a new visitor: recorded %d times", n)
	}
	count := len(k.events(analytics.Query{Type: analytics.ActionTaken}))
	recorded := func(where string) {
		t.Helper()
		n := len(k.events(analytics.Query{Type: analytics.ActionTaken}))
		if n != count+1 {
			t.Errorf("%s: recorded %d times", where, n-count)
		}
		count = n
	}
	b := k.browser()
	b.mustPost("/login?user=ada")
	if res := b.mustPost("/pair"); res.Header.Get("Cache-Control") != "no-store" { // RFC 6749 §5.1
		t.Errorf("tokens with Cache-Control %q", res.Header.Get("Cache-Control"))
	}
	recorded("inside Handler")
	if b.get("/me") != "ada" {
		t.Error("the browser's session was not left alone")
	}
	w := k.do("POST", "/pair")
	if k.issued(w); w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("tokens with Cache-Control %q", w.Header().Get("Cache-Control"))
	}
	recorded("inside Public")
	k.issued(k.do("POST", "/pair/checked", bearer(k.opaque(""))))
	recorded("inside Checked")
}

// TestNoTokensConfigured wants a manager without Config.Tokens to refuse what it
// cannot serve, whatever is presented, without using it up.
func TestNoTokensConfigured(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p, opaque := k.login("ada"), k.opaque("ada")
	m, err := middleware.New(middleware.Config{Store: k.store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close(t.Context()) })
	serve := func(h http.Handler, o ...func(*http.Request)) (status int) {
		defer func() {
			if err := recover(); err != nil {
				t.Errorf("panic: %v", err)
			}
		}()
		return do(h, "POST", "/", o...).Code
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := m.IssueTokens(r.Context(), "ada", middleware.Authentication{}); err == nil {
			t.Error("IssueTokens without Tokens")
		}
	})
	if s := serve(m.Public(ok)); s != http.StatusOK {
		t.Errorf("public: %d", s)
	}
	if s := serve(m.Checked(ok), bearer(p.AccessToken)); s != http.StatusUnauthorized {
		t.Errorf("checked: %d", s)
	}
	if s := serve(m.Checked(ok), bearer(opaque)); s != http.StatusOK {
		t.Errorf("checked, opaque: %d", s)
	}
	if s := serve(m.Signed(ok), bearer(p.AccessToken)); s != http.StatusInternalServerError {
		t.Errorf("signed: %d", s)
	}
	if s := serve(m.RefreshHandler(), posting("grant_type", "refresh_token", "refresh_token", p.RefreshToken)); s == http.StatusOK {
		t.Errorf("refresh: %d", s)
	}
	k.clock.Advance(time.Minute)
	k.exchanged("after that", p.RefreshToken)
	if s := serve(m.RevokeHandler(), posting("token", opaque)); s != http.StatusOK {
		t.Errorf("revoke: %d", s)
	}
	if s := k.status("/checked", opaque); s != http.StatusUnauthorized {
		t.Errorf("after revocation: %d", s)
	}
}
