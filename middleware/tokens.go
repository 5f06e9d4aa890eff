package middleware

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// TokenOptions configures access and refresh tokens: see [Manager.IssueTokens].
type TokenOptions struct {
	_ [0]func() // fields are named

	// Issuer and Audience are the iss and aud of access tokens (RFC 9068 §2.2).
	// Both are required.
	Issuer, Audience string

	// Keys sign and verify access tokens, and can be replaced while requests are
	// served. Required.
	Keys *token.Keys

	// AccessLife is how long an access token is good, at most one hour (default
	// 5 min). So long, and by Leeway longer, [Manager.Signed] may let a session
	// through whose end this process has not heard of. See ASVS 8.3.2.
	AccessLife time.Duration

	// Leeway is how far the clocks of issuers may be apart (default 30 s, at
	// most 60 s).
	Leeway time.Duration

	// CacheSize is how many verified access tokens are remembered by their hash
	// (default 10,000).
	CacheSize int

	DPoP DPoP
}

// DPoP says whether tokens are bound to a key of the client, who then proves
// with each request that it holds the key (RFC 9449). A token that was stolen is
// then of no use. What is proved at a login binds the session's tokens for good.
type DPoP struct {
	Mode DPoPMode

	// Origin is where clients reach the service, such as
	// "https://api.example.com": a proof names the URL as the client sees it,
	// which behind a proxy the request does not tell. Required unless Mode is
	// [DPoPOff].
	Origin string

	// Nonces, if not nil, has clients put a fresh nonce of the server into each
	// proof (RFC 9449 §8), so that none can be made in advance.
	Nonces *token.Nonces
}

// DPoPMode says whether tokens are bound to keys.
type DPoPMode int

// The modes.
const (
	DPoPOff      DPoPMode = iota // proofs are not looked at
	DPoPOptional                 // a client that sends a proof at its login gets bound tokens
	DPoPRequired                 // there is no login without a proof
)

const (
	defaultAccessLife = 5 * time.Minute
	maxAccessLife     = time.Hour
)

// tokens makes and reads access tokens.
type tokens struct {
	TokenOptions
	verifier *token.Verifier
	origin   *url.URL
	heard    *heard
	proofs   *proofs
}

// newTokens returns what o describes, or all that is wrong with it.
func newTokens(o TokenOptions) (*tokens, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("middleware: Config.Tokens."+format, args...))
	}
	switch {
	case o.AccessLife == 0:
		o.AccessLife = defaultAccessLife
	case o.AccessLife < time.Second || o.AccessLife > maxAccessLife:
		fault("AccessLife is not between 1 s and %v", maxAccessLife)
	}
	t := &tokens{TokenOptions: o, heard: newHeard(o.AccessLife + time.Minute), proofs: newProofs()}
	var err error
	if o.Keys == nil {
		fault("Keys is missing")
	} else if t.verifier, err = token.NewVerifier(o.Keys, token.VerifierOptions{
		Issuer: o.Issuer, Audience: o.Audience, Leeway: o.Leeway, CacheSize: o.CacheSize,
	}); err != nil {
		faults = append(faults, fmt.Errorf("middleware: Config.Tokens: %w", err))
	}
	switch o.DPoP.Mode {
	case DPoPOff:
	case DPoPOptional, DPoPRequired:
		u, err := url.Parse(o.DPoP.Origin)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			fault("DPoP.Origin %q is not the scheme and host of a URL", o.DPoP.Origin)
		}
		t.origin = u
	default:
		fault("DPoP.Mode is unknown")
	}
	return t, errors.Join(faults...)
}

// Tokens is what a client is given to present, in the form of the answer to an
// OAuth token request (RFC 6749 §5.1).
type Tokens struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`           // "Bearer", or "DPoP" for one bound to a key
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds; 0: not known
	// RefreshToken is exchanged for the next pair, once. Empty for an opaque
	// token, which needs none.
	RefreshToken string `json:"refresh_token,omitempty"`
}

// String hides the tokens (ASVS 16.2.5).
func (Tokens) String() string { return redacted }

// GoString hides the tokens from %#v.
func (Tokens) GoString() string { return redacted }

// Format hides the tokens from every verb of fmt.
func (Tokens) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue hides the tokens from slog.
func (Tokens) LogValue() slog.Value { return slog.StringValue(redacted) }

// tokens returns the tokens of the state's session, whose secret is known.
func (st *state) tokens(now time.Time) (Tokens, error) {
	t, rec := Tokens{TokenType: "Bearer"}, st.rec
	if rec.Client.Key != "" {
		t.TokenType = "DPoP"
	}
	if st.kind == opaqueToken {
		t.AccessToken = opaqueToken.format(rec.ID, st.secret)
		if last := lastMoment(rec); !last.IsZero() {
			t.ExpiresIn = int64(last.Sub(now) / time.Second)
		}
		return t, nil
	}
	a := st.manager.tokens.access(rec, st.secret, now)
	text, err := st.manager.tokens.Keys.Sign(a)
	if err != nil {
		return Tokens{}, fmt.Errorf("middleware: signing an access token: %w", err)
	}
	t.AccessToken, t.RefreshToken = text, refreshToken.format(rec.ID, st.secret)
	t.ExpiresIn = max(1, int64(a.Expires.Sub(now)/time.Second))
	return t, nil
}

// access returns the access token that goes with a secret. It depends on
// nothing but the secret and the record, so that whoever asks again, because
// the answer was lost, gets the same. Long after, it is a fresh one.
func (t *tokens) access(rec *sessionstore.Record, s secret, now time.Time) token.Access {
	issued := rec.Credential.Since
	if now.Sub(issued) > t.AccessLife/2 {
		issued = now
	}
	l := rec.Login
	life := min(t.AccessLife, rec.Idle)
	if l.Idle > 0 {
		life = min(life, l.Idle)
	}
	expires := earlier(issued.Add(life), lastMoment(rec)).Truncate(time.Second)
	issued = issued.Truncate(time.Second)
	if !expires.After(issued) {
		expires = issued.Add(time.Second) // the least that a token can live
	}
	mac := hmac.New(sha256.New, s[:])
	mac.Write([]byte("sojourn access token " + strconv.FormatInt(issued.Unix(), 10)))
	return token.Access{
		Issuer: t.Issuer, Audience: t.Audience, Subject: l.User, Session: rec.ID.String(), ClientID: rec.Client.ID,
		ID:       strictBase64.EncodeToString(mac.Sum(nil)[:16]),
		IssuedAt: issued, Expires: expires, Authenticated: l.Authenticated,
		AMR: l.AMR, ACR: l.ACR, Epoch: rec.Credential.Epoch, KeyThumbprint: rec.Client.Key,
	}
}

// lastMoment is when a session, or the login in it, ends whatever its user does;
// zero if never.
func lastMoment(rec *sessionstore.Record) time.Time {
	last := rec.Until
	if rec.Login != nil {
		last = earlier(last, rec.Login.Until)
	}
	return last
}

// earlier returns the earlier of two moments, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
