package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"
)

// opaqueKey is a key that cannot be read out.
type opaqueKey struct{ crypto.Signer }

func TestNewProof(t *testing.T) {
	n := testNonces(t, 1)
	ids := map[string]bool{}
	for _, key := range []crypto.Signer{proofEd, proofEC, opaqueKey{proofEd}, opaqueKey{proofEC}} {
		for _, accessToken := range []string{"", proofToken} {
			for _, nonce := range []string{"", n.Next(proofNow)} {
				// Mistakes in the padding of a number show once in 256 signatures.
				for range 40 {
					proof, err := NewProof(key, "GET", "HTTPS://api.Example.com:443?page=2#end", accessToken, nonce, proofNow)
					if err != nil {
						t.Fatal(err)
					}
					want := ProofRequest{
						Method: "GET", URL: mustURL(t, "https://api.example.com/"), AccessToken: accessToken, Thumbprint: mustThumbprint(t, key),
					}
					if nonce != "" {
						want.Nonces = n
					}
					p, err := VerifyProof(proofHeader(proof), want, proofNow)
					if err != nil || ids[p.ID] || len(p.ID) < 20 || p.Nonce != nonce || !p.IssuedAt.Equal(proofNow) {
						t.Fatalf("%+v, %v", p, err)
					}
					ids[p.ID] = true
				}
			}
		}
	}
}

func TestNewProofRefuses(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key            crypto.Signer
		method, target string
	}{
		"no key":                {nil, "GET", proofURL},
		"no method":             {proofEd, "", proofURL},
		"no URL":                {proofEd, "GET", ""},
		"relative":              {proofEd, "GET", "/cart/7"},
		"password":              {proofEd, "GET", "https://u:p@h/"},
		"dot segments":          {proofEd, "GET", "https://h/../a"},
		"not http":              {proofEd, "GET", "ftp://h/"},
		"too long":              {proofEd, "GET", "https://h/" + strings.Repeat("a", maxToken)},
		"RSA":                   {proofRSA, "GET", proofURL},
		"P-384":                 {p384, "GET", proofURL},
		"broken":                {brokenKey{proofEC.Public()}, "GET", proofURL},
		"broken EdDSA":          {brokenKey{proofEd.Public()}, "GET", proofURL},
		"no signature":          {emptyKey{proofEC.Public()}, "GET", proofURL},
		"no signature of EdDSA": {emptyKey{proofEd.Public()}, "GET", proofURL},
		"wide numbers":          {wideKey{brokenKey{proofEC.Public()}}, "GET", proofURL},
		"no point":              {emptyKey{ed25519.PublicKey{1}}, "GET", proofURL},
	} {
		if proof, err := NewProof(c.key, c.method, c.target, "", "", proofNow); err == nil || proof != "" {
			t.Errorf("%s: %s", name, proof)
		}
	}
}

var errBrokenKey = errors.New("the device is gone")

type brokenKey struct{ public crypto.PublicKey }

func (k brokenKey) Public() crypto.PublicKey { return k.public }

func (brokenKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errBrokenKey }

// wideKey makes a signature with a number of 257 bits.
type wideKey struct{ brokenKey }

func (wideKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	wide := new(big.Int).Lsh(big.NewInt(1), 256)
	return asn1.Marshal(struct{ R, S *big.Int }{big.NewInt(1), wide})
}

type emptyKey struct{ public crypto.PublicKey }

func (k emptyKey) Public() crypto.PublicKey { return k.public }

func (emptyKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, nil }

func TestProofConcurrently(t *testing.T) {
	n := testNonces(t, 1)
	want := ProofRequest{Method: "POST", URL: mustURL(t, proofURL), AccessToken: proofToken, Thumbprint: mustThumbprint(t, proofEC), Nonces: n}
	var words sync.Map
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				proof, err := NewProof(proofEC, "POST", proofURL, proofToken, n.Next(proofNow), proofNow)
				if err != nil {
					t.Error(err)
					return
				}
				p, err := VerifyProof(proofHeader(proof), want, proofNow)
				word, _ := p.Replay()
				if _, again := words.LoadOrStore(word, true); err != nil || again {
					t.Errorf("%v, again %t", err, again)
				}
			}
		})
	}
	wg.Wait()
}
