package token

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// The ways in which a DPoP proof can fail. Each wraps [ErrInvalid], and all are
// ErrProof; two have an answer of their own, so look for those first.
var (
	// ErrProof answers with the error code invalid_dpop_proof (RFC 9449 §5, §7.1).
	ErrProof = fmt.Errorf("%w DPoP proof", ErrInvalid)
	// ErrNonce says that a proof is good but for its nonce. It answers with the
	// error code use_dpop_nonce and a new one in DPoP-Nonce (RFC 9449 §8, §9).
	ErrNonce = fmt.Errorf("%w: it needs a fresh nonce", ErrProof)
	// ErrBinding says that a proof is good, but that the token is bound to
	// another key, or to none. It answers with the error code invalid_token (RFC
	// 9449 §7.1, figure 16), or invalid_grant for a refresh token (RFC 6749
	// §5.2).
	ErrBinding = fmt.Errorf("%w: the token is not bound to its key", ErrProof)
)

// ProofAlgorithms lists what [VerifyProof] accepts, in the form of the algs
// parameter of a challenge (RFC 9449 §7.1).
const ProofAlgorithms = "EdDSA ES256 RS256"

const (
	proofType       = "dpop+jwt"
	maxProofID      = 128     // bytes; RFC 9449 §11.1 asks for a limit
	maxProofTime    = 1 << 40 // seconds: far from where time.Time overflows
	defaultMaxAge   = time.Minute
	defaultMaxAhead = 30 * time.Second
	maxWindow       = 24 * time.Hour
)

// Proof is what a DPoP proof (RFC 9449 §4.2) says, once verified.
//
// It shows that whoever sent the request has a key. By itself that permits
// nothing (§4).
type Proof struct {
	// Thumbprint is that of the key which made the proof: the jkt of RFC 9449
	// §6.1, in 43 base64url characters.
	Thumbprint string
	// ID is the jti: 1 to 128 bytes, of whatever characters the client likes.
	ID string
	// IssuedAt is the iat, to the second, by the client's clock.
	IssuedAt time.Time
	// Nonce is the nonce that was accepted, and "" where none was asked for.
	Nonce string

	word string
	keep time.Duration
}

// Replay returns what has to be remembered so that a proof is good for one
// request only, which [VerifyProof] cannot see to (RFC 9449 §11.1). The caller
// claims the word in a store that all nodes share, in one atomic step (Redis:
// SET NX), and keeps it at least so long; if the word was there already, the
// proof is refused as one that is invalid, and if the store cannot say, the
// request has failed. It comes after the other checks, so that only holders of a
// token can fill the store.
//
// The word is 22 base64url characters, a hash of the key, the jti and the
// target. The signature is not part of it, because an ECDSA signature can be
// turned into another one for the same text without the key. The time is longer
// than the proof would be accepted by the clock of any node that is off by half
// a minute or less: 2½ minutes by default.
func (p Proof) Replay() (word string, keep time.Duration) { return p.word, p.keep }

// ProofRequest says what a proof has to match. Method and URL are required.
type ProofRequest struct {
	// Method is that of the request, compared exactly (RFC 9110 §9.1).
	Method string
	// URL is where the client sent the request, as the client sees it: scheme,
	// host with port, and path; the rest is not looked at, but user information
	// is refused. Behind a proxy that is not what http.Request says. The host is
	// best taken from the configuration: one that came with the request says
	// where the client meant to go, not that this is the place.
	URL *url.URL
	// AccessToken is the one that came with the request, as it came: the ath
	// claim must be its hash. It is "" where none came (the token endpoint), and
	// then a proof with an ath claim is refused: it was made for another request
	// (RFC 9449 §7).
	AccessToken string `json:"-"`
	// Thumbprint is the key that the access or refresh token is bound to (cnf.jkt,
	// RFC 9449 §6.1). With an AccessToken it is required: one that is bound to no
	// key is refused, with ErrBinding. "" without AccessToken means any key.
	Thumbprint string
	// Nonces, if set, demands a nonce it made. A server that has begun to hand
	// out nonces must go on to demand them (RFC 9449 §11.3).
	Nonces *Nonces
	// MaxAge and MaxAhead are how far iat may be in the past and in the future
	// (RFC 9449 §11.1): by default a minute, and 30 seconds; at most a day. With
	// Nonces, which bound the life of a proof to 5 minutes anyhow, they may be
	// wider, for clients whose clocks are wrong.
	MaxAge, MaxAhead time.Duration
}

// Format hides the access token from every verb of fmt.
func (r ProofRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[proof request]") }

// LogValue hides the access token from slog.
func (ProofRequest) LogValue() slog.Value { return slog.StringValue("[proof request]") }

// VerifyProof makes the twelve checks of RFC 9449 §4.3 on the DPoP header field
// of a request, in about the time of one signature. What is left to the caller
// is [Proof.Replay], to verify the access token itself first, and to refuse a
// bound token that comes without a proof or as a Bearer token (§7.2).
//
// A proof has at most 8 KiB. It is signed with EdDSA (Ed25519), ES256 or RS256
// (2048 to 4096 bits). Times are whole seconds; exp and nbf, which a proof need
// not have, count if they are there. Claims that are not known are ignored, and
// so are header parameters (RFC 7515 §4, RFC 9449 §4.2) other than the registered
// ones that would bring in another key or change what is signed: those are
// refused, and crit with them.
//
// Errors are [ErrProof], [ErrNonce] or [ErrBinding]; any other means that want is not
// complete or out of range. It is safe for concurrent use.
func VerifyProof(header http.Header, want ProofRequest, now time.Time) (Proof, error) {
	if want.Method == "" || want.URL == nil {
		return Proof{}, errors.New("token: a ProofRequest without Method or URL")
	}
	want.MaxAge, want.MaxAhead = cmp.Or(want.MaxAge, defaultMaxAge), cmp.Or(want.MaxAhead, defaultMaxAhead)
	if min(want.MaxAge, want.MaxAhead) < 0 || max(want.MaxAge, want.MaxAhead) > maxWindow {
		return Proof{}, errors.New("token: a ProofRequest with MaxAge or MaxAhead out of range")
	}
	values := header.Values("DPoP")
	if len(values) != 1 {
		return Proof{}, fmt.Errorf("%w: %d DPoP header fields", ErrProof, len(values))
	}
	claims, thumbprint, err := verifySigned(values[0])
	if err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	p, err := want.match(claims, thumbprint, now)
	if err != nil && !errors.Is(err, ErrProof) {
		err = fmt.Errorf("%w: %w", ErrProof, err)
	}
	return p, err
}
