package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"strings"
	"testing"
)

// twinSignature returns another valid signature of ES256, which takes no key to
// make: of (r, s) it is (r, n - s).
func twinSignature(proof string) string {
	dot := strings.LastIndexByte(proof, '.')
	sig, err := decode(proof[dot+1:])
	if err != nil || len(sig) != 64 {
		panic("not a signature of ES256")
	}
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return proof[:dot+1] + strict.EncodeToString(sig)
}

func hmacOf(secret []byte) func(string) []byte {
	return func(text string) []byte {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
}

// sloppyTwin sets the bits behind the last byte of the signature, which most
// decoders skip.
func sloppyTwin(proof string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(proof) - 1
	twin := proof[:last] + alphabet[strings.IndexByte(alphabet, proof[last])|1:][:1]
	dot := strings.LastIndexByte(proof, '.')
	a, errA := base64.RawURLEncoding.DecodeString(proof[dot+1:])
	b, errB := base64.RawURLEncoding.DecodeString(twin[dot+1:])
	if errA != nil || errB != nil || string(a) != string(b) || twin == proof {
		panic("not a twin")
	}
	return twin
}

func flipped(d *proofDraft, at int) {
	signed := d.sign
	d.sign = func(text string) []byte {
		sig := signed(text)
		sig[at] ^= 1
		return sig
	}
}

// spliced returns a proof with other claims under its signature.
func spliced(proof, name, value string) string {
	s := strings.Split(proof, ".")
	b, err := decode(s[1])
	if err != nil {
		panic(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(b, &claims); err != nil {
		panic(err)
	}
	claims[name] = value
	if b, err = json.Marshal(claims); err != nil {
		panic(err)
	}
	return s[0] + "." + strict.EncodeToString(b) + "." + s[2]
}

func inJWK(d *proofDraft, name string, value any) {
	jwk, ok := d.header["jwk"].(map[string]any)
	if !ok {
		panic("no jwk")
	}
	jwk = maps.Clone(jwk)
	jwk[name] = value
	d.header["jwk"] = jwk
}

func asn1Signature(t *testing.T, text string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	sig, err := proofEC.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func otherCurve(t *testing.T, d *proofDraft, curve elliptic.Curve) {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d.header["jwk"] = proofJWK(t, k)
	d.sign = func(text string) []byte {
		sum := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		size := (curve.Params().BitSize + 7) / 8
		sig := make([]byte, 2*size)
		r.FillBytes(sig[:size])
		s.FillBytes(sig[size:])
		return sig
	}
}

func smallRSA(t *testing.T, d *proofDraft) {
	t.Helper()
	k := newProofRSA(1024)
	d.header["alg"], d.header["jwk"] = "RS256", proofJWK(t, k)
	d.sign = func(text string) []byte { return proofSignature(t, k, text) }
}

// bothURLs lets the proof and the request have the same URL.
func bothURLs(t *testing.T, d *proofDraft, s string) {
	t.Helper()
	d.claims["htu"], d.want.URL = s, mustURL(t, s)
}
