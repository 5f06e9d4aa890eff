package middleware

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// MaxClientState is how many bytes of data [ClientState.Seal] takes. The token
// is 3,839 bytes then, which leaves the name of a cookie 257 of the 4,096 that
// the two may have (ASVS 3.3.5).
const MaxClientState = 2816

// ErrClientState is for a token that [ClientState.Open] does not open. Which of the
// reasons it is, nobody is told (ASVS 11.2.5).
var ErrClientState = errors.New("middleware: invalid client state")

// ClientState seals data that an application wants to keep with the client, in
// a cookie, a header or the local storage of a device, and not on the server. A
// token is bound to one session, and good until it expires.
//
// Nobody without a key can read the data, change it or move it to another
// session; its length shows. The client can bring back an older token until that
// expires, and can have several: what must not be rolled back or be spent twice,
// such as a balance, belongs in the session, or at least its version does.
//
// A session survives the login in it. Put the user into data that belongs to one,
// and compare. Even sealed, data that is sensitive is best kept off the client
// (ASVS 14.3.3).
//
// A ClientState is for any number of goroutines. The zero value opens nothing.
type ClientState struct {
	// A function, because nothing that prints looks inside of one. fmt calls no
	// methods on unexported fields: of a struct that keeps a ClientState in one it
	// would print the keys, and with %s those behind pointers too.
	keys func() []clientKey
}

// clientKey is a key with its name in tokens.
type clientKey struct {
	id  [clientKeyIDLen]byte
	key secret
}

// clientStateToken is the kind of a sealed client state.
const clientStateToken tokenKind = "sjd_"

// A token is its prefix and base64url(key ID ‖ salt ‖ nonce ‖ ciphertext ‖ tag).
// The plaintext is the expiry, in ms since 1970, big endian, and the data.
const (
	clientKeyIDLen      = 4
	clientSaltLen       = 20
	clientExpiryLen     = 8
	clientSaltEnd       = clientKeyIDLen + clientSaltLen
	clientStateOverhead = clientSaltEnd + 12 + clientExpiryLen + 16
	maxClientStateToken = tokenPrefixLen + ((clientStateOverhead+MaxClientState)*8+5)/6

	_ = uint(4096 - maxCookieName - maxClientStateToken) // does not compile if it is negative
)

// What is derived from a key, told apart (RFC 5869 §3.2).
const (
	clientSealInfo  = "sojourn client state v1"
	clientKeyIDInfo = "sojourn client state key ID v1"
)

const maxClientKeys = 16

// NewClientState returns a ClientState that seals with the first key and opens
// with all. There are 1 to 16 keys, all different, each of 32 bytes from
// crypto/rand or the like; a passphrase is none. The error lists every fault.
//
// A new key goes to the end first. When all processes have it, it moves to the
// front, and the one before is dropped when the last token of it has expired
// (ASVS 11.2.2).
func NewClientState(keys ...[]byte) (*ClientState, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("middleware: client state: "+format, args...))
	}
	if len(keys) == 0 || len(keys) > maxClientKeys {
		fault("%d keys, want 1 to %d", len(keys), maxClientKeys)
	}
	var all []clientKey
	position := map[secret]int{}
	for i, key := range keys {
		if len(key) != len(secret{}) {
			fault("key %d has %d bytes, want %d", i+1, len(key), len(secret{}))
			continue
		}
		k := clientKey{key: secret(key)}
		if k.key.equal(secret{}) {
			fault("key %d is all zero", i+1)
			continue
		}
		if first, twice := position[k.key]; twice {
			fault("key %d is key %d again", i+1, first)
			continue
		}
		position[k.key] = i + 1
		id, err := hkdf.Key(sha256.New, k.key[:], nil, clientKeyIDInfo, clientKeyIDLen)
		if err != nil {
			fault("key %d: %w", i+1, err)
			continue
		}
		copy(k.id[:], id)
		all = append(all, k)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &ClientState{keys: func() []clientKey { return all }}, nil
}

// Seal returns a token for data, of at most [MaxClientState] bytes, that is good
// in the given session until the moment expires, in milliseconds rounded down.
// Its characters are those of base64url. It returns [sessionstore.ErrTooLarge] for
// more data, and an error for the zero ID, which is nobody's session, and for a
// moment outside of the years 1970 to 9999.
func (c ClientState) Seal(session sessionstore.ID, data []byte, expires time.Time) (string, error) {
	year := expires.UTC().Year()
	switch {
	case c.keys == nil:
		return "", errors.New("middleware: client state: no keys, see NewClientState")
	case session == (sessionstore.ID{}):
		return "", errors.New("middleware: client state: no session")
	case year < 1970 || year > 9999:
		return "", fmt.Errorf("middleware: client state: it would expire in the year %d", year)
	case len(data) > MaxClientState:
		return "", fmt.Errorf("%w: client state of %d bytes, the limit is %d", sessionstore.ErrTooLarge, len(data), MaxClientState)
	}
	k := c.keys()[0]
	body := make([]byte, clientSaltEnd, clientStateOverhead+len(data))
	salt := body[copy(body, k.id[:]):]
	rand.Read(salt) // never returns an error
	aead, err := k.sealer(salt)
	if err != nil {
		return "", fmt.Errorf("middleware: client state: %w", err)
	}
	plain := make([]byte, clientExpiryLen, clientExpiryLen+len(data))
	binary.BigEndian.PutUint64(plain, uint64(expires.UnixMilli()))
	plain = append(plain, data...)
	body = aead.Seal(body, nil, plain, clientStateBinding(session)) //nolint:gosec // G407: this AEAD draws its nonce itself

	text := make([]byte, 0, tokenPrefixLen+strictBase64.EncodedLen(len(body)))
	text = append(text, clientStateToken...)
	return string(strictBase64.AppendEncode(text, body)), nil
}

// Open returns the data of a token that [ClientState.Seal] made for the same
// session with one of the keys, if now is before its expiry. For anything else it
// returns [ErrClientState], and nothing of the data. A token has one spelling. The
// session is to be the one that [Manager.Current] finds, never one that the client
// names.
func (c ClientState) Open(session sessionstore.ID, token string, now time.Time) ([]byte, error) {
	body, ok := decodeClientState(token)
	if !ok || c.keys == nil {
		return nil, ErrClientState
	}
	id, salt, sealed := [clientKeyIDLen]byte(body), body[clientKeyIDLen:clientSaltEnd], body[clientSaltEnd:]
	binding := clientStateBinding(session)
	for _, k := range c.keys() {
		if k.id != id {
			continue
		}
		aead, err := k.sealer(salt)
		if err != nil {
			continue
		}
		plain, err := aead.Open(nil, nil, sealed, binding)
		if err != nil {
			continue // two keys may have the same ID
		}
		expires := time.UnixMilli(int64(binary.BigEndian.Uint64(plain))) //nolint:gosec // G115: as Seal wrote it
		if !now.Before(expires) {
			break
		}
		return plain[clientExpiryLen:], nil
	}
	return nil, ErrClientState
}

// decodeClientState returns what token has after its prefix, if it has the form
// of a sealed client state. Whoever sends a long one does not make us decode it.
func decodeClientState(token string) ([]byte, bool) {
	text, ok := strings.CutPrefix(token, string(clientStateToken))
	if !ok || len(token) > maxClientStateToken {
		return nil, false
	}
	body, err := strictBase64.DecodeString(text)
	// The length matters: base64 skips line breaks without an error.
	if err != nil || len(body) < clientStateOverhead || strictBase64.EncodedLen(len(body)) != len(text) {
		return nil, false
	}
	return body, true
}

// clientStateBinding is what a token authenticates without containing it: the
// kind, so that no other use of these keys is taken for it, and the session.
func clientStateBinding(session sessionstore.ID) []byte {
	return append([]byte(clientStateToken), session[:]...)
}

// sealer returns AES-256-GCM under a key of the token's own, derived with its
// salt. With random nonces one key is good for 2³² tokens (NIST SP 800-38D §8.3),
// which busy servers make in days; here two tokens must agree in salt and nonce,
// 256 random bits. The salt alone would do, with a nonce of zero; a random one
// needs no argument why it may be fixed.
func (k clientKey) sealer(salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, k.key[:], salt, clientSealInfo, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// String hides the keys from whoever asks for a string (ASVS 16.2.5).
func (ClientState) String() string { return redacted }

// GoString hides the keys from %#v.
func (ClientState) GoString() string { return redacted }

// Format hides the keys from every verb of fmt.
func (ClientState) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the keys from slog.
func (ClientState) LogValue() slog.Value { return slog.StringValue(redacted) }
