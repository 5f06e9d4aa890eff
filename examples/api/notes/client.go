// Package notes is what a client of the notes API needs: a [Transport] that
// keeps the user logged in. The notes themselves are here, too.
package notes

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// ErrRefused says that the server takes the refresh token no more: the user has to
// log in again.
var ErrRefused = errors.New("notes: the login is over")

// Tokens are what a client holds. Encoded as JSON, they can be kept where secrets
// are kept; printing or logging them shows nothing.
type Tokens struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Renew   time.Time `json:"renew"` // a little before Access expires
}

// Format hides the tokens from every verb of fmt.
func (Tokens) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[tokens]") }

// LogValue hides the tokens from slog.
func (Tokens) LogValue() slog.Value { return slog.StringValue("[tokens]") }

// Config says how to reach the API.
type Config struct {
	API  string            // the URL of its root, such as "https://notes.example"
	Base http.RoundTripper // nil means [http.DefaultTransport]
	// Key, if not nil, is what the tokens are bound to (DPoP, RFC 9449): Ed25519
	// or ECDSA on P-256. It has to be the same for the whole login.
	Key crypto.Signer
	// Save, if not nil, is handed new tokens before they are used. As long as it
	// fails, they are not. It is not called twice at a time.
	Save func(Tokens) error
}

// Transport sends requests to the API with an access token, and gets a new one
// before it expires or when it is refused. It is safe for concurrent use.
type Transport struct {
	config Config
	api    *url.URL

	mu      sync.Mutex
	tokens  Tokens
	renewal *renewal // the one under way, or nil
	refused bool     // the refresh token is
	nonce   string   // the server's latest

	unsaved *Tokens // what Save has not taken yet; for the renewal under way
}

// New returns a Transport for tokens that were saved.
func New(c Config, saved Tokens) (*Transport, error) {
	api, err := url.Parse(c.API)
	if err != nil || api.Host == "" {
		return nil, errors.New("notes: Config.API is not the URL of an API")
	}
	if c.Base == nil {
		c.Base = http.DefaultTransport
	}
	return &Transport{config: c, api: api, tokens: saved}, nil
}

// Login logs the user in.
func Login(ctx context.Context, c Config, user, password string) (*Transport, error) {
	t, err := New(c, Tokens{})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"user": user, "password": password})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	tokens, err := t.ask(ctx, "login", "application/json", string(body))
	if err != nil {
		return nil, err
	}
	t.unsaved = &tokens
	if err := t.renew(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// Format hides the tokens and the key from every verb of fmt.
func (t *Transport) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[notes at %s]", t.api.Host) }

// RoundTrip implements [http.RoundTripper]. A request that is refused with 401 is
// sent again with a new token, if it has no body or GetBody is set. The error is
// [ErrRefused] if there is no new token, because the login is over.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, refused := r.Body, ""
	if body == nil {
		body = http.NoBody
	}
	for try := 1; ; try++ {
		access, err := t.access(r, refused)
		if err != nil {
			body.Close()
			return nil, err
		}
		again := r.Clone(r.Context())
		again.Body = body
		res, stale, err := t.send(again, access)
		if err != nil || res.StatusCode != http.StatusUnauthorized || try == 3 || body != http.NoBody && r.GetBody == nil {
			return res, err
		}
		if r.GetBody != nil {
			if body, err = r.GetBody(); err != nil {
				return res, nil //nolint:nilerr // then this is the answer
			}
		}
		res.Body.Close()
		if !stale {
			refused = access
		}
	}
}
