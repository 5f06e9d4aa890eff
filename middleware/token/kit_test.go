package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

var algorithms = []token.Algorithm{token.EdDSA, token.ES256, token.RS256, token.HS256}

const (
	issuer   = "https://shop.example"
	audience = "https://api.shop.example"
	session  = "AAECAwQFBgcICQoLDA0ODw"
)

// issued is when the tokens of these tests are signed, now when they are
// verified.
var (
	issued = time.Date(2026, 8, 23, 12, 0, 0, 0, time.UTC)
	now    = issued.Add(time.Minute)
)

// access returns claims that are valid at the time now.
func access() token.Access {
	return token.Access{
		Issuer: issuer, Subject: "ada", Audience: audience, ClientID: "app", ID: "8d9Zq3b1", Session: session, Epoch: 3,
		IssuedAt: issued, Expires: issued.Add(15 * time.Minute),
		Authenticated: issued.Add(-time.Hour), ACR: "aal2", AMR: []string{"pwd", "otp"},
		KeyThumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
	}
}

func newKey(t testing.TB, id string, material any) token.Key {
	t.Helper()
	k, err := token.NewKey(id, material)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keyFor returns the key of an RFC for an algorithm, under the name of it.
func keyFor(t testing.TB, alg token.Algorithm) token.Key {
	t.Helper()
	return newKey(t, strings.ToLower(string(alg)), token.Materials(t)[alg])
}

func newKeys(t testing.TB, signing token.Key, also ...token.Key) *token.Keys {
	t.Helper()
	k, err := token.NewKeys(signing, also...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newVerifier(t testing.TB, keys *token.Keys, o token.VerifierOptions) *token.Verifier {
	t.Helper()
	o.Issuer, o.Audience = issuer, audience
	v, err := token.NewVerifier(keys, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sign(t testing.TB, keys *token.Keys, a token.Access) string {
	t.Helper()
	raw, err := keys.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
