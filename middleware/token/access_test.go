package token_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// TestSignedIsVerified: Verify returns what Sign was given, for each algorithm
// and with as little and as much as a token can say.
func TestSignedIsVerified(t *testing.T) {
	long := access()
	long.Subject, long.ClientID, long.ID, long.ACR = strings.Repeat("ä", 256), strings.Repeat("c", 512), strings.Repeat("i", 512), strings.Repeat(".", 512)
	long.AMR = slices.Repeat([]string{"pwd"}, 16)
	long.Epoch = 1<<53 - 1
	long.Expires = issued.Add(24 * time.Hour)
	for name, a := range map[string]token.Access{
		"everything":  access(),
		"the longest": long,
		"the least": {
			Issuer: issuer, Subject: "ada", Audience: audience, ClientID: "app", ID: "1", Session: session,
			IssuedAt: issued, Expires: issued.Add(2 * time.Minute),
		},
	} {
		for _, alg := range algorithms {
			keys := newKeys(t, keyFor(t, alg))
			raw := sign(t, keys, a)
			got, err := newVerifier(t, keys, token.VerifierOptions{}).Verify(raw, now)
			if err != nil || !reflect.DeepEqual(got, a) {
				t.Errorf("%s, %s: %+v, %v", name, alg, got, err)
			}
			if again := sign(t, newKeys(t, keyFor(t, alg)), a); again != raw {
				t.Errorf("%s, %s: signing twice gives two tokens", name, alg)
			}
		}
	}
}

// TestSignCutsTimes: tokens hold whole seconds, whatever zone they came in.
func TestSignCutsTimes(t *testing.T) {
	a := access()
	zone := time.FixedZone("", 3600)
	a.IssuedAt, a.Expires, a.Authenticated = a.IssuedAt.In(zone).Add(999), a.Expires.In(zone).Add(999), a.Authenticated.In(zone).Add(999)
	keys := newKeys(t, keyFor(t, token.HS256))
	if sign(t, keys, a) != sign(t, keys, access()) {
		t.Error("a fraction of a second or a zone makes another token")
	}
}

func TestSignRefuses(t *testing.T) {
	keys := newKeys(t, keyFor(t, token.HS256))
	for name, change := range map[string]func(*token.Access){
		"no issuer":          func(a *token.Access) { a.Issuer = "" },
		"no subject":         func(a *token.Access) { a.Subject = "" },
		"no audience":        func(a *token.Access) { a.Audience = "" },
		"no client":          func(a *token.Access) { a.ClientID = "" },
		"no ID":              func(a *token.Access) { a.ID = "" },
		"no session":         func(a *token.Access) { a.Session = "" },
		"session too short":  func(a *token.Access) { a.Session = a.Session[1:] },
		"session, spare bit": func(a *token.Access) { a.Session = a.Session[:21] + "x" },
		"not UTF-8":          func(a *token.Access) { a.Subject = "a\xff" },
		"replaced":           func(a *token.Access) { a.Subject = "a\ufffd" },
		"control character":  func(a *token.Access) { a.ClientID = "a\x7f" },
		"line break":         func(a *token.Access) { a.ACR = "a\nb" },
		"too long":           func(a *token.Access) { a.Subject = strings.Repeat("a", 513) },
		"empty method":       func(a *token.Access) { a.AMR = []string{""} },
		"17 methods":         func(a *token.Access) { a.AMR = slices.Repeat([]string{"pwd"}, 17) },
		"epoch below 0":      func(a *token.Access) { a.Epoch = -1 },
		"epoch too large":    func(a *token.Access) { a.Epoch = 1 << 53 },
		"no thumbprint":      func(a *token.Access) { a.KeyThumbprint = "key" },
		"no time":            func(a *token.Access) { a.IssuedAt = time.Time{} },
		"no expiry":          func(a *token.Access) { a.Expires = time.Time{} },
		"before 1970":        func(a *token.Access) { a.IssuedAt = time.Unix(-5, 0); a.Expires = time.Unix(5, 0) },
		"after 9999": func(a *token.Access) {
			a.IssuedAt = time.Date(9999, 12, 31, 23, 59, 0, 0, time.UTC)
			a.Expires = a.IssuedAt.Add(time.Hour)
		},
		"no life":               func(a *token.Access) { a.Expires = a.IssuedAt },
		"no life, cut":          func(a *token.Access) { a.Expires = a.IssuedAt.Add(999 * time.Millisecond) },
		"a life backwards":      func(a *token.Access) { a.Expires = a.IssuedAt.Add(-time.Hour) },
		"more than a day":       func(a *token.Access) { a.Expires = a.IssuedAt.Add(24*time.Hour + time.Second) },
		"authenticated later":   func(a *token.Access) { a.Authenticated = a.IssuedAt.Add(61 * time.Second) },
		"authenticated in 1960": func(a *token.Access) { a.Authenticated = time.Unix(-300_000_000, 0) },
	} {
		a := access()
		change(&a)
		raw, err := keys.Sign(a)
		if err == nil || raw != "" || errors.Is(err, token.ErrInvalid) {
			t.Errorf("%s: signed, or called an invalid token: %v", name, err)
		} else if strings.Contains(err.Error(), "ada") {
			t.Errorf("%s: the error quotes a claim: %v", name, err)
		}
	}
	// The texts may have 512 bytes each, but not all together in escapes.
	a := access()
	a.Subject, a.ClientID, a.ID, a.ACR = strings.Repeat("<", 512), strings.Repeat("<", 512), strings.Repeat("<", 512), strings.Repeat("<", 512)
	if _, err := keys.Sign(a); err == nil {
		t.Error("a token over 8 KiB is signed")
	}
}
