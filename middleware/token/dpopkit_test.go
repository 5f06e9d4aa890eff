package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The request of the tests: a protected resource, with an access token.
const (
	proofToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	proofURL   = "https://api.example.com/cart/7"
)

var (
	proofNow   = time.Unix(1_800_000_000, 0)
	proofEC    = newProofEC()
	proofRSA   = newProofRSA(2048)
	proofOther = newProofEC()
	_, proofEd = newProofEd()
)

func newProofEC() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func newProofEd() (ed25519.PublicKey, ed25519.PrivateKey) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return public, private
}

func newProofRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

// proofDraft is a proof that is not made yet, so that a test can spoil it.
type proofDraft struct {
	header, claims         map[string]any
	headerTail, claimsTail string // inside the closing brace, for duplicates
	sign                   func(text string) []byte
	after                  func(proof string) string
	fields                 func(proof string) []string
	want                   ProofRequest
	now                    time.Time
}

// newProofDraft returns a good one.
func newProofDraft(t testing.TB, key crypto.Signer) *proofDraft {
	t.Helper()
	return &proofDraft{
		header: map[string]any{"typ": "dpop+jwt", "alg": proofAlg(key), "jwk": proofJWK(t, key)},
		claims: map[string]any{
			"jti": "e1j3V_bKic8-LAEB", "htm": "POST", "htu": proofURL, "iat": proofNow.Unix(),
			"ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
		},
		sign: func(text string) []byte { return proofSignature(t, key, text) },
		want: ProofRequest{
			Method: "POST", URL: mustURL(t, proofURL+"?page=2#end"), AccessToken: proofToken, Thumbprint: mustThumbprint(t, key),
		},
		now: proofNow,
	}
}

func proofAlg(key crypto.Signer) string {
	switch key.(type) {
	case ed25519.PrivateKey:
		return "EdDSA"
	case *rsa.PrivateKey:
		return "RS256"
	default:
		return "ES256"
	}
}

// proofJWK returns the public JWK of a key as a browser exports it.
func proofJWK(t testing.TB, key crypto.Signer) map[string]any {
	t.Helper()
	b64 := strict.EncodeToString
	jwk := map[string]any{"ext": true, "key_ops": []string{"verify"}}
	switch k := key.Public().(type) {
	case ed25519.PublicKey:
		maps.Copy(jwk, map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(k)})
	case *rsa.PublicKey:
		maps.Copy(jwk, map[string]any{"kty": "RSA", "n": b64(k.N.Bytes()), "e": "AQAB"})
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := len(point) / 2
		maps.Copy(jwk, map[string]any{"kty": "EC", "crv": k.Params().Name, "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])})
	}
	return jwk
}

func proofSignature(t testing.TB, key crypto.Signer, text string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	var err error
	if k, ok := key.(*rsa.PrivateKey); ok {
		sig, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	} else {
		sig, err = signProof(key, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func (d *proofDraft) build(t testing.TB) string {
	t.Helper()
	segment := func(m map[string]any, tail string) string {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return strict.EncodeToString([]byte(strings.TrimSuffix(string(b), "}") + tail + "}"))
	}
	text := segment(d.header, d.headerTail) + "." + segment(d.claims, d.claimsTail)
	proof := text + "." + strict.EncodeToString(d.sign(text))
	if d.after != nil {
		proof = d.after(proof)
	}
	return proof
}

// verify makes the proof and has it verified.
func (d *proofDraft) verify(t testing.TB) (Proof, error) {
	t.Helper()
	proof := d.build(t)
	header := proofHeader(proof)
	if d.fields != nil {
		header = proofHeader(d.fields(proof)...)
	}
	return VerifyProof(header, d.want, d.now)
}

func proofHeader(values ...string) http.Header {
	h := http.Header{}
	for _, v := range values {
		h.Add("DPoP", v)
	}
	return h
}

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func mustThumbprint(t testing.TB, key crypto.Signer) string {
	t.Helper()
	s, err := Thumbprint(key.Public())
	if err != nil {
		return "" // a key of a kind that is refused
	}
	return s
}
