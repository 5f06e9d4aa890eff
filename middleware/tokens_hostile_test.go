package middleware_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/middleware/token/tokentest"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// hostile is a token that is good for nothing.
type hostile struct {
	name, text string
	formed     bool // as tokens are: the store has to be asked
}

// hostileOf makes hostile tokens of a good one, and of one of another session.
func hostileOf(t *testing.T, good, other string) []hostile {
	prefix, body := good[:4], good[4:]
	id, key := middleware.TakeApart(t, good)
	otherID, otherKey := middleware.TakeApart(t, other)
	none, noKey := sessionstore.ID{}, [middleware.SecretLen]byte{}
	var cases []hostile
	add := func(name, text string) { cases = append(cases, hostile{prefix + " " + name, text, false}) }
	formed := func(name string, id sessionstore.ID, key [middleware.SecretLen]byte) {
		cases = append(cases, hostile{prefix + " " + name, middleware.ForgeKind(prefix, id, key), true})
	}
	formed("own ID, secret of another session", id, otherKey)
	formed("ID of another session, own secret", otherID, key)
	formed("own ID, random secret", id, [middleware.SecretLen]byte([]byte(rand.Text() + rand.Text())[:middleware.SecretLen]))
	formed("random ID, own secret", sessionstore.NewID(), key)
	for bit := range 4 {
		k := key
		k[bit*10] ^= 1 << bit
		formed(fmt.Sprintf("secret with bit %d flipped", bit*80+bit), id, k)
	}
	add("all zero", middleware.ForgeKind(prefix, none, noKey))
	add("zero ID", middleware.ForgeKind(prefix, none, key))
	add("zero secret", middleware.ForgeKind(prefix, id, noKey))
	add("all A", prefix+strings.Repeat("A", len(body)))
	add("all _", prefix+strings.Repeat("_", len(body)))

	for _, p := range []string{"sjc_", "sjo_", "sjr_", "sjd_", "sjx_"} {
		if p != prefix {
			add("body under "+p, p+body)
			add("body of a "+p, prefix+middleware.ForgeKind(p, id, key)[4:])
		}
	}
	add("prefix in capitals", strings.ToUpper(prefix)+body)
	add("prefix alone", prefix)
	add("prefix twice", prefix+good)
	add("no prefix", body)
	add("half a prefix", good[1:])
	add("K for k", "\u212a"+good[1:])

	for _, n := range []int{1, 2, 4, 35, len(body) - 1} {
		add(fmt.Sprintf("%d digits short", n), good[:len(good)-n])
		add(fmt.Sprintf("%d digits long", n), good+body[:n])
	}
	add("twice", good+good)
	add("with a comma", good+","+good)
	add("with a dot", good+".")
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, body[len(body)-1])
	for i := 1; i < 16; i++ { // four bits too many
		add(fmt.Sprintf("trailing bits %d", i), good[:len(good)-1]+string(digits[last^i]))
	}
	for _, i := range []int{4, 20, 25, 26, 46, 67, 68, 69, 72} {
		add(fmt.Sprintf("digit %d changed", i), good[:i]+string(digits[strings.IndexByte(digits, good[i])^32])+good[i+1:])
	}
	for name, s := range map[string]string{
		"line feed": "\n", "return": "\r", "CRLF": "\r\n", "space": " ", "tab": "\t", "NUL": "\x00", "no-break space": "\u00a0",
		"padding": "=", "plus": "+", "slash": "/", "percent": "%41", "dot": ".",
	} {
		add(name+" at the end", good+s)
		add(name+" within", good[:40]+s+good[40:])
		add(name+" in place of the last digits", good[:len(good)-len(s)]+s)
		if s != " " && s != "\t" { // which HTTP drops
			add(name+" at the beginning", s+good)
		}
	}
	for name, s := range map[string]string{
		"quoted": `"` + good + `"`, "JSON": `{"token":"` + good + `"}`, "JWT": "e30." + body + ".", "with its scheme": "Bearer " + good,
		"hex": fmt.Sprintf("%s%x", prefix, key), "escaped": url.QueryEscape(strings.ReplaceAll(good, "_", "%5F")),
		"standard base64": prefix + strings.NewReplacer("-", "+", "_", "/").Replace(body) + "=",
		"64 KiB":          prefix + strings.Repeat(body, 1000), "4 MiB": prefix + strings.Repeat("A", 4<<20),
		"4 MiB of line feeds": good + strings.Repeat("\n", 4<<20), "not UTF-8": good[:30] + "\xff\xfe" + good[32:],
	} {
		add(name, s)
	}
	return cases
}

// answer is all that a client is told.
func answer(w *httptest.ResponseRecorder) string {
	var b bytes.Buffer
	fmt.Fprintln(&b, w.Code)
	w.Header().Write(&b)
	return b.String() + w.Body.String()
}

// long is the length from which a token is not escaped, to spare the time.
const long = 64 << 10

// formTooLarge reports whether a token makes a form larger than it may be.
func formTooLarge(text string) bool {
	return len(text) >= long || len("grant_type=refresh_token&refresh_token=")+len(url.QueryEscape(text)) > 16<<10
}

// tokenForm is a form with a token as the last field.
func tokenForm(text string, fields ...string) func(*http.Request) {
	if len(text) < long {
		return posting(append(fields, text)...)
	}
	return posted("application/x-www-form-urlencoded", fields[len(fields)-1]+"="+text)
}

// TestHostileTokens presents what is no good token wherever tokens are taken. It
// wants one answer, which is that to plain junk, no session harmed, and no
// question to the store about what is not even formed like a token.
func TestHostileTokens(t *testing.T) {
	for mode, name := range map[middleware.DPoPMode]string{middleware.DPoPOff: "bearer", middleware.DPoPOptional: "DPoP"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTokenKit(t, middleware.Config{Tokens: &middleware.TokenOptions{
				DPoP: middleware.DPoP{Mode: mode, Origin: "https://api.test"},
			}})
			private := k.replaceKeys("mine")
			shared := newES256(t)
			mine, err := token.NewKey("mine", private)
			if err != nil {
				t.Fatal(err)
			}
			other, err := token.NewKey("other", shared)
			if err != nil {
				t.Fatal(err)
			}
			if err := k.keys.Replace(mine, other); err != nil {
				t.Fatal(err)
			}
			pair, otherPair := k.login("ada"), k.login("bob")
			opaque, otherOpaque := k.opaque("ada"), k.opaque("bob")
			b, otherB := k.browser(), k.browser()
			b.mustPost("/login?user=ada")
			otherB.mustPost("/login?user=bob")
			verifier, err := token.NewVerifier(k.keys, token.VerifierOptions{Issuer: "https://issuer.test", Audience: "https://api.test"})
			if err != nil {
				t.Fatal(err)
			}
			access, err := verifier.Verify(pair.AccessToken, k.clock.Now())
			if err != nil {
				t.Fatal(err)
			}

			var cases []hostile
			ring := []tokentest.Key{{ID: "mine", Private: private}, {ID: "other", Private: shared}}
			for i, c := range tokentest.Hostile(access, ring...) {
				if mode == middleware.DPoPOff || i%16 == 0 { // to spare the time
					cases = append(cases, hostile{name: c.Name, text: c.Token})
				}
			}
			cases = append(cases, hostileOf(t, pair.RefreshToken, otherPair.RefreshToken)...)
			cases = append(cases, hostileOf(t, opaque, otherOpaque)...)
			cases = append(cases, hostileOf(t, b.cookie, otherB.cookie)...)
			if len(cases) < 80 {
				t.Fatalf("%d cases", len(cases))
			}
			schemes := []string{"Bearer ", "DPoP "}
			if mode == middleware.DPoPOff {
				schemes = append(schemes, "bEaReR ", "Bearer    ", "dpop ", "Basic ", "Bearer\t", "Token ", "")
			}
			valid := tokentest.Valid(access, ring[0])
			k.hostileSlots(cases, map[string]bool{pair.RefreshToken: true, opaque: true, b.cookie: true, valid: true}, schemes)

			k.accepted("the token that the hostile ones are made of", valid, "ada")
			for _, p := range []middleware.Tokens{pair, otherPair} {
				k.exchanged("after the hostile ones", p.RefreshToken)
			}
			if s := k.status("/checked", opaque) + k.status("/checked", otherOpaque); s != 400 {
				t.Errorf("the opaque tokens after the hostile ones: %d", s)
			}
			if b.get("/me") != "ada" || otherB.get("/me") != "bob" {
				t.Error("a hostile token logged somebody out")
			}
			if n := len(k.events(analytics.Query{Type: analytics.SessionEnded})); n != 0 {
				t.Errorf("%d sessions ended", n)
			}
			if n := len(k.events(analytics.Query{Type: analytics.CredentialUnknown})); n < 3 || n > 6 {
				t.Errorf("%d reports of an unknown credential, want one a session and minute", n)
			}
			t.Logf("%d hostile tokens", len(cases))
		})
	}
}

// slot is a place for tokens.
type slot struct {
	present func(text string) *httptest.ResponseRecorder
	arrives func(text string) string // what is left of a token on the way there
	form    bool
}

// slots returns all the places, by name.
func (k *tokenKit) slots(schemes ...string) map[string]slot {
	same := func(text string) string { return text }
	slots := map[string]slot{
		"refresh": {func(text string) *httptest.ResponseRecorder {
			return k.do("POST", "/refresh", tokenForm(text, "grant_type", "refresh_token", "refresh_token"))
		}, same, true},
		"revoke": {func(text string) *httptest.ResponseRecorder {
			return k.do("POST", "/revoke", tokenForm(text, "token"))
		}, same, true},
		"introspect": {func(text string) *httptest.ResponseRecorder {
			return k.do("POST", "/introspect", service, tokenForm(text, "token"))
		}, same, true},
		"cookie": {func(text string) *httptest.ResponseRecorder {
			return do(k.kit.srv.Config.Handler, "GET", "/me", with("Cookie", "session="+text))
		}, func(text string) string { // RFC 6265 §4.1.1, §5.2
			return strings.Trim(strings.TrimSpace(text), `"`)
		}, false},
	}
	for _, path := range []string{"/signed", "/checked"} {
		for _, scheme := range schemes {
			slots[path+" "+scheme] = slot{func(text string) *httptest.ResponseRecorder {
				return k.do("GET", path, with("Authorization", scheme+text))
			}, func(text string) string { // RFC 9110 §11.4
				_, text, _ = strings.Cut(scheme+text, " ")
				return strings.TrimLeft(text, " ")
			}, false}
		}
	}
	return slots
}

// hostileSlots presents the tokens in every place.
func (k *tokenKit) hostileSlots(cases []hostile, good map[string]bool, schemes []string) {
	const (
		form     = "400\nCache-Control: no-store\r\nContent-Type: application/json\r\nPragma: no-cache\r\n"
		tooLarge = form + "{\"error\":\"invalid_request\"}\n"
	)
	want := map[string]string{
		"revoke":     "200\nCache-Control: no-store\r\nPragma: no-cache\r\n",
		"introspect": "200\nCache-Control: no-store\r\nContent-Type: application/json\r\nPragma: no-cache\r\n{\"active\":false}\n",
		"refresh":    form + "{\"error\":\"invalid_grant\"}\n",
		"cookie":     "200\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\nVary: Cookie\r\n", // and no Set-Cookie
	}
	asked := func() int64 { return k.store.loads.Load() + k.store.applies.Load() + k.store.appends.Load() }
	for name, slot := range k.slots(schemes...) {
		junk := answer(slot.present("junk"))
		if w, fixed := want[name]; fixed && junk != w || !fixed && !strings.HasPrefix(junk, "401\n") {
			k.t.Errorf("%s: junk gets %q", name, junk)
		}
		common := !strings.HasPrefix(name, "/") || strings.HasSuffix(name, " "+schemes[0])
		for i, c := range cases {
			if !common && (len(c.text) >= long || i%8 != 0) { // to spare the time
				continue
			}
			if c.text == "" || good[slot.arrives(c.text)] {
				continue
			}
			before := asked()
			got := answer(slot.present(c.text))
			n := asked() - before
			switch {
			case slot.form && formTooLarge(c.text):
				if got != tooLarge {
					k.t.Errorf("%s, %s: %.200q", name, c.name, got)
				}
			case got != junk:
				k.t.Errorf("%s, %s: %.300q, to junk %q", name, c.name, got, junk)
			}
			if n != 0 && !c.formed {
				k.t.Errorf("%s, %s: %d questions to the store", name, c.name, n)
			}
		}
	}
}

// TestHostileHeaders presents a good token in ways in which it is not to be
// taken.
func TestHostileHeaders(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	p := k.login("ada")
	good := "Bearer " + p.AccessToken
	for name, values := range map[string][]string{
		"twice":               {good, good},
		"twice in one":        {good + ", " + good},
		"junk beside it":      {good, "Bearer junk"},
		"empty one beside it": {good, ""},
		"DPoP":                {"DPoP " + p.AccessToken},
		"Basic":               {"Basic " + p.AccessToken},
		"no scheme":           {p.AccessToken},
		"no space":            {"Bearer" + p.AccessToken},
		"tab":                 {"Bearer\t" + p.AccessToken},
		"no-break space":      {"Bearer\u00a0" + p.AccessToken},
		"colon":               {"Bearer: " + p.AccessToken},
		"quoted":              {`Bearer "` + p.AccessToken + `"`},
		"parameter":           {"Bearer token=" + p.AccessToken},
		"scheme twice":        {"Bearer Bearer " + p.AccessToken},
		"more behind it":      {good + " x"},
		"space behind it":     {good + " "},
		"a space before it":   {" " + good},
		"64 KiB of spaces":    {"Bearer " + strings.Repeat(" ", 64<<10) + p.AccessToken},
		"empty":               {""},
		"scheme alone":        {"Bearer"},
		"scheme and space":    {"Bearer "},
		"K for k":             {"\u212aearer " + p.AccessToken},
	} {
		for _, path := range []string{"/signed", "/checked"} {
			junk := answer(k.do("GET", path, bearer("junk")))
			if got := answer(k.do("GET", path, with("Authorization", values...))); got != junk {
				t.Errorf("%s, %s: %.300q", path, name, got)
			}
		}
	}
	for _, spelling := range []string{"Bearer ", "bearer ", "BEARER ", "Bearer  "} { // RFC 9110 §11.1, §11.4
		for _, path := range []string{"/signed", "/checked"} {
			if w := k.do("GET", path, with("Authorization", spelling+p.AccessToken)); w.Code != http.StatusOK {
				t.Errorf("%s, %q: %d", path, spelling, w.Code)
			}
		}
	}
	for name, o := range map[string]func(*http.Request){
		"cookie":                with("Cookie", "access_token="+p.AccessToken+"; session="+p.AccessToken+"; Authorization="+p.AccessToken),
		"proxy's authorization": with("Proxy-Authorization", good),
		"other header":          with("X-Authorization", good),
		"form":                  posting("access_token", p.AccessToken),
		"query":                 func(r *http.Request) { r.URL.RawQuery = "access_token=" + p.AccessToken },
	} {
		for _, path := range []string{"/signed", "/checked"} {
			if w := k.do("GET", path, o); w.Code != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d", path, name, w.Code)
			}
		}
	}
}

// TestNoOracle wants tokens that were good once to be answered like junk:
// expired, revoked, superseded, of an ended session.
func TestNoOracle(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	k.hears()
	expired := k.login("ada")
	k.clock.Advance(10 * time.Minute)
	rotated := k.login("ada")
	k.exchanged("first", rotated.RefreshToken)
	k.clock.Advance(time.Minute)
	revoked, superseded := k.login("ada"), k.login("ada")
	revokedOpaque, supersededOpaque := k.opaque("ada"), k.opaque("ada")
	for _, text := range []string{revoked.RefreshToken, revokedOpaque} {
		k.do("POST", "/revoke", posting("token", text))
	}
	for _, text := range []string{superseded.AccessToken, supersededOpaque} {
		k.issued(k.do("POST", "/reissue", bearer(text)))
	}
	eventually(t, "the node hears of it", func() bool { return k.status("/signed", superseded.AccessToken) == 401 })
	slots := map[string]func(string) *httptest.ResponseRecorder{
		"checked": func(s string) *httptest.ResponseRecorder { return k.do("GET", "/checked", bearer(s)) },
		"signed":  func(s string) *httptest.ResponseRecorder { return k.do("GET", "/signed", bearer(s)) },
		"introspect": func(s string) *httptest.ResponseRecorder {
			return k.do("POST", "/introspect", service, posting("token", s))
		},
		"revoke": func(s string) *httptest.ResponseRecorder { return k.do("POST", "/revoke", posting("token", s)) },
		"refresh": func(s string) *httptest.ResponseRecorder {
			return k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", s))
		},
	}
	for slot, present := range slots {
		junk := answer(present("junk"))
		for name, text := range map[string]string{
			"expired": expired.AccessToken, "revoked": revoked.AccessToken, "superseded": superseded.AccessToken,
			"revoked opaque": revokedOpaque, "superseded opaque": supersededOpaque,
			"revoked refresh": revoked.RefreshToken, "superseded refresh": superseded.RefreshToken, "spent refresh": rotated.RefreshToken,
		} {
			if got := answer(present(text)); got != junk {
				t.Errorf("%s, %s: %q, to junk %q", slot, name, got, junk)
			}
		}
	}
}
