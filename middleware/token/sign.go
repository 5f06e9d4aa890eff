package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// typ is the kind of an access token (RFC 9068 §2.1).
const typ = "at+jwt"

// header returns the first segment of the tokens that a key signs.
func header(alg Algorithm, id string) string {
	text, err := json.Marshal(struct {
		Alg Algorithm `json:"alg"`
		Kid string    `json:"kid"`
		Typ string    `json:"typ"`
	}{alg, id, typ})
	if err != nil {
		panic(err) // it consists of strings
	}
	return strict.EncodeToString(text)
}

// Sign returns an access token (RFC 9068 §2) under the signing key. Times are
// cut to whole seconds. It refuses what no [Verifier] would accept.
//
// The same Access under the same key gives the same token, so that a refresh
// that is asked again for want of an answer can give the same answer again.
func (k *Keys) Sign(a Access) (string, error) {
	signing := k.ring.Load().signing
	if signing.sign == nil {
		return "", errors.New("token: these keys only verify")
	}
	if err := a.Check(); err != nil {
		return "", fmt.Errorf("token: cannot sign: %w", err)
	}
	message := signing.header + "." + strict.EncodeToString(a.encode())
	sig, err := signing.sign(message)
	if err != nil {
		return "", fmt.Errorf("token: cannot sign: %w", err)
	}
	raw := message + "." + strict.EncodeToString(sig)
	if len(raw) > maxToken {
		return "", fmt.Errorf("token: cannot sign: longer than %d bytes", maxToken)
	}
	return raw, nil
}

// The signatures are made here and not by golang-jwt, because it takes random
// numbers for ES256, and the same claims must give the same token.

func signEdDSA(private ed25519.PrivateKey) func(string) ([]byte, error) {
	return func(message string) ([]byte, error) {
		return ed25519.Sign(private, []byte(message)), nil
	}
}

// signES256 signs without a source of randomness, which is RFC 6979, and
// writes the two numbers as RFC 7518 §3.4 does.
func signES256(private *ecdsa.PrivateKey) func(string) ([]byte, error) {
	return func(message string) ([]byte, error) {
		sum := sha256.Sum256([]byte(message))
		der, err := private.Sign(nil, sum[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var sig struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &sig); err != nil {
			return nil, err
		}
		var out [64]byte
		sig.R.FillBytes(out[:32])
		sig.S.FillBytes(out[32:])
		return out[:], nil
	}
}

func signRS256(private *rsa.PrivateKey) func(string) ([]byte, error) {
	return func(message string) ([]byte, error) {
		sum := sha256.Sum256([]byte(message))
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
	}
}

func signHS256(secret []byte) func(string) ([]byte, error) {
	return func(message string) ([]byte, error) {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(message))
		return mac.Sum(nil), nil
	}
}

// method returns what verifies the signatures of an algorithm.
func method(alg Algorithm) jwt.SigningMethod { return jwt.GetSigningMethod(string(alg)) }
