package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxToken is how long a token may be, in bytes: what comes before the first
// check costs time in proportion to it (CVE-2025-30204).
const maxToken = 8 << 10

// strict refuses trailing bits that are not zero, so that a token has one
// spelling. It still skips line breaks, which decode refuses.
var strict = base64.RawURLEncoding.Strict()

func decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break in base64url")
	}
	return strict.DecodeString(s)
}

// parts are a JWS in compact serialization (RFC 7515 §7.1), taken apart but not
// verified.
type parts struct {
	header members
	claims []byte // JSON, without duplicate names
}

// takeApart does what must come before the signature of a token is looked at,
// and what golang-jwt leaves out: the size, the spelling, duplicate names
// (RFC 7519 §4 lets a parser refuse them; two parsers may take different ones),
// and header parameters that would change what the token means: all that are not
// allowed. No kind of token allows crit, so that an extension that is not
// understood is refused (RFC 7515 §4.1.11), b64 with it (RFC 7797), or a key that
// is pointed to (jku, x5c, x5u; RFC 8725 §3.10); only proofs bring one along (jwk).
func takeApart(raw string, allowed func(parameter string) bool) (parts, error) {
	if len(raw) > maxToken {
		return parts{}, fmt.Errorf("longer than %d bytes", maxToken)
	}
	segments := strings.SplitN(raw, ".", 4)
	if len(segments) != 3 {
		return parts{}, errors.New("not three segments")
	}
	var decoded [3][]byte
	for i, s := range segments {
		b, err := decode(s)
		if err != nil || len(b) == 0 {
			return parts{}, fmt.Errorf("segment %d is not base64url", i+1)
		}
		decoded[i] = b
	}
	header, err := object(decoded[0])
	if err != nil {
		return parts{}, fmt.Errorf("header: %w", err)
	}
	for name := range header {
		if !allowed(name) {
			return parts{}, errors.New("a header parameter is not allowed")
		}
	}
	if _, err := object(decoded[1]); err != nil {
		return parts{}, fmt.Errorf("claims: %w", err)
	}
	return parts{header, decoded[1]}, nil
}

// only allows the header parameters that are named.
func only(names ...string) func(string) bool {
	return func(parameter string) bool { return slices.Contains(names, parameter) }
}
