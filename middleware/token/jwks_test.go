package token_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
)

func get(t testing.TB, h http.Handler, method string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "/.well-known/jwks.json", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestI4SetShowsPublicMembersOnly: of each kind of key just the members that a
// verifier needs, and of keys for HS256 nothing.
func TestI4SetShowsPublicMembersOnly(t *testing.T) {
	want := map[token.Algorithm][]string{
		token.EdDSA: {"alg", "crv", "kid", "kty", "use", "x"},
		token.ES256: {"alg", "crv", "kid", "kty", "use", "x", "y"},
		token.RS256: {"alg", "e", "kid", "kty", "n", "use"},
	}
	for _, alg := range algorithms {
		text := get(t, newKeys(t, keyFor(t, alg)), "GET").Body.String()
		var set map[string][]map[string]string // no member is anything but a text
		if err := json.Unmarshal([]byte(text), &set); err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if len(set) != 1 || set["keys"] == nil {
			t.Errorf("%s: the set is %s", alg, text)
		}
		if alg == token.HS256 {
			if text != `{"keys":[]}` {
				t.Errorf("HS256: published %s", text)
			}
			continue
		}
		k := set["keys"][0]
		if got := slices.Sorted(maps.Keys(k)); !slices.Equal(got, want[alg]) {
			t.Errorf("%s: published with the members %v", alg, got)
		}
		if k["alg"] != string(alg) || k["use"] != "sig" || k["kid"] != strings.ToLower(string(alg)) {
			t.Errorf("%s: published as %s", alg, text)
		}
		for name := range k {
			if k[name] == "" {
				t.Errorf("%s: %s is empty", alg, name)
			}
		}
	}
}

func TestSetIsServed(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.EdDSA), keyFor(t, token.RS256))
	r := get(t, keys, "GET")
	tag := r.Header().Get("ETag")
	for name, want := range map[string]string{
		"Content-Type": "application/jwk-set+json", "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff",
	} {
		if got := r.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if text := r.Body.String(); r.Code != 200 || !strings.HasPrefix(text, `{"keys":[{`) {
		t.Errorf("GET: %d %s", r.Code, text)
	}
	if r := get(t, keys, "HEAD"); r.Code != 200 || r.Header().Get("Content-Length") == "" || r.Header().Get("ETag") != tag || r.Body.Len() > 0 {
		t.Errorf("HEAD: %d, %q", r.Code, r.Header())
	}
	if r := get(t, keys, "GET", "If-None-Match", tag); r.Code != 304 {
		t.Errorf("with the entity tag: %d", r.Code)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"} {
		if r := get(t, keys, method); r.Code != 405 || r.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, %q", method, r.Code, r.Header())
		}
	}
	if err := keys.Replace(keyFor(t, token.EdDSA)); err != nil {
		t.Fatal(err)
	}
	if r := get(t, keys, "GET", "If-None-Match", tag); r.Code != 200 || r.Header().Get("ETag") == tag {
		t.Errorf("after a rotation: %d", r.Code)
	}
}

// TestParseKeysReadsTheSet: what one server publishes another verifies with.
func TestParseKeysReadsTheSet(t *testing.T) {
	issuing := newKeys(t, keyFor(t, token.ES256), keyFor(t, token.EdDSA), keyFor(t, token.RS256))
	parsed, err := token.ParseKeys(get(t, issuing, "GET").Body.Bytes())
	if err != nil || len(parsed) != 3 {
		t.Fatalf("%d keys, %v", len(parsed), err)
	}
	v := newVerifier(t, newKeys(t, token.VerifyOnly(), parsed...), token.VerifierOptions{})
	if _, err := v.Verify(sign(t, issuing, access()), now); err != nil {
		t.Error(err)
	}
	for _, k := range parsed {
		if k.CanSign() {
			t.Error("a published key signs")
		}
	}
}

func TestParseKeysRefuses(t *testing.T) {
	const ed = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"`
	good := ed + `}`
	for name, c := range map[string]struct {
		set  string
		want int // keys; 0 is an error
	}{
		"one":                   {`{"keys":[` + good + `]}`, 1},
		"members not known":     {`{"x":1,"keys":[` + ed + `,"x5c":["a"],"exp":1}]}`, 1},
		"for verification":      {`{"keys":[` + ed + `,"key_ops":["verify"]}]}`, 1},
		"beside another kind":   {`{"keys":[{"kty":"OKP","crv":"Ed448","x":"AA","kid":"b"},{"kty":"XYZ"},` + good + `]}`, 1},
		"beside one to encrypt": {`{"keys":[{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB","kid":"b"},` + good + `]}`, 1},
		"beside one without ID": {`{"keys":[` + strings.Replace(good, `,"kid":"a"`, "", 1) + `,` + good + `]}`, 1},
		"to encrypt":            {`{"keys":[` + ed + `,"use":"enc"}]}`, 0},
		"another algorithm":     {`{"keys":[` + ed + `,"alg":"ES256"}]}`, 0},
		"to sign":               {`{"keys":[` + ed + `,"key_ops":["sign"]}]}`, 0},
		"private":               {`{"keys":[` + good + `,` + strings.Replace(ed, `"a"`, `"b"`, 1) + `,"d":"AA"}]}`, 0},
		"secret":                {`{"keys":[` + good + `,{"kty":"oct","k":"AA","kid":"b"}]}`, 0},
		"empty":                 {`{"keys":[]}`, 0},
		"null":                  {`{"keys":null}`, 0},
		"missing":               {`{}`, 0},
		"an object":             {`{"keys":{}}`, 0},
		"null in it":            {`{"keys":[null]}`, 0},
		"a name twice":          {`{"keys":[` + good + `],"keys":[]}`, 0},
		"a member twice":        {`{"keys":[` + ed + `,"kid":"b"}]}`, 0},
		"no JSON":               {`keys`, 0},
		"behind it":             {`{"keys":[` + good + `]}{}`, 0},
		"too long":              {`{"keys":[` + good + `]}` + strings.Repeat(" ", 64<<10), 0},
	} {
		keys, err := token.ParseKeys([]byte(c.set))
		if len(keys) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
}
