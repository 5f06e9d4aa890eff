package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
)

// Algorithm is a signature algorithm in the words of RFC 7518 §3.1 and RFC 8037
// §3.1. A key is good for one only (RFC 8725 §3.1; ASVS 9.1.1).
type Algorithm string

// The algorithms.
const (
	EdDSA Algorithm = "EdDSA" // Ed25519
	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256
	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256
	HS256 Algorithm = "HS256" // HMAC with SHA-256
)

// The bounds of an RSA modulus in bits. RFC 7518 §3.3 sets the lower one; the
// upper one bounds what a proof can cost that brings its own key.
const (
	minRSA = 2048
	maxRSA = 4096
)

// jwk is a public key as RFC 7517 and RFC 8037 write it. There is no field that
// could hold a private member.
type jwk struct {
	Crv string    `json:"crv,omitempty"`
	E   string    `json:"e,omitempty"`
	Kty string    `json:"kty"`
	N   string    `json:"n,omitempty"`
	X   string    `json:"x,omitempty"`
	Y   string    `json:"y,omitempty"`
	Alg Algorithm `json:"alg,omitempty"`
	Use string    `json:"use,omitempty"`
	Kid string    `json:"kid,omitempty"`
}

// newJWK returns the algorithm that a public key is for, and the members that
// RFC 7638 §3.2 and RFC 8037 §2 require, and no others.
func newJWK(public any) (Algorithm, jwk, error) {
	b64 := strict.EncodeToString
	switch k := public.(type) {
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return "", jwk{}, errors.New("not a key on Ed25519")
		}
		return EdDSA, jwk{Kty: "OKP", Crv: "Ed25519", X: b64(k)}, nil
	case *ecdsa.PublicKey:
		//nolint:staticcheck // Bytes panics where these are missing, and says nothing of it
		if k == nil || k.Curve != elliptic.P256() || k.X == nil || k.Y == nil {
			return "", jwk{}, errors.New("not a key on P-256")
		}
		point, err := k.Bytes() // 4, x and y
		if err != nil {
			return "", jwk{}, errors.New("not a point on P-256")
		}
		return ES256, jwk{Kty: "EC", Crv: "P-256", X: b64(point[1:33]), Y: b64(point[33:])}, nil
	case *rsa.PublicKey:
		if k == nil || k.N == nil || k.N.BitLen() < minRSA || k.N.BitLen() > maxRSA || k.N.Bit(0) == 0 {
			return "", jwk{}, fmt.Errorf("not an RSA key of %d to %d bits", minRSA, maxRSA)
		}
		if k.E < 3 || k.E > math.MaxInt32 || k.E%2 == 0 {
			return "", jwk{}, errors.New("an RSA key with a bad exponent")
		}
		return RS256, jwk{Kty: "RSA", N: b64(k.N.Bytes()), E: b64(big.NewInt(int64(k.E)).Bytes())}, nil
	default:
		return "", jwk{}, fmt.Errorf("no key of a kind in use: %T", public)
	}
}

// thumbprint returns the SHA-256 thumbprint of RFC 7638 §3: the hash of the
// required members in the order of their names, which is that of the fields.
func (k jwk) thumbprint() string {
	k.Alg, k.Use, k.Kid = "", "", ""
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // it consists of strings
	}
	sum := sha256.Sum256(text)
	return strict.EncodeToString(sum[:])
}

// Thumbprint returns the RFC 7638 SHA-256 thumbprint of a public key, in 43
// base64url characters.
func Thumbprint(public any) (string, error) {
	_, k, err := newJWK(public)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return k.thumbprint(), nil
}

// errPrivate: whoever sent it has given the key away.
var errPrivate = errors.New("a JWK with private members")

// public returns the key that a JWK describes, and the algorithm it is for. It
// refuses private members, and a key that says it is for something else
// (RFC 7517 §4.2 to §4.4).
func (m members) public() (Algorithm, any, error) {
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := m[name]; ok {
			return "", nil, errPrivate
		}
	}
	public, err := m.material()
	if err != nil {
		return "", nil, err
	}
	alg, _, err := newJWK(public)
	if err != nil {
		return "", nil, err
	}
	for name, want := range map[string]string{"alg": string(alg), "use": useForSigs} {
		if _, ok := m[name]; !ok {
			continue
		}
		if s, err := m.text(name); err != nil || s != want {
			return "", nil, errors.New("a JWK for another algorithm or use")
		}
	}
	if raw, ok := m["key_ops"]; ok {
		var ops []string
		if err := json.Unmarshal(raw, &ops); err != nil || !slices.Contains(ops, "verify") {
			return "", nil, errors.New("a JWK for another use")
		}
	}
	return alg, public, nil
}

// material reads the members that RFC 7518 §6 and RFC 8037 §2 require. Whether
// they make a key that is good enough is for newJWK to say.
func (m members) material() (any, error) {
	kty, err := m.text("kty")
	if err != nil {
		return nil, err
	}
	crv, _ := m.text("crv") // RSA has none
	switch {
	case kty == "OKP" && crv == "Ed25519":
		x, err := m.bytes("x", ed25519.PublicKeySize)
		return ed25519.PublicKey(x), err
	case kty == "EC" && crv == "P-256":
		x, errX := m.bytes("x", 32)
		y, errY := m.bytes("y", 32)
		if err := errors.Join(errX, errY); err != nil {
			return nil, err
		}
		k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			return nil, errors.New("not a point on P-256")
		}
		return k, nil
	case kty == "RSA":
		n, errN := m.bytes("n", 0)
		e, errE := m.bytes("e", 0)
		if err := errors.Join(errN, errE); err != nil {
			return nil, err
		}
		// One number has one spelling (RFC 7518 §6.3.1.1).
		if n[0] == 0 || e[0] == 0 || len(e) > 4 {
			return nil, errors.New("n or e has leading zeros, or e is too long")
		}
		exponent := new(big.Int).SetBytes(e).Int64()
		if exponent > math.MaxInt32 {
			return nil, errors.New("an RSA key with a bad exponent")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)}, nil
	}
	return nil, errors.New("a JWK of another kind")
}

// bytes returns a member that must be base64url of so many bytes; 0 for any.
func (m members) bytes(name string, size int) ([]byte, error) {
	s, err := m.text(name)
	if err != nil {
		return nil, err
	}
	b, err := decode(s)
	if err != nil || len(b) == 0 || size > 0 && len(b) != size {
		return nil, fmt.Errorf("%s is malformed", name)
	}
	return b, nil
}
