package middleware

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// sealInfo separates the sealing key from anything else that may ever be
// derived from a secret (RFC 5869 §3.2).
const sealInfo = "sojourn rotation v1"

// sealedLen is the length of a sealed secret: nonce, secret, tag.
const sealedLen = 12 + len(secret{}) + 16

var errSealed = errors.New("middleware: the sealed successor cannot be opened")

// seal encrypts next, the successor of prev, so that only somebody who presents
// prev can read it: requests that still carry prev are all told the same
// successor, and the store that keeps it learns nothing. The session's ID is
// authenticated with it, so that it cannot be moved to another record.
func seal(prev, next secret, id sessionstore.ID) []byte {
	aead, err := sealer(prev)
	if err != nil {
		panic(err) // only for a key of a wrong length, and that is ours
	}
	return aead.Seal(make([]byte, 0, sealedLen), nil, next[:], id[:]) //nolint:gosec // G407: this AEAD draws its nonce itself
}

// unseal returns what seal encrypted under the same secret and ID.
func unseal(prev secret, id sessionstore.ID, sealed []byte) (secret, error) {
	if len(sealed) != sealedLen {
		return secret{}, fmt.Errorf("%w: %d bytes, want %d", errSealed, len(sealed), sealedLen)
	}
	aead, err := sealer(prev)
	if err != nil {
		return secret{}, fmt.Errorf("%w: %w", errSealed, err)
	}
	var next secret
	if _, err := aead.Open(next[:0], nil, sealed, id[:]); err != nil {
		return secret{}, fmt.Errorf("%w: %w", errSealed, err)
	}
	return next, nil
}

// sealer returns AES-256-GCM under a key derived from prev. The nonce is random
// and goes in front; a key seals once or a few times, far from the 2³² of NIST
// SP 800-38D §8.3.
func sealer(prev secret) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, prev[:], nil, sealInfo, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
