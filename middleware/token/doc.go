// Package token makes and checks access tokens: JWTs as RFC 9068 profiles them,
// the keys that sign them, and the JSON Web Key Set that publishes those keys.
// It also checks DPoP proofs (RFC 9449).
//
// The package knows nothing of sessions or stores, so that a resource server
// can use it by itself: [ParseKeys] reads the published set, [NewKeys] with
// [VerifyOnly] holds it, and a [Verifier] checks tokens against it.
//
// Signatures are checked by github.com/golang-jwt/jwt/v5. What it leaves open,
// this package closes: a key is good for one algorithm, a token for one kind of
// use, and of what RFC 7515 offers only what an access token needs is accepted.
package token

import "errors"

// The errors of this package, to be told apart with [errors.Is].
var (
	// ErrInvalid: the token or proof is not accepted. Whoever sent it is told no
	// more than that. The text of an error that wraps it says more, for logs, in
	// words of this package alone: it never quotes a token, a claim or a key.
	//
	// There is no error for a token that is "only" expired, for code could not
	// tell it from one that is expired and forged as well (CVE-2024-51744).
	ErrInvalid = errors.New("token: invalid")
)
