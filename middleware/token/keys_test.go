package token_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// numbered returns the nth of many keys for EdDSA.
func numbered(t testing.TB, id string, n byte) token.Key {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n + 1
	return newKey(t, id, ed25519.NewKeyFromSeed(seed))
}

func TestNewKeysReportsAllFaults(t *testing.T) {
	ed, ec, hs := keyFor(t, token.EdDSA), keyFor(t, token.ES256), keyFor(t, token.HS256)
	public := newKey(t, "public", publicOf(t, token.Materials(t)[token.EdDSA]))
	many := make([]token.Key, 16)
	for i := range many {
		many[i] = numbered(t, fmt.Sprint("n", i), byte(i))
	}
	for _, c := range []struct {
		name    string
		signing token.Key
		also    []token.Key
		faults  []string
	}{
		{"a public key to sign", public, nil, []string{"no private part"}},
		{"no key to sign", token.Key{}, nil, []string{"key 1 was not made"}},
		{"no key at all", token.VerifyOnly(), nil, []string{"0 keys"}},
		{"an ID twice", ed, []token.Key{newKey(t, "eddsa", token.Materials(t)[token.ES256])}, []string{`the ID "eddsa" occurs twice`}},
		{"a key twice", ed, []token.Key{public}, []string{`the key "public" occurs twice`}},
		{"a mixture", hs, []token.Key{ec}, []string{"HS256 beside"}},
		{"another mixture", ec, []token.Key{hs}, []string{"HS256 beside"}},
		{"17 keys", ed, many, []string{"17 keys"}},
		{"VerifyOnly among the others", ed, []token.Key{token.VerifyOnly()}, []string{"key 2 was not made"}},
		{
			"everything at once", public,
			[]token.Key{hs, ed, newKey(t, "public", token.Materials(t)[token.ES256]), {}},
			[]string{"no private part", `the ID "public" occurs twice`, `the key "eddsa" occurs twice`, "HS256 beside", "key 5 was not made"},
		},
	} {
		keys, err := token.NewKeys(c.signing, c.also...)
		if err == nil || keys != nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, f := range c.faults {
			if !strings.Contains(err.Error(), f) {
				t.Errorf("%s: %q does not say %q", c.name, err, f)
			}
		}
		if n := strings.Count(err.Error(), "token: "); n != len(c.faults) {
			t.Errorf("%s: %d faults, not %d: %q", c.name, n, len(c.faults), err)
		}
	}
	for name, also := range map[string][]token.Key{"three kinds": {ec, keyFor(t, token.RS256)}, "16 keys": many[:15]} {
		if _, err := token.NewKeys(ed, also...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := token.NewKeys(hs, newKey(t, "next", []byte(strings.Repeat("next", 8)))); err != nil {
		t.Errorf("two secrets: %v", err)
	}
}

func TestReplaceKeepsTheKeysOnAnError(t *testing.T) {
	keys := newKeys(t, numbered(t, "a", 1))
	before := sign(t, keys, access())
	for name, err := range map[string]error{
		"a fault":                keys.Replace(token.Key{}),
		"an ID of another key":   keys.Replace(numbered(t, "a", 2)),
		"an ID of a retired one": keys.Replace(numbered(t, "b", 3), numbered(t, "a", 2)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if after := sign(t, keys, access()); after != before {
		t.Error("the keys have changed")
	}
	if err := keys.Replace(numbered(t, "a", 1), numbered(t, "b", 2)); err != nil {
		t.Errorf("the same key again: %v", err)
	}
}

// TestVerifyOnly: a resource server knows the public keys and signs nothing.
func TestVerifyOnly(t *testing.T) {
	raw := sign(t, newKeys(t, keyFor(t, token.ES256)), access())
	public := newKey(t, "es256", publicOf(t, token.Materials(t)[token.ES256]))
	keys := newKeys(t, token.VerifyOnly(), public)
	if _, err := newVerifier(t, keys, token.VerifierOptions{}).Verify(raw, now); err != nil {
		t.Error(err)
	}
	if _, err := keys.Sign(access()); err == nil || errors.Is(err, token.ErrInvalid) || keys.CanSign() {
		t.Errorf("signed by a public key: %v", err)
	}
	if err := keys.Replace(keyFor(t, token.ES256)); err != nil || !keys.CanSign() {
		t.Errorf("replaced by a private key: %v", err)
	}
}
