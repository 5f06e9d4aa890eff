package token_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// exampleKey returns a key that is the same each time. Others come from
// ed25519.GenerateKey and a secret store.
func exampleKey(id string) token.Key {
	k, err := token.NewKey(id, ed25519.NewKeyFromSeed([]byte(strings.Repeat(id, 32)[:32])))
	if err != nil {
		panic(err)
	}
	return k
}

// A rotation in three calls. Tokens signed before are valid to the end of their
// lives.
func ExampleKeys_Replace() {
	spring, summer := exampleKey("spring"), exampleKey("summer")
	keys, err := token.NewKeys(spring)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	v, err := token.NewVerifier(keys, token.VerifierOptions{Issuer: "https://shop.example", Audience: "https://api.shop.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, err := keys.Sign(token.Access{
		Issuer: "https://shop.example", Audience: "https://api.shop.example", Subject: "ada", ClientID: "app",
		ID: "1", Session: "AAECAwQFBgcICQoLDA0ODw", IssuedAt: now, Expires: now.Add(15 * time.Minute),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []func() error{
		func() error { return keys.Replace(spring, summer) }, // then wait for resource servers: 5 min
		func() error { return keys.Replace(summer, spring) }, // then wait for the last tokens of spring: 15 min 30 s
		func() error { return keys.Replace(summer) },
	} {
		if err := step(); err != nil {
			fmt.Println(err)
			return
		}
		w := httptest.NewRecorder()
		keys.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
		_, err := v.Verify(raw, now)
		fmt.Println(strings.Count(w.Body.String(), `"kid"`), "published, spring's token:", err)
	}
	// Output:
	// 2 published, spring's token: <nil>
	// 2 published, spring's token: <nil>
	// 1 published, spring's token: token: invalid: kid names no key at hand
}

// A resource server that knows the published keys and no session manager.
func ExampleVerifier_Verify() {
	issuer, err := token.NewKeys(exampleKey("spring"))
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	issuer.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
	published, err := token.ParseKeys(w.Body.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := token.NewKeys(token.VerifyOnly(), published...)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := token.NewVerifier(keys, token.VerifierOptions{Issuer: "https://shop.example", Audience: "https://api.shop.example"})
	if err != nil {
		fmt.Println(err)
		return
	}

	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	raw, err := issuer.Sign(token.Access{
		Issuer: "https://shop.example", Audience: "https://api.shop.example", Subject: "ada", ClientID: "app",
		ID: "1", Session: "AAECAwQFBgcICQoLDA0ODw", IssuedAt: now, Expires: now.Add(15 * time.Minute), AMR: []string{"pwd"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := v.Verify(raw, now.Add(time.Minute))
	fmt.Println(a.Subject, a.AMR, err)
	_, err = v.Verify(raw, now.Add(time.Hour))
	fmt.Println(err, errors.Is(err, token.ErrInvalid))
	// Output:
	// ada [pwd] <nil>
	// token: invalid: expired true
}
