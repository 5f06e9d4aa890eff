package sessionstore

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
)

// ID is the public name of a session: 16 random bytes that never change and
// are never used again. Knowing an ID authenticates nothing.
type ID [16]byte

var errBadID = errors.New("sessionstore: a session ID is 22 base64url characters")

// idEncoding refuses non-zero trailing bits, so that an ID has one spelling.
var idEncoding = base64.RawURLEncoding.Strict()

// NewID returns a new random ID. It panics if the system has no randomness,
// as crypto/rand does.
func NewID() ID {
	var id ID
	rand.Read(id[:])
	return id
}

// ParseID reads the form that [ID.String] writes.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 22 {
		return ID{}, errBadID
	}
	// Decode skips line breaks, so that it may have found fewer digits.
	if n, err := idEncoding.Decode(id[:], []byte(s)); err != nil || n != len(id) {
		return ID{}, errBadID
	}
	return id, nil
}

// String returns the ID as 22 base64url characters.
func (id ID) String() string { return idEncoding.EncodeToString(id[:]) }

// MarshalText writes the form of [ID.String].
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the form of [ID.String].
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// NewSpanID returns a new random name for a login or a visit: 72 bits as 12
// base64url characters.
func NewSpanID() string {
	var b [9]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
