package token

import (
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// hostileProofs are the twelve checks of RFC 9449 §4.3, each negated, on a proof
// that is good otherwise. The key is on P-256.
var hostileProofs = map[string]func(t *testing.T, d *proofDraft){
	// 1 and 2: one field with one well-formed JWT
	"no field":      func(_ *testing.T, d *proofDraft) { d.fields = func(string) []string { return nil } },
	"empty field":   func(_ *testing.T, d *proofDraft) { d.fields = func(string) []string { return []string{""} } },
	"two fields":    func(_ *testing.T, d *proofDraft) { d.fields = func(p string) []string { return []string{p, p} } },
	"one and empty": func(_ *testing.T, d *proofDraft) { d.fields = func(p string) []string { return []string{p, ""} } },
	"list":          func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + "," + p } },
	"list, space":   func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + ", " + p } },
	"comma":         func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + "," } },
	"scheme":        func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return "DPoP " + p } },
	"space":         func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + " " } },
	"quotes":        func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return `"` + p + `"` } },
	"two segments": func(_ *testing.T, d *proofDraft) {
		d.after = func(p string) string { return p[:strings.LastIndex(p, ".")] }
	},
	"four segments":  func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + ".AAAA" } },
	"no signature":   func(_ *testing.T, d *proofDraft) { d.sign = func(string) []byte { return nil } },
	"padding":        func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + "==" } },
	"line break":     func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p[:9] + "\n" + p[9:] } },
	"line break end": func(_ *testing.T, d *proofDraft) { d.after = func(p string) string { return p + "\n" } },
	"standard base64": func(_ *testing.T, d *proofDraft) {
		d.sign = func(string) []byte { return []byte{0xff, 0xff, 0xff} }
		d.after = func(p string) string { return strings.ReplaceAll(p, "_", "/") }
	},
	"malleable base64": func(_ *testing.T, d *proofDraft) { d.after = sloppyTwin },
	"JSON serialization": func(_ *testing.T, d *proofDraft) {
		d.after = func(p string) string {
			s := strings.Split(p, ".")
			return `{"protected":"` + s[0] + `","payload":"` + s[1] + `","signature":"` + s[2] + `"}`
		}
	},
	"too long": func(_ *testing.T, d *proofDraft) { d.claims["more"] = strings.Repeat("x", maxToken) },
	"too many dots": func(_ *testing.T, d *proofDraft) {
		d.after = func(p string) string { return p + strings.Repeat(".", 1<<20) }
	},
	"header is array": func(_ *testing.T, d *proofDraft) {
		d.after = func(p string) string { return "W10" + p[strings.Index(p, "."):] }
	},

	// 3: all required claims, of their types, once
	"no jti":        func(_ *testing.T, d *proofDraft) { delete(d.claims, "jti") },
	"no htm":        func(_ *testing.T, d *proofDraft) { delete(d.claims, "htm") },
	"no htu":        func(_ *testing.T, d *proofDraft) { delete(d.claims, "htu") },
	"no iat":        func(_ *testing.T, d *proofDraft) { delete(d.claims, "iat") },
	"no ath":        func(_ *testing.T, d *proofDraft) { delete(d.claims, "ath") },
	"jti number":    func(_ *testing.T, d *proofDraft) { d.claims["jti"] = 7 },
	"jti null":      func(_ *testing.T, d *proofDraft) { d.claims["jti"] = nil },
	"jti empty":     func(_ *testing.T, d *proofDraft) { d.claims["jti"] = "" },
	"jti long":      func(_ *testing.T, d *proofDraft) { d.claims["jti"] = strings.Repeat("j", 129) },
	"jti huge":      func(_ *testing.T, d *proofDraft) { d.claims["jti"] = strings.Repeat("j", 4096) },
	"htm array":     func(_ *testing.T, d *proofDraft) { d.claims["htm"] = []string{"POST"} },
	"htu array":     func(_ *testing.T, d *proofDraft) { d.claims["htu"] = []string{proofURL} },
	"iat string":    func(_ *testing.T, d *proofDraft) { d.claims["iat"] = "1800000000" },
	"jti twice":     func(_ *testing.T, d *proofDraft) { d.claimsTail = `,"jti":"second"` },
	"htu twice":     func(_ *testing.T, d *proofDraft) { d.claimsTail = `,"htu":"https://evil.example/"` },
	"htu and HTU":   func(_ *testing.T, d *proofDraft) { d.claimsTail = `,"HTU":"` + proofURL + `"` },
	"iat escaped":   func(_ *testing.T, d *proofDraft) { d.claimsTail = `,"i\u0061t":1800000000` },
	"claims behind": func(_ *testing.T, d *proofDraft) { d.claimsTail = `}{"a":1` },

	// 4: typ
	"no typ":         func(_ *testing.T, d *proofDraft) { delete(d.header, "typ") },
	"typ JWT":        func(_ *testing.T, d *proofDraft) { d.header["typ"] = "JWT" },
	"typ at+jwt":     func(_ *testing.T, d *proofDraft) { d.header["typ"] = "at+jwt" },
	"typ dbsc+jwt":   func(_ *testing.T, d *proofDraft) { d.header["typ"] = "dbsc+jwt" },
	"typ in capital": func(_ *testing.T, d *proofDraft) { d.header["typ"] = "DPoP+JWT" },
	"typ media type": func(_ *testing.T, d *proofDraft) { d.header["typ"] = "application/dpop+jwt" },
	"typ longer":     func(_ *testing.T, d *proofDraft) { d.header["typ"] = "dpop+jwt+wrongyousee" },
	"typ with space": func(_ *testing.T, d *proofDraft) { d.header["typ"] = "dpop+jwt " },
	"typ twice":      func(_ *testing.T, d *proofDraft) { d.headerTail = `,"typ":"at+jwt"` },
	"typ in claims":  func(_ *testing.T, d *proofDraft) { delete(d.header, "typ"); d.claims["typ"] = "dpop+jwt" },

	// 5: alg
	"no alg":     func(_ *testing.T, d *proofDraft) { delete(d.header, "alg") },
	"alg none":   func(_ *testing.T, d *proofDraft) { d.header["alg"] = "none" },
	"alg nOnE":   func(_ *testing.T, d *proofDraft) { d.header["alg"] = "nOnE" },
	"alg empty":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = "" },
	"alg es256":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = "es256" },
	"alg ES384":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = "ES384" },
	"alg ES256K": func(_ *testing.T, d *proofDraft) { d.header["alg"] = "ES256K" },
	"alg EdDSA":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = "EdDSA" },
	"alg RS256":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = "RS256" },
	"alg null":   func(_ *testing.T, d *proofDraft) { d.header["alg"] = nil },
	"alg array":  func(_ *testing.T, d *proofDraft) { d.header["alg"] = []string{"ES256"} },
	"alg twice":  func(_ *testing.T, d *proofDraft) { d.headerTail = `,"alg":"none"` },
	"none, signed": func(_ *testing.T, d *proofDraft) {
		d.header["alg"] = "none"
		d.sign = func(string) []byte { return []byte("x") }
	},
	"HS256, public key as secret": func(t *testing.T, d *proofDraft) {
		d.header["alg"] = "HS256"
		point, err := proofEC.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		d.sign = hmacOf(point)
	},
	"HS256, JWK as secret": func(t *testing.T, d *proofDraft) {
		d.header["alg"] = "HS256"
		text, err := json.Marshal(d.header["jwk"])
		if err != nil {
			t.Fatal(err)
		}
		d.sign = hmacOf(text)
	},
	"HS256, symmetric key": func(_ *testing.T, d *proofDraft) {
		d.header["alg"], d.header["jwk"] = "HS256", map[string]any{"kty": "oct", "k": "c2VjcmV0"}
		d.sign = hmacOf([]byte("secret"))
	},
	"PS256": func(t *testing.T, d *proofDraft) {
		d.header["alg"], d.header["jwk"] = "PS256", proofJWK(t, proofRSA)
		d.sign = func(text string) []byte { return proofSignature(t, proofRSA, text) }
	},

	// 6: the signature, by the key in jwk
	"another's signature": func(t *testing.T, d *proofDraft) {
		d.sign = func(text string) []byte { return proofSignature(t, proofOther, text) }
	},
	"another's key":  func(t *testing.T, d *proofDraft) { d.header["jwk"] = proofJWK(t, proofOther) },
	"Ed25519 key":    func(t *testing.T, d *proofDraft) { d.header["jwk"] = proofJWK(t, proofEd) },
	"signature bit":  func(_ *testing.T, d *proofDraft) { flipped(d, 5) },
	"signature zero": func(_ *testing.T, d *proofDraft) { d.sign = func(string) []byte { return make([]byte, 64) } },
	"signature short": func(_ *testing.T, d *proofDraft) {
		signed := d.sign
		d.sign = func(s string) []byte { return signed(s)[:63] }
	},
	"signature long": func(_ *testing.T, d *proofDraft) {
		signed := d.sign
		d.sign = func(s string) []byte { return append(signed(s), 0) }
	},
	"signature in ASN.1": func(t *testing.T, d *proofDraft) { d.sign = func(s string) []byte { return asn1Signature(t, s) } },
	"other claims": func(_ *testing.T, d *proofDraft) {
		d.after = func(p string) string { return spliced(p, "jti", "xxxxxxxxxxxxxxxx") }
	},
	"P-384":               func(t *testing.T, d *proofDraft) { otherCurve(t, d, elliptic.P384()) },
	"P-521":               func(t *testing.T, d *proofDraft) { otherCurve(t, d, elliptic.P521()) },
	"RSA of 1024 bits":    func(t *testing.T, d *proofDraft) { smallRSA(t, d) },
	"point off the curve": func(_ *testing.T, d *proofDraft) { inJWK(d, "y", strings.Repeat("A", 43)) },

	// 7: the jwk, and nothing but the jwk
	"no jwk":     func(_ *testing.T, d *proofDraft) { delete(d.header, "jwk") },
	"jwk null":   func(_ *testing.T, d *proofDraft) { d.header["jwk"] = nil },
	"jwk string": func(_ *testing.T, d *proofDraft) { d.header["jwk"] = "{}" },
	"jwk array":  func(t *testing.T, d *proofDraft) { d.header["jwk"] = []any{proofJWK(t, proofEC)} },
	"jwk set": func(t *testing.T, d *proofDraft) {
		d.header["jwk"] = map[string]any{"keys": []any{proofJWK(t, proofEC)}}
	},
	"jwk empty":         func(_ *testing.T, d *proofDraft) { d.header["jwk"] = map[string]any{} },
	"jwk twice":         func(t *testing.T, d *proofDraft) { d.headerTail = `,"jwk":{}` },
	"private key":       func(_ *testing.T, d *proofDraft) { inJWK(d, "d", "AAAA") },
	"private key, null": func(_ *testing.T, d *proofDraft) { inJWK(d, "d", nil) },
	"RSA prime":         func(_ *testing.T, d *proofDraft) { inJWK(d, "p", "AAAA") },
	"symmetric too":     func(_ *testing.T, d *proofDraft) { inJWK(d, "k", "AAAA") },
	"for encryption":    func(_ *testing.T, d *proofDraft) { inJWK(d, "use", "enc") },
	"for another alg":   func(_ *testing.T, d *proofDraft) { inJWK(d, "alg", "ES384") },
	"kid":               func(_ *testing.T, d *proofDraft) { d.header["kid"] = "../../dev/null" },
	"jku":               func(_ *testing.T, d *proofDraft) { d.header["jku"] = "https://evil.example/keys" },
	"x5u":               func(_ *testing.T, d *proofDraft) { d.header["x5u"] = "https://evil.example/cert" },
	"x5c":               func(_ *testing.T, d *proofDraft) { d.header["x5c"] = []string{"AAAA"} },
	"x5t":               func(_ *testing.T, d *proofDraft) { d.header["x5t"] = "AAAA" },
	"x5t#S256":          func(_ *testing.T, d *proofDraft) { d.header["x5t#S256"] = "AAAA" },
	"crit":              func(_ *testing.T, d *proofDraft) { d.header["crit"] = []string{"exp"}; d.header["exp"] = 1 },
	"crit empty":        func(_ *testing.T, d *proofDraft) { d.header["crit"] = []string{} },
	"b64 false":         func(_ *testing.T, d *proofDraft) { d.header["b64"] = false },
	"zip":               func(_ *testing.T, d *proofDraft) { d.header["zip"] = "DEF" },

	// 8: htm
	"htm PUT":   func(_ *testing.T, d *proofDraft) { d.claims["htm"] = "PUT" },
	"htm post":  func(_ *testing.T, d *proofDraft) { d.claims["htm"] = "post" },
	"htm POST ": func(_ *testing.T, d *proofDraft) { d.claims["htm"] = "POST " },
	"htm empty": func(_ *testing.T, d *proofDraft) { d.claims["htm"] = "" },

	// 9: htu
	"htu empty":              func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "" },
	"htu path only":          func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "/cart/7" },
	"htu longer":             func(_ *testing.T, d *proofDraft) { d.claims["htu"] = proofURL + "8" },
	"htu parent":             func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/cart" },
	"htu trailing slash":     func(_ *testing.T, d *proofDraft) { d.claims["htu"] = proofURL + "/" },
	"htu double slash":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com//cart/7" },
	"htu case of path":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/Cart/7" },
	"htu path in query":      func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/?/cart/7" },
	"htu path in fragment":   func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com#/cart/7" },
	"htu user":               func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://u:p@api.example.com/cart/7" },
	"htu host is user":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com@evil.example/cart/7" },
	"htu other host":         func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://evil.example/cart/7" },
	"htu subdomain":          func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://www.api.example.com/cart/7" },
	"htu trailing dot":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com./cart/7" },
	"htu host encoded":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://%61pi.example.com/cart/7" },
	"htu other port":         func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com:8443/cart/7" },
	"htu port of http":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com:80/cart/7" },
	"htu http":               func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "http://api.example.com/cart/7" },
	"htu http on 443":        func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "http://api.example.com:443/cart/7" },
	"htu other scheme":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "wss://api.example.com/cart/7" },
	"htu encoded slash":      func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/cart%2F7" },
	"htu dot segment":        func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/./cart/7" },
	"htu two dots":           func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/x/../cart/7" },
	"htu encoded dots":       func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com/x/%2e%2e/cart/7" },
	"htu backslash":          func(_ *testing.T, d *proofDraft) { d.claims["htu"] = "https://api.example.com\\cart\\7" },
	"htu space":              func(_ *testing.T, d *proofDraft) { d.claims["htu"] = proofURL + " " },
	"htu NUL":                func(_ *testing.T, d *proofDraft) { d.claims["htu"] = proofURL + "\x00" },
	"request with dots":      func(t *testing.T, d *proofDraft) { bothURLs(t, d, "https://api.example.com/a/../b") },
	"request with user":      func(t *testing.T, d *proofDraft) { bothURLs(t, d, "https://u@api.example.com/b") },
	"request encoded slash":  func(t *testing.T, d *proofDraft) { d.want.URL = mustURL(t, "https://api.example.com/cart%2F7") },
	"request on another URL": func(t *testing.T, d *proofDraft) { d.want.URL = mustURL(t, "https://api.example.com/logout") },

	// 11: iat
	"too old":        func(_ *testing.T, d *proofDraft) { d.now = proofNow.Add(time.Minute + time.Nanosecond) },
	"in the future":  func(_ *testing.T, d *proofDraft) { d.now = proofNow.Add(-30*time.Second - time.Nanosecond) },
	"iat float":      func(_ *testing.T, d *proofDraft) { d.claims["iat"] = json.RawMessage("1800000000.0") },
	"iat exponent":   func(_ *testing.T, d *proofDraft) { d.claims["iat"] = json.RawMessage("18e8") },
	"iat in ms":      func(_ *testing.T, d *proofDraft) { d.claims["iat"] = proofNow.UnixMilli() },
	"iat negative":   func(_ *testing.T, d *proofDraft) { d.claims["iat"] = -1800000000 },
	"iat zero":       func(_ *testing.T, d *proofDraft) { d.claims["iat"] = 0 },
	"iat huge":       func(_ *testing.T, d *proofDraft) { d.claims["iat"] = json.RawMessage("9223372036854775807") },
	"iat 2^64 later": func(_ *testing.T, d *proofDraft) { d.claims["iat"] = json.RawMessage("18446744075509551616") },
	"iat overflow":   func(_ *testing.T, d *proofDraft) { d.claims["iat"] = json.RawMessage("1" + strings.Repeat("0", 400)) },
	"iat true":       func(_ *testing.T, d *proofDraft) { d.claims["iat"] = true },
	"expired":        func(_ *testing.T, d *proofDraft) { d.claims["exp"] = proofNow.Unix() },
	"exp string":     func(_ *testing.T, d *proofDraft) { d.claims["exp"] = "1800009999" },
	"nbf negative":   func(_ *testing.T, d *proofDraft) { d.claims["nbf"] = -1 },
	"nbf huge":       func(_ *testing.T, d *proofDraft) { d.claims["nbf"] = json.RawMessage("9223372036854775807") },
	"not yet":        func(_ *testing.T, d *proofDraft) { d.claims["nbf"] = proofNow.Unix() + 31 },

	// 12: the access token
	"ath of another token": func(_ *testing.T, d *proofDraft) { d.claims["ath"] = tokenHash("other") },
	"ath padded":           func(_ *testing.T, d *proofDraft) { d.claims["ath"] = rfcTokenHash + "=" },
	"ath in hex":           func(_ *testing.T, d *proofDraft) { d.claims["ath"] = strings.Repeat("0", 64) },
	"ath standard base64":  func(_ *testing.T, d *proofDraft) { d.claims["ath"] = strings.ToUpper(rfcTokenHash) },
	"ath sloppy":           func(_ *testing.T, d *proofDraft) { d.claims["ath"] = rfcTokenHash[:42] + "p" },
	"ath empty":            func(_ *testing.T, d *proofDraft) { d.claims["ath"] = "" },
	"ath null":             func(_ *testing.T, d *proofDraft) { d.claims["ath"] = nil },
	"ath is the token":     func(_ *testing.T, d *proofDraft) { d.claims["ath"] = proofToken },
	"ath without token":    func(_ *testing.T, d *proofDraft) { d.want.AccessToken = "" },
	"other token":          func(_ *testing.T, d *proofDraft) { d.want.AccessToken = proofToken + "x" },
}

func TestProofHostile(t *testing.T) {
	for name, change := range hostileProofs {
		t.Run(name, func(t *testing.T) {
			d := newProofDraft(t, proofEC)
			if _, err := d.verify(t); err != nil {
				t.Fatalf("before it was spoiled: %v", err)
			}
			change(t, d)
			checkRefused(t, d, ErrProof)
		})
	}
}

func TestProofBinding(t *testing.T) {
	for name, thumbprint := range map[string]string{
		"another key": mustThumbprint(t, proofOther), "no key": "", "shorter": mustThumbprint(t, proofEC)[:42], "padded": mustThumbprint(t, proofEC) + "=",
	} {
		t.Run(name, func(t *testing.T) {
			d := newProofDraft(t, proofEC)
			d.want.Thumbprint = thumbprint
			checkRefused(t, d, ErrBinding)
			if thumbprint != "" { // a refresh token
				d.want.AccessToken = ""
				delete(d.claims, "ath")
				checkRefused(t, d, ErrBinding)
			}
		})
	}
}

// 10: the nonce, and that it cannot be left out (RFC 9449 §11.3).
func TestProofNonceHostile(t *testing.T) {
	n := testNonces(t, 1)
	good := n.Next(proofNow)
	for name, nonce := range map[string]any{
		"missing": nil, "empty": "", "number": 7, "array": []string{good}, "other key": testNonces(t, 2).Next(proofNow),
		"expired": n.Next(proofNow.Add(-nonceLife)), "future": n.Next(proofNow.Add(2 * nonceSlot)), "padded": good + "=", "cut": good[:31],
		"of the RFC": "eyJ7S_zG.eyJH0-Z.HX4w-7v", "two": good + " " + good,
	} {
		t.Run(name, func(t *testing.T) {
			d := newProofDraft(t, proofEC)
			d.want.Nonces = n
			if nonce != nil {
				d.claims["nonce"] = nonce
			}
			checkRefused(t, d, ErrNonce)
		})
	}
}

// checkRefused wants the error, a Proof that says nothing, and a text that
// quotes nothing of what was sent.
func checkRefused(t *testing.T, d *proofDraft, want error) {
	t.Helper()
	p, err := d.verify(t)
	if !errors.Is(err, want) || !errors.Is(err, ErrProof) || !errors.Is(err, ErrInvalid) || p != (Proof{}) {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, sentinel := range []error{ErrNonce, ErrBinding} {
		if errors.Is(err, sentinel) != errors.Is(want, sentinel) {
			t.Errorf("%v is %v", err, sentinel)
		}
	}
	sent := strings.Split(d.build(t), ".")
	for _, claims := range []map[string]any{d.header, d.claims} {
		for _, v := range claims {
			if s, ok := v.(string); ok {
				sent = append(sent, s)
			}
		}
	}
	for _, s := range append(sent, proofToken, proofURL) {
		if len(s) > 8 && s != proofType && strings.Contains(err.Error(), s) {
			t.Errorf("%v quotes %q", err, s)
		}
	}
	if len(err.Error()) > 200 {
		t.Errorf("%v", err)
	}
}
