package notes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
)

// The server gives the same answer to the same refresh token for 30 s, and takes
// it for stolen after that. All tries fit in.
const (
	tries   = 5
	timeout = 5 * time.Second        // of one try
	pause   = 100 * time.Millisecond // after the first, then twice as long each time

	maxAnswer = 64 << 10
)

// errNoAnswer says that the server may or may not have done what it was asked.
var errNoAnswer = errors.New("no answer")

// renewal is the exchange of the refresh token that everybody waits for.
type renewal struct {
	done   chan struct{}
	tokens Tokens // or
	err    error
}

// access returns an access token for a request, other than the refused one.
func (t *Transport) access(r *http.Request, refused string) (string, error) {
	if r.URL.Scheme != t.api.Scheme || r.URL.Host != t.api.Host { // as after a redirect
		return "", fmt.Errorf("notes: the tokens are not for %s", r.URL.Host)
	}
	t.mu.Lock()
	if t.refused {
		t.mu.Unlock()
		return "", ErrRefused
	}
	n := t.renewal
	if n == nil && t.tokens.Access != refused && time.Now().Before(t.tokens.Renew) {
		defer t.mu.Unlock()
		return t.tokens.Access, nil
	}
	if n == nil {
		n = &renewal{done: make(chan struct{})}
		t.renewal = n
		go t.run(context.WithoutCancel(r.Context()), n)
	}
	t.mu.Unlock()
	select {
	case <-n.done:
		return n.tokens.Access, n.err
	case <-r.Context().Done():
		return "", context.Cause(r.Context())
	}
}

// run renews the tokens, and tells those who wait.
func (t *Transport) run(ctx context.Context, n *renewal) {
	err := t.renew(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	n.tokens, n.err = t.tokens, err
	t.renewal, t.refused = nil, errors.Is(err, ErrRefused)
	close(n.done)
}

// renew exchanges the refresh token. What Save does not take, it is handed again
// the next time.
func (t *Transport) renew(ctx context.Context) error {
	if t.unsaved == nil {
		next, err := t.exchange(ctx)
		if err != nil {
			return err
		}
		t.unsaved = &next
	}
	if t.config.Save != nil {
		if err := t.config.Save(*t.unsaved); err != nil {
			return fmt.Errorf("notes: saving the tokens: %w", err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens, t.unsaved = *t.unsaved, nil
	return nil
}

// exchange asks for the next pair. If the answer is lost, it asks again.
func (t *Transport) exchange(ctx context.Context) (Tokens, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.tokens.Refresh}}.Encode()
	for try := 0; ; try++ {
		next, err := t.ask(ctx, "token", "application/x-www-form-urlencoded", form)
		if !errors.Is(err, errNoAnswer) || try == tries-1 {
			return next, err
		}
		<-time.After(pause << try)
	}
}

// ask posts what is answered with tokens.
func (t *Transport) ask(ctx context.Context, path, contentType, body string) (Tokens, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	fail := func(err error) (Tokens, error) { return Tokens{}, fmt.Errorf("notes: POST /%s: %w", path, err) }
	for try := 1; ; try++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.api.JoinPath(path).String(), strings.NewReader(body))
		if err != nil {
			return fail(err)
		}
		r.Header.Set("Content-Type", contentType)
		sent := time.Now().Round(0) // by the wall clock: the other one may stand still while a phone sleeps
		res, stale, err := t.send(r, "")
		if err != nil {
			return fail(fmt.Errorf("%w: %w", errNoAnswer, err))
		}
		text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		res.Body.Close()
		if err != nil {
			return fail(fmt.Errorf("%w: %w", errNoAnswer, err))
		}
		if stale && try == 1 && res.StatusCode != http.StatusOK {
			continue
		}
		var a struct {
			Access  string        `json:"access_token"`
			Type    string        `json:"token_type"`
			Life    time.Duration `json:"expires_in"` // seconds
			Refresh string        `json:"refresh_token"`
			Error   string        `json:"error"`
		}
		err = json.Unmarshal(text, &a)
		switch {
		case res.StatusCode == http.StatusBadRequest && a.Error == "invalid_grant":
			return Tokens{}, ErrRefused
		case res.StatusCode >= http.StatusInternalServerError || res.StatusCode == http.StatusTooManyRequests:
			return fail(fmt.Errorf("%w: %s", errNoAnswer, res.Status))
		case res.StatusCode != http.StatusOK:
			return fail(errors.New(res.Status))
		case err != nil || a.Access == "" || a.Refresh == "":
			return fail(errors.New("the answer has no tokens"))
		case (a.Type == "DPoP") != (t.config.Key != nil):
			return fail(errors.New("the tokens are not bound to a key as Config.Key wants it"))
		}
		return Tokens{a.Access, a.Refresh, sent.Add(a.Life * time.Second * 9 / 10)}, nil
	}
}

// send sends a request with an access token, if it is given one, and with a proof,
// if there is a key. It reports whether the server wants another nonce in that.
func (t *Transport) send(r *http.Request, access string) (res *http.Response, stale bool, err error) {
	t.mu.Lock()
	nonce := t.nonce
	t.mu.Unlock()
	scheme := "Bearer "
	if key := t.config.Key; key != nil {
		scheme = "DPoP "
		proof, err := token.NewProof(key, cmp.Or(r.Method, http.MethodGet), r.URL.String(), access, nonce, time.Now())
		if err != nil {
			r.Body.Close()
			return nil, false, fmt.Errorf("notes: %w", err)
		}
		r.Header.Set("DPoP", proof)
	}
	if access != "" {
		r.Header.Set("Authorization", scheme+access)
	}
	if res, err = t.config.Base.RoundTrip(r); err != nil {
		return nil, false, err
	}
	if next := res.Header.Get("DPoP-Nonce"); next != "" && next != nonce {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.nonce, stale = next, true
	}
	return res, stale, nil
}
