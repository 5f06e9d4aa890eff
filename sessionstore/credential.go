package sessionstore

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"
)

// Hash is the SHA-256 of a secret, all that a store ever knows of it.
type Hash [sha256.Size]byte

// HashSecret returns the hash of secret.
func HashSecret(secret []byte) Hash { return sha256.Sum256(secret) }

// equal compares in constant time.
func (h Hash) equal(o Hash) bool { return subtle.ConstantTimeCompare(h[:], o[:]) == 1 }

// String returns the hash as 43 base64url characters.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// short is what is remembered of a spent secret's hash: its first 15
// characters, 90 bits.
func (h Hash) short() string { return h.String()[:spentLen] }

const (
	spentLen = 15 // characters of a hash kept of a spent secret
	spentMax = 8  // spent secrets remembered beside the previous one
)

// Credential is what a record knows of the secrets that its client holds, held
// or is about to hold.
type Credential struct {
	// Epoch counts the changes of secret that leave the old one no grace: login,
	// re-authentication, logout, [Change.Renew]. A change made under an earlier
	// epoch is refused with [ErrSuperseded].
	Epoch int64

	Current Hash      // of the secret in force
	Since   time.Time // when it came into force

	// Previous is the hash of the secret before it, if that one was renewed
	// with grace; else zero. Sealed is the secret in force, encrypted under a
	// key that only the previous secret yields. Used is when the secret in force
	// was first presented; zero before.
	Previous Hash
	Sealed   []byte
	Used     time.Time

	// spent names the secrets before those, newest first.
	spent []spentSecret
}

type spentSecret struct {
	hash       string // Hash.short
	superseded bool   // replaced without grace, so that requests in flight may still carry it
}

// Verdict is what a presented secret turns out to be.
type Verdict int

// The verdicts of [Credential.Check].
const (
	// Unknown: never issued for this session, or long forgotten. It
	// authenticates nothing and must have no consequence for the session:
	// knowing an ID must not let a stranger end it.
	Unknown Verdict = iota
	// Current: the secret in force.
	Current
	// Previous: the one before, its successor not yet in use or within the
	// grace. It authenticates, and is to be answered with the successor.
	Previous
	// Superseded: replaced without grace by a login, a logout or the like. It
	// authenticates nothing; requests in flight carry it innocently.
	Superseded
	// Reused: spent, and beyond the grace. Somebody kept a copy.
	Reused
)

// Check says what the secret with the given hash is at the given moment, when
// the previous secret stays good for grace after its successor was first used.
func (c *Credential) Check(h Hash, now time.Time, grace time.Duration) Verdict {
	if c.Current.equal(h) {
		return Current
	}
	if c.Previous != (Hash{}) && c.Previous.equal(h) {
		if c.inGrace(now, grace) {
			return Previous
		}
		return Reused
	}
	short := h.short()
	for _, s := range c.spent {
		if subtle.ConstantTimeCompare([]byte(s.hash), []byte(short)) != 1 {
			continue
		}
		if s.superseded {
			return Superseded
		}
		return Reused
	}
	return Unknown
}

// RotationDue reports whether the secret in force has served for the given
// interval. It is not while the previous one has its grace: only one generation
// back is ever good, so that what is older is theft without doubt.
func (c *Credential) RotationDue(now time.Time, interval, grace time.Duration) bool {
	return now.Sub(c.Since) >= interval && (c.Previous == (Hash{}) || !c.inGrace(now, grace))
}

func (c *Credential) inGrace(now time.Time, grace time.Duration) bool {
	return c.Used.IsZero() || now.Before(c.Used.Add(grace))
}

// rotate puts a successor in force and keeps the secret it replaces as the
// previous one.
func (c *Credential) rotate(r *Rotation, now time.Time) {
	if c.Previous != (Hash{}) {
		c.spend(c.Previous, false)
	}
	c.Previous, c.Sealed, c.Used = c.Current, r.Sealed, time.Time{}
	c.Current, c.Since = r.To, now
}

// renew puts a new secret in force and leaves those before it no grace.
func (c *Credential) renew(r *Renewal, now time.Time) {
	if c.Previous != (Hash{}) {
		c.spend(c.Previous, c.inGrace(now, r.Grace))
	}
	c.spend(c.Current, true)
	c.Previous, c.Sealed, c.Used = Hash{}, nil, time.Time{}
	c.Current, c.Since = r.To, now
	c.Epoch++
}

func (c *Credential) spend(h Hash, superseded bool) {
	spent := make([]spentSecret, 0, spentMax)
	spent = append(spent, spentSecret{h.short(), superseded})
	for _, s := range c.spent {
		if len(spent) == spentMax {
			break
		}
		spent = append(spent, s)
	}
	c.spent = spent
}
