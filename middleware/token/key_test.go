package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/middleware/token"
)

func TestNewKey(t *testing.T) {
	materials := token.Materials(t)
	for _, c := range []struct {
		name     string
		material any
		alg      token.Algorithm
		signs    bool
	}{
		{"Ed25519, private", materials[token.EdDSA], token.EdDSA, true},
		{"Ed25519, public", publicOf(t, materials[token.EdDSA]), token.EdDSA, false},
		{"P-256, private", materials[token.ES256], token.ES256, true},
		{"P-256, public", publicOf(t, materials[token.ES256]), token.ES256, false},
		{"RSA, private", materials[token.RS256], token.RS256, true},
		{"RSA, public", publicOf(t, materials[token.RS256]), token.RS256, false},
		{"secret", materials[token.HS256], token.HS256, true},
		{"secret of 32 bytes", materials[token.HS256].([]byte)[:32], token.HS256, true},
	} {
		k, err := token.NewKey("id", c.material)
		if err != nil || k.ID() != "id" || k.Algorithm() != c.alg || k.CanSign() != c.signs {
			t.Errorf("%s: %q %v %v, %v", c.name, k.ID(), k.Algorithm(), k.CanSign(), err)
		}
	}
}

func publicOf(t testing.TB, private any) any {
	t.Helper()
	switch k := private.(type) {
	case ed25519.PrivateKey:
		return k.Public()
	case *ecdsa.PrivateKey:
		return k.Public()
	case *rsa.PrivateKey:
		return k.Public()
	}
	t.Fatalf("no public part: %T", private)
	return nil
}

func TestNewKeyRefuses(t *testing.T) {
	materials := token.Materials(t)
	ed := materials[token.EdDSA].(ed25519.PrivateKey)
	ec := materials[token.ES256].(*ecdsa.PrivateKey)
	rs := materials[token.RS256].(*rsa.PrivateKey)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mixed := *ec
	mixed.PublicKey = other.PublicKey
	wrongRSA := *rs
	wrongRSA.PublicKey = rsa.PublicKey{N: new(big.Int).Add(rs.N, big.NewInt(2)), E: rs.E}
	wrongEd := append(bytes.Clone(ed[:32]), bytes.Repeat([]byte{1}, 32)...)
	pkix, err := x509.MarshalPKIXPublicKey(rs.Public())
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, ed.Public(), ed)
	if err != nil {
		t.Fatal(err)
	}
	modulus := func(bits uint) *rsa.PublicKey {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}
	}
	for name, material := range map[string]any{
		"nil":                         nil,
		"a string":                    strings.Repeat("s", 64),
		"values, not pointers":        *ec.Public().(*ecdsa.PublicKey),
		"nil P-256, private":          (*ecdsa.PrivateKey)(nil),
		"nil P-256, public":           (*ecdsa.PublicKey)(nil),
		"nil RSA, private":            (*rsa.PrivateKey)(nil),
		"nil RSA, public":             (*rsa.PublicKey)(nil),
		"empty P-256":                 &ecdsa.PublicKey{},
		"P-256 without a point":       &ecdsa.PublicKey{Curve: elliptic.P256()},
		"empty P-256, private":        &ecdsa.PrivateKey{},
		"empty RSA":                   &rsa.PublicKey{},
		"empty RSA, private":          &rsa.PrivateKey{},
		"P-384":                       p384,
		"P-384, public":               p384.Public(),
		"RSA of 2047 bits":            modulus(2047),
		"RSA of 4097 bits":            modulus(4097),
		"RSA, even":                   &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537},
		"RSA with e = 1":              &rsa.PublicKey{N: rs.N, E: 1},
		"RSA with e even":             &rsa.PublicKey{N: rs.N, E: 65536},
		"RSA with a large e":          &rsa.PublicKey{N: rs.N, E: 1<<31 + 1},
		"Ed25519, short":              ed[:63],
		"Ed25519, public, short":      ed.Public().(ed25519.PublicKey)[:31],
		"Ed25519, nil":                ed25519.PublicKey(nil),
		"Ed25519 of two keys":         ed25519.PrivateKey(wrongEd),
		"P-256 of two keys":           &mixed,
		"RSA of two keys":             &wrongRSA,
		"a secret of 31 bytes":        materials[token.HS256].([]byte)[:31],
		"a secret of nothing":         []byte{},
		"a secret of zeros":           make([]byte, 64),
		"a public key as a secret":    pkix,
		"a certificate as a secret":   certificate,
		"a PKCS1 key as a secret":     x509.MarshalPKCS1PublicKey(&rs.PublicKey),
		"a PEM as a secret":           pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}),
		"a JWK as a secret":           []byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`),
		"a P-256 signer of no family": struct{ *ecdsa.PrivateKey }{ec},
	} {
		if k, err := token.NewKey("id", material); err == nil || k != (token.Key{}) {
			t.Errorf("%s: accepted, or a key beside the error", name)
		}
	}
	for _, id := range []string{" ", "a b", "a\n", "\x00", "é", strings.Repeat("k", 65)} {
		if _, err := token.NewKey(id, ed); err == nil {
			t.Errorf("the ID %q is accepted", id)
		}
	}
	if _, err := token.NewKey("", materials[token.HS256]); err == nil {
		t.Error("a secret without an ID is accepted")
	}
	if _, err := token.NewKey(strings.Repeat("~", 64), ed); err != nil {
		t.Errorf("an ID of 64 characters is refused: %v", err)
	}
}

// TestI4KeyHides: no way of printing, logging or encoding shows any part of a
// key, also where it is in a field that fmt calls no methods on.
func TestI4KeyHides(t *testing.T) {
	for _, alg := range algorithms {
		k := keyFor(t, alg)
		ring := newKeys(t, k)
		v := newVerifier(t, ring, token.VerifierOptions{})
		hidden := struct {
			unexported token.Key
			Exported   token.Key
			List       []token.Key
			Map        map[token.Key]int
			ring       *token.Keys
			verifier   *token.Verifier
		}{k, k, []token.Key{k}, map[token.Key]int{k: 1}, ring, v}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			for _, x := range []any{k, &k, ring, v, hidden, &hidden} {
				fmt.Fprintf(&out, verb+"\n", x)
			}
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("m", slog.Any("k", k), slog.Any("s", hidden), slog.Any("r", ring))
		}
		for _, x := range []any{k, hidden, ring, v} {
			text, err := json.Marshal(x)
			if err != nil {
				t.Error(err)
			}
			out.Write(text)
		}
		if err := gob.NewEncoder(&out).Encode(k); err != nil {
			t.Log(err) // an error shows nothing either
		}
		for name, part := range partsOf(t, token.Materials(t)[alg]) {
			for _, form := range []string{
				string(part), fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), strings.Trim(fmt.Sprintf("%d", part), "[]"),
				new(big.Int).SetBytes(part).String(), base64.RawURLEncoding.EncodeToString(part), base64.StdEncoding.EncodeToString(part),
			} {
				if strings.Contains(out.String(), form) {
					t.Errorf("%s: %s is shown", alg, name)
				}
			}
		}
		if got := fmt.Sprint(k); got != "[key]" || k.String() != got || k.GoString() != got {
			t.Errorf("printed as %q", got)
		}
	}
}

// partsOf returns what must not be shown. Nine bytes of it have a base64
// that does not depend on the rest.
func partsOf(t *testing.T, material any) map[string][]byte {
	t.Helper()
	switch k := material.(type) {
	case ed25519.PrivateKey:
		return map[string][]byte{"the seed": k[:9]}
	case *ecdsa.PrivateKey:
		d, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return map[string][]byte{"the scalar": d, "the first bytes of it": d[:9]}
	case *rsa.PrivateKey:
		return map[string][]byte{"d": k.D.Bytes(), "p": k.Primes[0].Bytes(), "d, first bytes": k.D.Bytes()[:9]}
	case []byte:
		return map[string][]byte{"the secret": k[:9]}
	}
	t.Fatalf("unknown material %T", material)
	return nil
}

func TestZeroKeyIsNothing(t *testing.T) {
	for _, k := range []token.Key{{}, token.VerifyOnly()} {
		if k.ID() != "" || k.Algorithm() != "" || k.CanSign() || fmt.Sprint(k) != "[key]" {
			t.Errorf("%q %q %v %v", k.ID(), k.Algorithm(), k.CanSign(), k)
		}
	}
}

// TestKeyKeepsItsMaterial: what the caller does to the bytes afterwards changes
// nothing.
func TestKeyKeepsItsMaterial(t *testing.T) {
	for _, alg := range []token.Algorithm{token.EdDSA, token.HS256} {
		material := token.Materials(t)[alg]
		keys := newKeys(t, newKey(t, "k", material))
		before := sign(t, keys, access())
		switch m := material.(type) {
		case ed25519.PrivateKey:
			clear(m)
		case []byte:
			clear(m)
		}
		if sign(t, keys, access()) != before {
			t.Errorf("%s: the key has changed", alg)
		}
		if _, err := newVerifier(t, keys, token.VerifierOptions{}).Verify(before, now); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}
