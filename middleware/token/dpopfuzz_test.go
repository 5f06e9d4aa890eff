package token

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// FuzzProof gives VerifyProof bytes as they are, and a header and claims under a
// signature that holds, so that the checks behind it are reached too. What is
// accepted must also be so by golang-jwt, and by a plain reading of the claims.
func FuzzProof(f *testing.F) {
	key := ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, fixed"[:32]))
	const url = "https://api.example.com/cart/7"
	good, err := NewProof(key, "POST", url, proofToken, "", proofNow)
	if err != nil {
		f.Fatal(err)
	}
	parts, err := takeApart(good, proofParameters)
	if err != nil {
		f.Fatal(err)
	}
	segment, _, _ := strings.Cut(good, ".")
	header, err := decode(segment)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, header, parts.claims)
	f.Add(rfcTokenProof, []byte(`{"typ":"dpop+jwt","alg":"none","jwk":{}}`), []byte(`{"iat":1e9}`))
	f.Add("..", []byte(strings.Replace(string(header), `"typ"`, `"crit":["x"],"x":1,"typ"`, 1)), []byte(`{"jti":"a","htm":"POST","htu":"https://API.example.com:443/%63art/7?x","iat":1800000000}`))
	want := ProofRequest{Method: "POST", URL: mustURL(f, url), AccessToken: proofToken}
	if want.Thumbprint, err = Thumbprint(key.Public()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string, header, claims []byte) {
		text := strict.EncodeToString(header) + "." + strict.EncodeToString(claims)
		signed := text + "." + strict.EncodeToString(ed25519.Sign(key, []byte(text)))
		for _, raw := range []string{raw, signed} {
			p, err := VerifyProof(proofHeader(raw), want, proofNow)
			if err != nil {
				if !errors.Is(err, ErrProof) || p != (Proof{}) || len(err.Error()) > 200 {
					t.Errorf("%+v, %v", p, err)
				}
				continue
			}
			fuzzAccepted(t, ed25519.PublicKey(key[32:]), raw, p)
		}
	})
}

func fuzzAccepted(t *testing.T, key ed25519.PublicKey, raw string, p Proof) {
	t.Helper()
	claims := jwt.MapClaims{}
	parsed, err := jwt.NewParser(
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return proofNow }),
	).ParseWithClaims(raw, claims, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil || parsed.Header["typ"] != "dpop+jwt" || parsed.Header["crit"] != nil || parsed.Header["kid"] != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	text, err := json.Marshal(parsed.Header["jwk"])
	if err != nil || !strings.Contains(string(text), strict.EncodeToString(key)) || strings.Contains(string(text), `"d":`) {
		t.Errorf("%s: %s", raw, text)
	}
	htu, ok := claims["htu"].(string)
	if !ok || !strings.HasPrefix(strings.ToLower(htu), "https://api.example.com") || claims["htm"] != "POST" || claims["ath"] != tokenHash(proofToken) ||
		claims["jti"] != p.ID || p.ID == "" || claims["iat"] != float64(p.IssuedAt.Unix()) || proofNow.Sub(p.IssuedAt).Abs() > time.Minute {
		t.Errorf("%v: %+v", claims, p)
	}
	if word, keep := p.Replay(); len(word) != 22 || keep < time.Minute || len(p.Thumbprint) != 43 {
		t.Errorf("%+v", p)
	}
}
