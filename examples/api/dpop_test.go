package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/middleware/token"
)

// newKeys returns a key of each kind.
func newKeys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weierstrass, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"Ed25519": edwards, "P-256": weierstrass}
}

func TestBoundTokens(t *testing.T) {
	s := serve(t, "-dpop", "required")
	for name, key := range newKeys(t) {
		t.Run(name, func(t *testing.T) {
			saved, line := &saver{}, &counted{}
			c := s.as("user-"+name, notes.Config{Key: key, Save: saved.save, Base: line})
			c.want(201, "POST", "/notes", `{"text":"x"}`)
			c.want(200, "GET", "/notes", "")

			// After a restart the nonce is not known, and the access token stale.
			c = s.resume(notes.Config{Key: key, Save: saved.save, Base: line}, stale(saved.last()))
			c.want(201, "POST", "/notes", `{"text":"x"}`)
			c.want(200, "GET", "/notes", "")
			c = s.resume(notes.Config{Key: key}, saved.last())
			c.want(201, "POST", "/notes", `{"text":"x"}`)
			if got := decode[[]notes.Note](t, c.want(200, "GET", "/notes", "")); len(got) != 3 || len(saved.saved) != 2 {
				t.Errorf("%d notes, %d pairs, want 3 and 2", len(got), len(saved.saved))
			}
		})
	}
}

func TestStolenBoundTokens(t *testing.T) {
	s := serve(t, "-dpop", "required")
	keys, saved := newKeys(t), &saver{}
	c := s.as("ada", notes.Config{Key: keys["Ed25519"], Save: saved.save})
	tokens := saved.last()
	for _, path := range []string{"/notes", "/devices"} {
		s.want(401, "GET", path, tokens.Access, "")
	}
	if a := s.refresh(tokens.Refresh); a.status != http.StatusBadRequest {
		t.Errorf("refresh without a proof: status %d", a.status)
	}
	thief := s.resume(notes.Config{Key: keys["P-256"]}, tokens)
	thief.wantOver("GET", "/notes", "")
	thief = s.resume(notes.Config{Key: keys["P-256"]}, tokens)
	thief.wantOver("POST", "/notes", `{"text":"x"}`)
	c.want(201, "POST", "/notes", `{"text":"x"}`)
	if len(saved.saved) != 1 {
		t.Error("the client had to renew its tokens")
	}
}

func TestLoginWithoutKey(t *testing.T) {
	required, optional, off := serve(t, "-dpop", "required"), serve(t, "-dpop", "optional"), serve(t)
	key := newKeys(t)["P-256"]
	login := func(s *server, key crypto.Signer) error {
		_, err := notes.Login(t.Context(), notes.Config{API: s.URL, Key: key}, "ada", right)
		return err
	}
	if err := login(required, nil); err == nil || errors.Is(err, notes.ErrRefused) {
		t.Errorf("where a key is required: %v", err)
	}
	required.want(401, "POST", "/login", "", `{"user":"ada","password":"sojourn"}`)
	optional.as("ada", notes.Config{}).want(201, "POST", "/notes", `{"text":"x"}`)
	optional.as("ada", notes.Config{Key: key}).want(201, "POST", "/notes", `{"text":"x"}`)
	if login(off, key) == nil {
		t.Error("a client with a key is content with tokens that are not bound to it")
	}
}

// TestProofsAreGoodOnce sends what was overheard on the line.
func TestProofsAreGoodOnce(t *testing.T) {
	s := serve(t, "-dpop", "required")
	var heard []*http.Request
	c := s.as("ada", notes.Config{Key: newKeys(t)["Ed25519"], Base: network(func(r *http.Request) (*http.Response, error) {
		heard = append(heard, r.Clone(t.Context()))
		return http.DefaultTransport.RoundTrip(r)
	})})
	c.want(200, "GET", "/notes", "")
	c.want(200, "GET", "/devices", "")
	for _, r := range heard[len(heard)-2:] {
		if a := s.send(&http.Request{Method: r.Method, URL: r.URL, Header: r.Header}); a.status != http.StatusUnauthorized {
			t.Errorf("%s again: status %d", r.URL.Path, a.status)
		}
	}
}

// TestAnotherNonce has the client begin with a nonce of another server.
func TestAnotherNonce(t *testing.T) {
	s := serve(t, "-dpop", "required")
	nonces, err := token.NewNonces([]byte("a key of 32 bytes, of any kind..")[:32])
	if err != nil {
		t.Fatal(err)
	}
	saved, fake := &saver{}, true
	c := s.as("ada", notes.Config{Key: newKeys(t)["Ed25519"], Save: saved.save, Base: network(func(r *http.Request) (*http.Response, error) {
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && res.StatusCode == http.StatusOK && fake {
			res.Header.Set("DPoP-Nonce", nonces.Next(time.Now()))
			fake = false
		}
		return res, err
	})})
	c.want(201, "POST", "/notes", `{"text":"x"}`)
	if fake || len(saved.saved) != 1 {
		t.Errorf("%d pairs, want 1", len(saved.saved))
	}
}
