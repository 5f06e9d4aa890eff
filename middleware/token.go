package middleware

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// secret is what a client proves its session with: 256 random bits, twice what
// ASVS 7.2.3 asks for. Printing one gives "[secret]". That covers the secret by
// itself and in exported fields; fmt calls no methods on unexported fields, so
// a struct that keeps one there has to hide it by a Format method of its own.
type secret [32]byte

const redacted = "[secret]"

// secretTextLen is the length of 32 bytes in unpadded base64url.
const secretTextLen = 43

// strictBase64 refuses non-zero trailing bits, so that a token has one spelling
// (a revoked token must not have an accepted twin).
var strictBase64 = base64.RawURLEncoding.Strict()

// newSecret returns a new random secret. It crashes the program if the system
// has no randomness, as crypto/rand does, and never falls back to less.
func newSecret() secret {
	var s secret
	rand.Read(s[:]) // never returns an error
	return s
}

// text returns the secret as 43 base64url characters: the form of an scs token.
func (s secret) text() string { return strictBase64.EncodeToString(s[:]) }

// equal compares in constant time.
func (s secret) equal(o secret) bool { return subtle.ConstantTimeCompare(s[:], o[:]) == 1 }

// parseSecret reads the form that text writes, and nothing else.
func parseSecret(text string) (secret, bool) {
	var s secret
	var src [secretTextLen]byte
	if len(text) != len(src) {
		return secret{}, false
	}
	copy(src[:], text)
	// The count matters: base64 skips line breaks without an error.
	if n, err := strictBase64.Decode(s[:], src[:]); err != nil || n != len(s) || s.equal(secret{}) {
		return secret{}, false
	}
	return s, true
}

// String hides the secret from whoever asks for a string (ASVS 16.2.5).
func (secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (secret) GoString() string { return redacted }

// Format hides the secret from every verb of fmt, %x and %d included.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the secret from slog.
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from encoders, and as the key of a map.
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON hides the secret from encoding/json.
func (secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// tokenKind is the prefix of a kind of token. A token of one kind is refused in
// the place of another (after ASVS 9.2.2), and secret scanners know it by its
// prefix.
type tokenKind string

// The kinds. All prefixes have the same length.
const (
	cookieToken  tokenKind = "sjc_" // in a session cookie
	opaqueToken  tokenKind = "sjo_" // presented as bearer token
	refreshToken tokenKind = "sjr_" // exchanged for an access token and its own successor
)

// hash is all that leaves this package of a secret. The kind goes into it, so
// that nobody makes one kind of token of another by writing its prefix anew.
func (k tokenKind) hash(s secret) sessionstore.Hash {
	var b [tokenPrefixLen + len(s)]byte
	copy(b[copy(b[:], k):], s[:])
	return sessionstore.HashSecret(b[:])
}

const (
	tokenPrefixLen = 4
	tokenBodyLen   = len(sessionstore.ID{}) + len(secret{}) + crc32.Size
	tokenTextLen   = (tokenBodyLen*8 + 5) / 6 // unpadded base64
	tokenLen       = tokenPrefixLen + tokenTextLen
)

// names reports whether text has the prefix of the kind.
func (k tokenKind) names(text string) bool { return strings.HasPrefix(text, string(k)) }

// format returns the prefix and base64url(id ‖ s ‖ CRC-32), the CRC (IEEE, big
// endian) being over prefix ‖ id ‖ s. The CRC proves nothing; it lets junk be
// refused without asking the store.
func (k tokenKind) format(id sessionstore.ID, s secret) string {
	var body [tokenBodyLen]byte
	n := copy(body[:], id[:])
	n += copy(body[n:], s[:])
	binary.BigEndian.PutUint32(body[n:], k.checksum(body[:n]))

	text := make([]byte, 0, tokenLen)
	text = append(text, k...)
	return string(strictBase64.AppendEncode(text, body[:]))
}

// parse reads the form that format writes under the same kind, and nothing
// else. It does not allocate.
func (k tokenKind) parse(text string) (id sessionstore.ID, s secret, ok bool) {
	if len(text) != tokenLen || text[:tokenPrefixLen] != string(k) {
		return sessionstore.ID{}, secret{}, false
	}
	var src [tokenTextLen]byte
	var body [tokenBodyLen]byte
	copy(src[:], text[tokenPrefixLen:])
	// The count matters: base64 skips line breaks without an error.
	if n, err := strictBase64.Decode(body[:], src[:]); err != nil || n != len(body) {
		return sessionstore.ID{}, secret{}, false
	}
	n := copy(id[:], body[:])
	n += copy(s[:], body[n:])
	if binary.BigEndian.Uint32(body[n:]) != k.checksum(body[:n]) {
		return sessionstore.ID{}, secret{}, false
	}
	// All zero is what broken randomness looks like (CVE-2025-66630).
	if id == (sessionstore.ID{}) || s.equal(secret{}) {
		return sessionstore.ID{}, secret{}, false
	}
	return id, s, true
}

// checksum returns the CRC-32 (IEEE) of the prefix and b. crc32.Update would
// move b to the heap.
func (k tokenKind) checksum(b []byte) uint32 {
	sum := ^uint32(0)
	for i := range len(k) {
		sum = crc32.IEEETable[(sum^uint32(k[i]))&0xff] ^ sum>>8
	}
	for _, c := range b {
		sum = crc32.IEEETable[(sum^uint32(c))&0xff] ^ sum>>8
	}
	return ^sum
}
