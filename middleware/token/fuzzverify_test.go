package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/middleware/token/tokentest"
)

// FuzzVerify: header and claims are signed by the right key, whatever they are.
// What is accepted says what Access says, to any reader of JSON; Sign could have
// signed it; and the cache changes nothing. Without the signature nothing is
// accepted.
func FuzzVerify(f *testing.F) {
	key := newKey(f, "k", token.Materials(f)[token.HS256])
	secret := token.Materials(f)[token.HS256].([]byte)
	keys := newKeys(f, key)
	v := newVerifier(f, keys, token.VerifierOptions{CacheSize: 2})
	seed := func(raw string) {
		s := strings.Split(raw, ".")
		if len(s) < 2 || len(raw) > token.MaxToken {
			return
		}
		header, errH := base64.RawURLEncoding.DecodeString(s[0])
		claims, errC := base64.RawURLEncoding.DecodeString(s[1])
		if errH == nil && errC == nil {
			f.Add(string(header), string(claims))
		}
	}
	seed(sign(f, keys, access()))
	for _, c := range tokentest.Hostile(access(), tokentest.Key{ID: "k", Private: secret}) {
		seed(c.Token)
	}
	f.Fuzz(func(t *testing.T, header, claims string) {
		encode := base64.RawURLEncoding.EncodeToString
		message := encode([]byte(header)) + "." + encode([]byte(claims))
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(message))
		raw := message + "." + encode(mac.Sum(nil))

		a, err := v.Verify(raw, now)
		again, errAgain := v.Verify(raw, now)
		if !reflect.DeepEqual(a, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("the second time it says %+v, %v, not %+v, %v", again, errAgain, a, err)
		}
		if _, err := v.Verify(message+"."+encode(make([]byte, 32)), now); !errors.Is(err, token.ErrInvalid) {
			t.Fatalf("accepted without a signature: %v", err)
		}
		if err != nil {
			if !errors.Is(err, token.ErrInvalid) || !reflect.DeepEqual(a, token.Access{}) {
				t.Fatalf("refused with %v and %+v", err, a)
			}
			return
		}
		checkClaims(t, claims, a)
		resigned, err := keys.Sign(a)
		if err != nil {
			t.Fatalf("accepted, but cannot be signed: %v", err)
		}
		if b, err := v.Verify(resigned, now); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("signed once more it says %+v, not %+v (%v)", b, a, err)
		}
	})
}

// checkClaims compares what was accepted with what a plain reader finds.
func checkClaims(t *testing.T, claims string, a token.Access) {
	t.Helper()
	var c struct {
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
		Session string `json:"sid"`
		Epoch   int64  `json:"sj_epoch"`
		Issued  int64  `json:"iat"`
		Expires int64  `json:"exp"`
		Cnf     struct {
			JKT string `json:"jkt"`
		} `json:"cnf"`
	}
	if err := json.Unmarshal([]byte(claims), &c); err != nil {
		t.Fatalf("accepted, but encoding/json says %v", err)
	}
	if c.Issuer != issuer || c.Subject != a.Subject || c.Session != a.Session || c.Epoch != a.Epoch || c.Cnf.JKT != a.KeyThumbprint ||
		c.Issued != a.IssuedAt.Unix() || c.Expires != a.Expires.Unix() || a.Audience != audience {
		t.Fatalf("%s was read as %+v", claims, a)
	}
	if now.After(a.Expires.Add(30*time.Second)) || now.Before(a.IssuedAt.Add(-30*time.Second)) || a.Expires.Sub(a.IssuedAt) > 24*time.Hour {
		t.Fatalf("accepted at the wrong time: %+v", a)
	}
}
