package token_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/middleware/token/tokentest"
)

// TestHostile: every hostile token is refused, with an empty cache and with the
// valid token in it, twice, and with an answer that says nothing of what was
// sent. The valid token beside them is accepted. J1 to J9 of the checklist.
func TestHostile(t *testing.T) {
	materials := token.Materials(t)
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			keys := []tokentest.Key{{ID: "Current", Private: materials[alg]}}
			ring := []token.Key{newKey(t, "Current", materials[alg])}
			for other, material := range materials {
				if alg != token.HS256 && other != token.HS256 && other != alg {
					keys = append(keys, tokentest.Key{ID: string(other), Private: material})
					ring = append(ring, newKey(t, string(other), material))
				}
			}
			cold := newVerifier(t, newKeys(t, ring[0], ring[1:]...), token.VerifierOptions{CacheSize: -1})
			warm := newVerifier(t, newKeys(t, ring[0], ring[1:]...), token.VerifierOptions{})
			cases := tokentest.Hostile(access(), keys...)
			valid := tokentest.Valid(access(), keys[0])
			accept(t, cold, valid)
			accept(t, warm, valid)
			if len(cases) < 800 {
				t.Errorf("%d cases, there used to be more", len(cases))
			}
			names := map[string]bool{}
			for _, c := range cases {
				if names[c.Name] {
					t.Errorf("the name %q is used twice", c.Name)
				}
				names[c.Name] = true
				for _, v := range []*token.Verifier{cold, warm, warm} {
					a, err := v.Verify(c.Token, now)
					checkRefusal(t, c, a, err)
				}
			}
			accept(t, cold, valid)
			accept(t, warm, valid)
			if n := warm.CacheLen(); n != 1 {
				t.Errorf("%d tokens in the cache, one is valid", n)
			}
			t.Logf("%d cases", len(cases))
		})
	}
}

func accept(t *testing.T, v *token.Verifier, raw string) {
	t.Helper()
	if _, err := v.Verify(raw, now); err != nil {
		t.Fatalf("the valid token is refused: %v", err)
	}
}

func checkRefusal(t *testing.T, c tokentest.Case, a token.Access, err error) {
	t.Helper()
	if !errors.Is(err, token.ErrInvalid) {
		t.Errorf("%s: accepted, or refused by another error: %v", c.Name, err)
		return
	}
	if a.Subject != "" || a.Session != "" {
		t.Errorf("%s: refused, but with claims", c.Name)
	}
	text := err.Error()
	if !strings.HasPrefix(text, token.ErrInvalid.Error()+": ") || len(text) > 80 {
		t.Errorf("%s: the error is %q", c.Name, text)
	}
	for _, secret := range []string{"ada", "mallory", "attacker", session, issuer, audience, "8d9Zq3b1", "Current", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s: the error quotes the token: %q", c.Name, text)
		}
	}
}

// TestRefusesKeysOutsideTheRing: a token signed by a key that is good but not in
// the ring, or retired from it.
func TestRefusesKeysOutsideTheRing(t *testing.T) {
	outside := newKeys(t, keyFor(t, token.EdDSA))
	v := newVerifier(t, newKeys(t, keyFor(t, token.ES256)), token.VerifierOptions{})
	if _, err := v.Verify(sign(t, outside, access()), now); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("accepted: %v", err)
	}
}
