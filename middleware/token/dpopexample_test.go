package token_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// A resource server that wants DPoP proofs with its nonces, and a client that
// makes them.
func ExampleVerifyProof() {
	key := make([]byte, 32)
	rand.Read(key)
	nonces, err := token.NewNonces(key)
	if err != nil {
		panic(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	boundTo, err := token.Thumbprint(public) // cnf.jkt of the access token
	if err != nil {
		panic(err)
	}
	var seen sync.Map // in earnest: the session store, for all nodes, with a time to live

	handler := func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		w.Header().Set("DPoP-Nonce", nonces.Next(now))
		w.Header().Set("Cache-Control", "no-store")
		p, err := token.VerifyProof(r.Header, token.ProofRequest{
			Method:      r.Method,
			URL:         &url.URL{Scheme: "https", Host: "api.example.com", Path: r.URL.Path, RawPath: r.URL.RawPath},
			AccessToken: "the-access-token",
			Thumbprint:  boundTo,
			Nonces:      nonces,
		}, now)
		if err == nil {
			word, _ := p.Replay()
			if _, again := seen.LoadOrStore(word, true); again {
				err = token.ErrProof
			}
		}
		code := ""
		switch {
		case err == nil:
			return
		case errors.Is(err, token.ErrNonce):
			code = "use_dpop_nonce"
		case errors.Is(err, token.ErrBinding):
			code = "invalid_token"
		case errors.Is(err, token.ErrProof):
			code = "invalid_dpop_proof"
		default: // the request to VerifyProof is at fault, not the client
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`DPoP error=%q, algs=%q`, code, token.ProofAlgorithms))
		w.WriteHeader(http.StatusUnauthorized)
	}

	// The client sends, learns the nonce, and sends again with a new proof.
	send := func(proof string) *http.Response {
		r := httptest.NewRequest(http.MethodPost, "/cart?page=2", nil)
		r.Header.Set("DPoP", proof)
		w := httptest.NewRecorder()
		handler(w, r)
		res := w.Result()
		fmt.Printf("%d [%s]\n", res.StatusCode, res.Header.Get("WWW-Authenticate"))
		return res
	}
	nonce, proof := "", ""
	for range 2 {
		proof, err = token.NewProof(private, http.MethodPost, "https://api.example.com/cart?page=2", "the-access-token", nonce, time.Now())
		if err != nil {
			panic(err)
		}
		nonce = send(proof).Header.Get("DPoP-Nonce")
	}
	send(proof) // somebody overheard it

	// Output:
	// 401 [DPoP error="use_dpop_nonce", algs="EdDSA ES256 RS256"]
	// 200 []
	// 401 [DPoP error="invalid_dpop_proof", algs="EdDSA ES256 RS256"]
}
