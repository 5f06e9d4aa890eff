package token

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those of a token on their way through golang-jwt, which asks for
// the registered ones by the methods of [jwt.Claims].
type claims struct {
	Access
	notBefore time.Time // zero without the claim
}

// UnmarshalJSON reads the claims by their exact names: fields with tags would
// match names in other cases too. Claims that are not named here mean nothing
// and are skipped (RFC 7519 §4).
func (c *claims) UnmarshalJSON(b []byte) error {
	m, err := object(b)
	if err != nil {
		return claimError("claims are not an object")
	}
	r := claimReader{members: m}
	*c = claims{notBefore: r.seconds("nbf", true)}
	c.Access = Access{
		Issuer:        r.string("iss", false),
		Subject:       r.string("sub", false),
		Audience:      r.audience(),
		ClientID:      r.string("client_id", false),
		ID:            r.string("jti", false),
		Session:       r.string("sid", false),
		Epoch:         r.integer("sj_epoch", false, maxEpoch),
		IssuedAt:      r.seconds("iat", false),
		Expires:       r.seconds("exp", false),
		Authenticated: r.seconds("auth_time", true),
		ACR:           r.string("acr", true),
		AMR:           r.strings("amr"),
		KeyThumbprint: r.thumbprint(),
	}
	if r.err != nil {
		return r.err
	}
	return c.Check()
}

// claimReader reads claims one by one and keeps the first error.
type claimReader struct {
	members members
	err     error
}

// has reports whether a claim is there. A claim that is null is not: its type
// is wrong wherever it occurs.
func (r *claimReader) has(name string, optional bool) bool {
	_, ok := r.members[name]
	if !ok && !optional {
		r.fail(name + " is missing")
	}
	return ok
}

func (r *claimReader) fail(text string) {
	if r.err == nil {
		r.err = claimError(text)
	}
}

func (r *claimReader) string(name string, optional bool) string {
	if !r.has(name, optional) {
		return ""
	}
	s, err := r.members.text(name)
	if err != nil || s == "" {
		r.fail(name + " is not a string, or empty")
	}
	return s
}

// integer reads digits. RFC 7519 §2 lets a NumericDate have a fraction or an
// exponent; no issuer needs them, and readers differ in what they make of them.
func (r *claimReader) integer(name string, optional bool, limit int64) int64 {
	if !r.has(name, optional) {
		return 0
	}
	n, err := strconv.ParseUint(string(r.members[name]), 10, 63)
	if err != nil || int64(n) > limit {
		r.fail(name + " is not an integer in range")
	}
	return int64(n)
}

func (r *claimReader) seconds(name string, optional bool) time.Time {
	n := r.integer(name, optional, maxSeconds)
	if _, ok := r.members[name]; !ok {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func (r *claimReader) strings(name string) []string {
	if !r.has(name, true) {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(r.members[name], &list); err != nil || len(list) == 0 || len(list) > maxMethods {
		r.fail(name + " is not an array of strings, or too long")
		return nil
	}
	out := make([]string, len(list))
	for i, raw := range list {
		s, err := members{name: raw}.text(name)
		if err != nil {
			r.fail(name + " is not an array of strings")
		}
		out[i] = s
	}
	return out
}

// audience reads a string, or an array with one. RFC 7519 §4.1.3 allows more
// than one; but a token that several servers accept can be used by each of them
// at the others (RFC 9700 §2.3), and Sign never makes one.
func (r *claimReader) audience() string {
	if raw := r.members["aud"]; len(raw) == 0 || raw[0] != '[' {
		return r.string("aud", false)
	}
	list := r.strings("aud")
	if len(list) != 1 {
		r.fail("aud names more than one audience")
		return ""
	}
	return list[0]
}

// thumbprint reads the cnf claim. Of the confirmation methods in RFC 7800 §3.1
// only jkt is known here: a token bound by another one must not pass for one
// that is bound by none.
func (r *claimReader) thumbprint() string {
	if !r.has("cnf", true) {
		return ""
	}
	m, err := object(r.members["cnf"])
	s, errText := m.text("jkt")
	if err != nil || errText != nil || len(m) != 1 || s == "" {
		r.fail("cnf is not an object with jkt alone")
	}
	return s
}

// GetExpirationTime implements [jwt.Claims], as the methods after it do.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) {
	return &jwt.NumericDate{Time: c.Expires}, nil
}

// GetIssuedAt returns iat.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) {
	return &jwt.NumericDate{Time: c.IssuedAt}, nil
}

// GetNotBefore returns nbf, which may be missing.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) {
	if c.notBefore.IsZero() {
		return nil, nil
	}
	return &jwt.NumericDate{Time: c.notBefore}, nil
}

// GetIssuer returns iss.
func (c *claims) GetIssuer() (string, error) { return c.Issuer, nil }

// GetSubject returns sub.
func (c *claims) GetSubject() (string, error) { return c.Subject, nil }

// GetAudience returns aud.
func (c *claims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{c.Audience}, nil
}
