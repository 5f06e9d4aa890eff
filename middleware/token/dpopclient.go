package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// NewProof returns a DPoP proof for one request (RFC 9449 §4.2): the value of
// its DPoP header field. This is the client's side; every request, also one that
// is sent again, needs a proof of its own (§4, §7.3).
//
// The key is Ed25519 or ECDSA on P-256, and may be one that cannot be read out.
// Method is that of the request, in its spelling; target is its absolute URL, of
// which query and fragment are left out. The access token is "" where none is
// sent (the token endpoint), and the nonce is the newest DPoP-Nonce that this
// server sent, or "". The proof is good for about a minute from now on, so the
// client's clock has to be right.
//
// It is safe for concurrent use if the key is; those of the standard library
// are.
func NewProof(key crypto.Signer, method, target, accessToken, nonce string, now time.Time) (string, error) {
	proof, err := newProof(key, method, target, accessToken, nonce, now)
	if err != nil {
		return "", fmt.Errorf("token: cannot make a DPoP proof: %w", err)
	}
	return proof, nil
}

// proofClaims are those of RFC 9449 §4.2.
type proofClaims struct {
	ID     string `json:"jti"`
	Method string `json:"htm"`
	Target string `json:"htu"`
	Issued int64  `json:"iat"`
	Hash   string `json:"ath,omitempty"`
	Nonce  string `json:"nonce,omitempty"`
}

func newProof(key crypto.Signer, method, target, accessToken, nonce string, now time.Time) (string, error) {
	if key == nil || method == "" {
		return "", errors.New("a key and a method are needed")
	}
	htu, err := targetOf(target)
	if err != nil {
		return "", err
	}
	alg, public, err := newJWK(key.Public())
	if err != nil {
		return "", err
	}
	claims := proofClaims{ID: rand.Text(), Method: method, Target: htu, Issued: now.Unix(), Nonce: nonce}
	if accessToken != "" {
		claims.Hash = tokenHash(accessToken)
	}
	header := struct {
		Type      string    `json:"typ"`
		Algorithm Algorithm `json:"alg"`
		Key       jwk       `json:"jwk"`
	}{proofType, alg, public}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := strict.EncodeToString(h) + "." + strict.EncodeToString(c)
	signature, err := signProof(key, text)
	if err != nil {
		return "", err
	}
	proof := text + "." + strict.EncodeToString(signature)
	if len(proof) > maxToken {
		return "", fmt.Errorf("longer than %d bytes", maxToken)
	}
	return proof, nil
}

var errSignature = errors.New("the key has made a malformed signature")

// signProof signs without looking at the private key, which golang-jwt's ES256
// would have to.
func signProof(key crypto.Signer, text string) ([]byte, error) {
	switch key.Public().(type) {
	case ed25519.PublicKey:
		signature, err := key.Sign(rand.Reader, []byte(text), crypto.Hash(0))
		if err == nil && len(signature) != ed25519.SignatureSize {
			err = errSignature
		}
		return signature, err
	case *ecdsa.PublicKey:
		digest := sha256.Sum256([]byte(text))
		der, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var s struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &s); err != nil || s.R.BitLen() > 256 || s.S.BitLen() > 256 {
			return nil, errSignature
		}
		signature := make([]byte, 64) // R and S (RFC 7518 §3.4)
		s.R.FillBytes(signature[:32])
		s.S.FillBytes(signature[32:])
		return signature, nil
	default:
		return nil, errors.New("a key of another kind than Ed25519 or ECDSA")
	}
}
