package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// Nonces makes and checks the nonces that a server hands out for DPoP proofs
// (RFC 9449 §8 and §9). They bound the life of a proof by the server's clock, so
// that proofs made ahead of time (§11.2) are worth nothing. Nothing is kept:
// every node that has the key knows the nonces of all others.
//
// A nonce is the same for everybody and may be used many times; that one proof
// is used once is the business of [Proof.Replay].
//
// Nonces is safe for concurrent use. The zero value is not ready; use
// [NewNonces].
type Nonces struct {
	// A function, because what it closes over is printed by no verb of fmt.
	mac func(slot uint64) [nonceMAC]byte
}

const (
	nonceSeconds = 150
	nonceSlot    = nonceSeconds * time.Second // in which all nonces are the same
	nonceMAC     = 16                         // bytes that are kept of HMAC-SHA-256
	nonceBody    = 8 + nonceMAC               // slot and MAC: a multiple of 3, so base64url has no spare bits
	nonceLife    = 2 * nonceSlot              // from the beginning of its slot

	// clockSkew is by how much the clock of a node may be wrong.
	clockSkew = 30 * time.Second

	// nonceInfo separates these MACs from others under the same key.
	nonceInfo = "sojourn dpop nonce v1"
)

// NewNonces returns Nonces under a key of 32 random bytes. It keeps no reference
// to the slice. A server that must not accept the nonces of another (RFC 9449
// §9) has a key of its own.
func NewNonces(key []byte) (*Nonces, error) {
	if len(key) != sha256.Size {
		return nil, errors.New("token: the key for nonces must have 32 bytes")
	}
	k := [sha256.Size]byte(key)
	if k == ([sha256.Size]byte{}) {
		return nil, errors.New("token: the key for nonces is all zero")
	}
	return &Nonces{func(slot uint64) [nonceMAC]byte {
		m := hmac.New(sha256.New, k[:])
		m.Write([]byte(nonceInfo))
		m.Write(binary.BigEndian.AppendUint64(nil, slot))
		return [nonceMAC]byte(m.Sum(nil))
	}}, nil
}

// Next returns the nonce to send in the DPoP-Nonce header of a response: 32
// characters of base64url, all of them NQCHAR (RFC 9449 §8.1). It is good for at
// least 2½ minutes and at most 5, and changes every 2½ minutes: a client that
// takes the new one from each response, as §8.2 tells it to, is not turned away
// for an old one while it keeps talking. A response with a nonce must not be
// cached (§8.2).
func (n *Nonces) Next(now time.Time) string {
	slot := slotOf(now)
	mac := n.mac(slot)
	return strict.EncodeToString(append(binary.BigEndian.AppendUint64(nil, slot), mac[:]...))
}

// Valid reports whether a nonce was made under the same key no more than 5
// minutes ago, by a clock that may be half a minute ahead.
func (n *Nonces) Valid(nonce string, now time.Time) bool {
	body, err := decode(nonce)
	if err != nil || len(body) != nonceBody {
		return false
	}
	slot := binary.BigEndian.Uint64(body)
	mac := n.mac(slot)
	if !hmac.Equal(mac[:], body[8:]) {
		return false
	}
	begin := time.Unix(int64(slot)*nonceSeconds, 0) //nolint:gosec // G115: slotOf made it, as the MAC shows
	return !now.Before(begin.Add(-clockSkew)) && now.Before(begin.Add(nonceLife))
}

// slotOf numbers the slots from 1970 on.
func slotOf(t time.Time) uint64 {
	return uint64(t.Unix() / nonceSeconds) //nolint:gosec // G115: no clock is before 1970
}
