package acceptance

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
)

// The form of a session cookie: a prefix, then base64url of ID, secret and the
// CRC-32 of all before it.
const (
	tokenPrefix = "sjc_"
	idLen       = 16
	secretLen   = 32
)

// parts splits a token into ID and secret, and learns in which order the bytes
// of the checksum come.
func parts(token string) (id, secret []byte, order binary.ByteOrder, err error) {
	text, ok := strings.CutPrefix(token, tokenPrefix)
	body, decodeErr := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || decodeErr != nil || len(body) != idLen+secretLen+crc32.Size {
		return nil, nil, nil, fmt.Errorf("a token of %d bytes is not sjc_ and base64url(ID, secret, CRC-32)", len(token))
	}
	head, sum := body[:idLen+secretLen], body[idLen+secretLen:]
	crc := crc32.ChecksumIEEE(append([]byte(tokenPrefix), head...))
	for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		if order.Uint32(sum) == crc {
			return head[:idLen], head[idLen:], order, nil
		}
	}
	return nil, nil, nil, fmt.Errorf("the checksum of a token is not the CRC-32 of prefix, ID and secret")
}

// forge returns a token with a changed ID or secret and a right checksum.
func forge(t *testing.T, token string, change func(id, secret []byte)) string {
	t.Helper()
	id, secret, order, err := parts(token)
	if err != nil {
		t.Fatal(err)
	}
	id, secret = slices.Clone(id), slices.Clone(secret)
	change(id, secret)
	body := append(id, secret...)
	body = binary.BigEndian.AppendUint32(body, 0)
	order.PutUint32(body[idLen+secretLen:], crc32.ChecksumIEEE(append([]byte(tokenPrefix), body[:idLen+secretLen]...)))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(body)
}

func TestTokensAreOpaqueAndUnique(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		secrets := map[string]bool{}
		const logins = 20
		for range logins {
			c := s.client()
			c.add(t, "sencha", 1)
			c.login(t, "ada")
		}
		for _, token := range s.issuedTokens() {
			_, secret, _, err := parts(token)
			if err != nil {
				t.Fatal(err)
			}
			secrets[string(secret)] = true
		}
		if len(secrets) != 2*logins {
			t.Errorf("%d visitors who logged in were given %d different secrets, want %d", logins, len(secrets), 2*logins)
		}
	})
}
