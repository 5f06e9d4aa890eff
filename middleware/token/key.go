package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const (
	maxKeyID   = 64 // bytes
	minHS256   = 32 // bytes; RFC 7518 §3.2
	redacted   = "[key]"
	probe      = "sojourn: does the private part fit the public part?"
	useForSigs = "sig" // RFC 7517 §4.2
)

// Key is a key for signatures, with an ID and with the one algorithm that it is
// good for. A Key with a private part signs and verifies, any other one only
// verifies. Printing, logging or encoding a Key gives "[key]". The zero Key is
// good for nothing.
type Key struct{ k *key }

// key does not change once it is made. What is secret is held by functions, in
// which fmt cannot look: it calls no methods on a Key in an unexported field of
// another struct, and some verbs follow the pointer then.
type key struct {
	id     string
	alg    Algorithm
	sign   func(message string) ([]byte, error) // nil without a private part
	verify func() any                           // what golang-jwt verifies with
	jwk    jwk                                  // empty for HS256: it is never published
	header string                               // the first segment of the tokens that it signs
	sum    [sha256.Size]byte                    // tells keys apart, whatever their IDs
}

// NewKey returns a key under an ID, the kid of RFC 7515 §4.1.4. The type of
// material decides the algorithm:
//
//   - ed25519.PrivateKey or ed25519.PublicKey: [EdDSA]
//   - *ecdsa.PrivateKey or *ecdsa.PublicKey on P-256: [ES256]
//   - *rsa.PrivateKey or *rsa.PublicKey of 2048 to 4096 bits: [RS256]
//   - []byte of at least 32 bytes: [HS256]
//
// Anything else is an error, a private key that does not fit its public part
// too. An ID has 1 to 64 visible ASCII characters. An empty one stands for the
// RFC 7638 thumbprint, which is a good ID; a key for HS256 has none and needs
// an ID of its own. The material must not be altered afterwards.
func NewKey(id string, material any) (Key, error) {
	k, err := newKey(material)
	if err != nil {
		return Key{}, fmt.Errorf("token: %w", err)
	}
	k.id = id
	if k.id == "" && k.alg != HS256 {
		k.id = k.jwk.thumbprint()
	}
	if !visible(k.id, maxKeyID) {
		return Key{}, fmt.Errorf("token: a key ID has 1 to %d visible ASCII characters", maxKeyID)
	}
	k.jwk.Kid = k.id
	k.header = header(k.alg, k.id)
	if k.sign == nil {
		return Key{k}, nil
	}
	// One signature checked here spares all tokens from being refused later.
	sig, err := k.sign(probe)
	if err != nil || method(k.alg).Verify(probe, sig, k.verify()) != nil {
		return Key{}, errors.New("token: the private part of the key is broken or does not fit its public part")
	}
	return Key{k}, nil
}

func newKey(material any) (*key, error) {
	k, public := &key{}, material
	switch m := material.(type) {
	case ed25519.PrivateKey:
		if len(m) != ed25519.PrivateKeySize {
			return nil, errors.New("not a key on Ed25519")
		}
		m = bytes.Clone(m)
		k.sign, public = signEdDSA(m), m.Public()
	case ed25519.PublicKey:
		public = ed25519.PublicKey(bytes.Clone(m))
	case *ecdsa.PrivateKey:
		if m == nil {
			return nil, errors.New("not a key on P-256")
		}
		k.sign, public = signES256(m), &m.PublicKey
	case *rsa.PrivateKey:
		if m == nil {
			return nil, errors.New("not an RSA key")
		}
		k.sign, public = signRS256(m), &m.PublicKey
	case []byte:
		return newHS256(m)
	}
	var err error
	if k.alg, k.jwk, err = newJWK(public); err != nil {
		return nil, err
	}
	k.verify = func() any { return public }
	k.sum = sha256.Sum256([]byte(k.jwk.thumbprint()))
	k.jwk.Alg, k.jwk.Use = k.alg, useForSigs
	return k, nil
}

// newHS256 refuses what is no secret. A public key in the place of one is how
// signatures get forged once a verifier takes it for a secret (RFC 8725 §2.1).
func newHS256(m []byte) (*key, error) {
	if len(m) < minHS256 {
		return nil, fmt.Errorf("a key for HS256 has at least %d bytes", minHS256)
	}
	if len(bytes.Trim(m, string(m[:1]))) == 0 {
		return nil, errors.New("a key for HS256 that is one byte over and over")
	}
	_, errPKIX := x509.ParsePKIXPublicKey(m)
	_, errPKCS := x509.ParsePKCS1PublicKey(m)
	_, errCert := x509.ParseCertificate(m)
	_, errJSON := object(m)
	if bytes.Contains(m, []byte("-----BEGIN ")) || errPKIX == nil || errPKCS == nil || errCert == nil || errJSON == nil {
		return nil, errors.New("a key for HS256 is random bytes, not the encoding of another key")
	}
	m = bytes.Clone(m)
	return &key{alg: HS256, sign: signHS256(m), verify: func() any { return m }, sum: sha256.Sum256(m)}, nil
}

// visible reports whether s has 1 to limit bytes, all of them visible ASCII.
func visible(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// VerifyOnly takes the place of the signing key in [NewKeys] and
// [Keys.Replace] where a process verifies tokens and signs none: in a resource
// server.
func VerifyOnly() Key { return Key{verifyOnly} }

var verifyOnly = &key{}

// ID returns the ID of the key, "" of the zero Key.
func (k Key) ID() string {
	if k.k == nil {
		return ""
	}
	return k.k.id
}

// Algorithm returns the one algorithm that the key is for, "" of the zero Key.
func (k Key) Algorithm() Algorithm {
	if k.k == nil {
		return ""
	}
	return k.k.alg
}

// CanSign reports whether the key has a private part.
func (k Key) CanSign() bool { return k.k != nil && k.k.sign != nil }

// String hides the key from whoever asks for a string (ASVS 16.2.5).
func (Key) String() string { return redacted }

// GoString hides the key from %#v.
func (Key) GoString() string { return redacted }

// Format hides the key from every verb of fmt.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the key from slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the key from encoders.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON hides the key from encoding/json.
func (Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
