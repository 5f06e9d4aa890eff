package token

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// VerifierOptions configure [NewVerifier]. Issuer and Audience are required;
// the zero value of the other fields is a safe default.
type VerifierOptions struct {
	_ [0]func() // fields are named, and options are not compared

	// Issuer and Audience are what iss and aud of a token must be, to the byte
	// (RFC 9068 §4).
	Issuer   string
	Audience string

	// Leeway is by how much the clocks of issuer and verifier may differ
	// (default 30 s, at most 60 s; negative: none). So much longer does each
	// token live.
	Leeway time.Duration

	// CacheSize is how many verified tokens are remembered, by their SHA-256,
	// so that the next request with one costs no signature check (default
	// 10,000 of about 1 KiB each, 2 to 1,000,000; negative: none).
	CacheSize int
}

const (
	defaultLeeway = 30 * time.Second
	defaultCache  = 10_000
	maxCache      = 1_000_000
)

// Verifier checks access tokens of one issuer for one audience. It is safe for
// concurrent use and makes no network calls.
type Verifier struct {
	keys     *Keys
	issuer   string
	audience string
	leeway   time.Duration
	cache    *cache // nil: none
}

// NewVerifier returns a verifier by keys, of which the present ones count at
// each call. All faults are reported together.
func NewVerifier(keys *Keys, o VerifierOptions) (*Verifier, error) {
	var faults []error
	if keys == nil {
		faults = append(faults, errors.New("token: VerifierOptions: no keys"))
	}
	if !plain(o.Issuer) || !plain(o.Audience) {
		faults = append(faults, fmt.Errorf("token: VerifierOptions: Issuer and Audience have 1 to %d bytes of plain text", maxText))
	}
	if o.Leeway > maxLeeway {
		faults = append(faults, fmt.Errorf("token: VerifierOptions: Leeway is more than %v", maxLeeway))
	}
	if o.CacheSize == 1 || o.CacheSize > maxCache {
		faults = append(faults, fmt.Errorf("token: VerifierOptions: CacheSize is not 2 to %d", maxCache))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if o.Leeway == 0 {
		o.Leeway = defaultLeeway
	}
	if o.CacheSize == 0 {
		o.CacheSize = defaultCache
	}
	v := &Verifier{keys: keys, issuer: o.Issuer, audience: o.Audience, leeway: max(o.Leeway, 0)}
	if o.CacheSize > 0 {
		v.cache = newCache(o.CacheSize)
	}
	return v, nil
}

// Verify returns what an access token says if all of it holds at the time now,
// and an error that wraps [ErrInvalid] otherwise. Beside the signature and the
// times it checks what RFC 9068 §4 and RFC 8725 §3 ask for:
//
//   - at most 8 KiB, in the one spelling of the compact serialization that
//     base64url allows, and no name twice in its JSON;
//   - no header parameters but alg, typ and kid; typ is at+jwt or
//     application/at+jwt, spelled so;
//   - kid names one of the keys at hand, and alg is the algorithm of that key;
//   - all required claims are there, with their types and bounds (see
//     [Access]); iss is the issuer, aud this audience and no other.
//
// A valid token says nothing about what became of the session after it was
// signed: ask the session store where that matters.
func (v *Verifier) Verify(raw string, now time.Time) (Access, error) {
	if len(raw) > maxToken {
		return Access{}, refuse("too long")
	}
	if v.cache == nil {
		e, err := v.verify(raw, now)
		if err != nil {
			return Access{}, err
		}
		return e.claims.Access, nil
	}
	// Most tokens fit in here, and need no copy on the heap.
	var buffer [1 << 10]byte
	name := sha256.Sum256(append(buffer[:0], raw...))
	e := v.cache.get(name)
	if e == nil || v.keys.ring.Load().byID[e.key.id] != e.key {
		var err error
		if e, err = v.verify(raw, now); err != nil {
			return Access{}, err
		}
		v.cache.put(name, e)
	} else if err := v.checkTimes(&e.claims, now); err != nil {
		return Access{}, err
	}
	a := e.claims.Access
	a.AMR = slices.Clone(a.AMR) // the caller may write to it
	return a, nil
}

// entry is a token that was verified. It does not change once it is made.
type entry struct {
	claims claims
	key    *key
}

// checkTimes is what golang-jwt checks of the times, for a token of which all
// else was checked before.
func (v *Verifier) checkTimes(c *claims, now time.Time) error {
	switch {
	case !now.Before(c.Expires.Add(v.leeway)):
		return refuse("expired")
	case now.Before(c.IssuedAt.Add(-v.leeway)), now.Before(c.notBefore.Add(-v.leeway)):
		return refuse("not valid yet")
	}
	return nil
}

// accessParameters are all that the header of an access token has.
var accessParameters = only("alg", "typ", "kid")

func (v *Verifier) verify(raw string, now time.Time) (*entry, error) {
	p, err := takeApart(raw, accessParameters)
	if err != nil {
		return nil, refuse(err.Error())
	}
	k, err := v.keys.ring.Load().keyFor(p.header)
	if err != nil {
		return nil, refuse(err.Error())
	}
	e := &entry{key: k}
	_, err = jwt.NewParser(
		jwt.WithValidMethods([]string{string(k.alg)}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithIssuer(v.issuer),
		jwt.WithAudience(v.audience),
		jwt.WithLeeway(v.leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	).ParseWithClaims(raw, &e.claims, func(*jwt.Token) (any, error) { return k.verify(), nil })
	if err != nil {
		return nil, refuse(reason(err))
	}
	return e, nil
}

// keyFor returns the key that a header names. The types are compared to the
// byte although media types know no case: tokens have one issuer, which has one
// spelling, and what differs from it was not made by it.
func (r *ring) keyFor(header members) (*key, error) {
	if t, err := header.text("typ"); err != nil || t != typ && t != "application/"+typ {
		return nil, claimError("not of the type of an access token")
	}
	id, err := header.text("kid")
	if err != nil {
		return nil, err
	}
	k := r.byID[id]
	if k == nil {
		return nil, claimError("kid names no key at hand")
	}
	if alg, err := header.text("alg"); err != nil || alg != string(k.alg) {
		return nil, claimError("alg is not the algorithm of the key")
	}
	return k, nil
}

func refuse(reason string) error { return fmt.Errorf("%w: %s", ErrInvalid, reason) }

// reason says what golang-jwt found in words that are known to quote nothing,
// and without its sentinels: no one is to tell "only expired" from the rest.
func reason(err error) string {
	var c claimError
	switch {
	case errors.As(err, &c):
		return c.Error()
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return "the signature does not fit"
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return "another issuer"
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return "another audience"
	case errors.Is(err, jwt.ErrTokenExpired):
		return "expired"
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued), errors.Is(err, jwt.ErrTokenNotValidYet):
		return "not valid yet"
	}
	return "malformed"
}
