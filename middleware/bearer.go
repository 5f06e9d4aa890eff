package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Public lets all requests of clients that hold tokens through to next, and
// looks at no token: it is for the route that issues them, with
// [Manager.IssueTokens]. There is no session in them.
func (m *Manager) Public(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := &state{manager: m, request: r, began: m.now(), bearer: true}
		st.serve(w, next) //nolint:contextcheck // it takes the request's
	})
}

// Checked lets requests through to next that present a token of a session that
// is live now, whatever process or node ended it: an access token, or an opaque
// one. It costs a load. Next has the session as inside [Manager.Handler], values,
// cart, guards and all. Others are answered with [ErrToken], in the words of RFC
// 6750 §3 and RFC 9449 §7.1. Tokens are read from the Authorization header, and
// from nowhere else.
func (m *Manager) Checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st := &state{manager: m, request: r, began: m.now(), bearer: true}
		switch err := st.loadBearer(r.Context()); {
		case errors.Is(err, ErrUnavailable):
			if !m.continues(w, r, err) {
				return
			}
		case err != nil:
			m.Fail(w, r, err)
			return
		}
		if st.rec != nil && st.rec.Client.Key != "" {
			m.offerNonce(w)
		}
		st.serve(w, next) //nolint:contextcheck // it takes the request's
	})
}

// Signed lets requests through to next that present an access token which is
// signed and not expired. It asks no store, and so may let a session through
// whose end this process has not heard of, for at most the rest of the token's
// life. Next learns from [AccessOf] who it is; a session it has not. Proofs that
// bound tokens come with are remembered in this process only. Others are
// answered as by [Manager.Checked]. It needs Config.Tokens.
func (m *Manager) Signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		access, err := m.signed(r)
		if err != nil {
			m.Fail(w, r, err)
			return
		}
		if access.KeyThumbprint != "" {
			m.offerNonce(w)
		}
		h := w.Header()
		addVary(h, "Authorization")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r.WithContext(&accessContext{r.Context(), access, m.dataKey})) //nolint:contextcheck // it is derived from the request's
	})
}

// AccessOf returns the access token with which a request came through
// [Manager.Signed] or [Manager.Checked], and whether it came with one.
func AccessOf(ctx context.Context) (token.Access, bool) {
	a, ok := ctx.Value(accessKey{}).(*token.Access)
	if !ok || a == nil {
		return token.Access{}, false
	}
	return *a, true
}

type accessKey struct{}

type accessContext struct {
	context.Context //nolint:containedctx // this is a context
	access          token.Access
	dataKey         any // as Manager's
}

// Value implements [context.Context].
func (c *accessContext) Value(key any) any {
	switch key {
	case accessKey{}:
		return &c.access
	case stateKey{}, c.dataKey:
		return nil // a cookie may have a session, of somebody else even
	}
	return c.Context.Value(key)
}

// signed returns the access token of a request that it lets through.
func (m *Manager) signed(r *http.Request) (token.Access, error) {
	if m.tokens == nil {
		return token.Access{}, ErrNoTokens
	}
	dpop, text, err := credentials(r)
	if err != nil {
		return token.Access{}, err
	}
	access, id, err := m.tokens.verify(text, m.now())
	if err != nil {
		return token.Access{}, err
	}
	if m.tokens.heard.revoked(id, access.Epoch) {
		return token.Access{}, fmt.Errorf("%w: revoked", ErrToken)
	}
	if err := checkScheme(dpop, access.KeyThumbprint); err != nil {
		return token.Access{}, err
	}
	return access, m.provenHere(r, access.KeyThumbprint, text)
}

// verify reads an access token, and the ID of its session.
func (t *tokens) verify(text string, now time.Time) (token.Access, sessionstore.ID, error) {
	access, err := t.verifier.Verify(text, now)
	if err != nil {
		return token.Access{}, sessionstore.ID{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	id, err := sessionstore.ParseID(access.Session)
	if err != nil {
		return token.Access{}, sessionstore.ID{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return access, id, nil
}

// loadBearer finds the live session of the request's token.
func (st *state) loadBearer(ctx context.Context) error {
	rec, err := st.loadCredentials(ctx)
	if err != nil {
		st.access = nil
		if errors.Is(err, ErrUnavailable) {
			st.outage = err
		}
		return err
	}
	st.rec, st.values.base = rec, rec.Values
	return nil
}

func (st *state) loadCredentials(ctx context.Context) (*sessionstore.Record, error) {
	dpop, text, err := credentials(st.request)
	if err != nil {
		return nil, err
	}
	load := st.loadAccess
	if opaqueToken.names(text) {
		load = st.loadOpaque
	}
	rec, err := load(ctx, text)
	if err != nil {
		return nil, err
	}
	if err := checkScheme(dpop, rec.Client.Key); err != nil {
		return nil, err
	}
	return rec, st.prove(ctx, rec.Client.Key, text)
}

// loadNamed finds the live session that a token names, and takes over its secret
// unchecked.
func (st *state) loadNamed(ctx context.Context, kind tokenKind, text string) (*sessionstore.Record, error) {
	id, presented, ok := kind.parse(text)
	if !ok {
		return nil, fmt.Errorf("%w: malformed", ErrToken)
	}
	st.kind, st.secret = kind, presented
	return st.loadLive(ctx, id)
}

func (st *state) loadOpaque(ctx context.Context, text string) (*sessionstore.Record, error) {
	rec, err := st.loadNamed(ctx, opaqueToken, text)
	if err != nil {
		return nil, err
	}
	switch rec.Credential.Check(st.kind.hash(st.secret), st.began, 0) {
	case sessionstore.Current:
		if rec.Owner != "" && rec.LiveLogin(st.began) == nil {
			return nil, fmt.Errorf("%w: its login has ended", ErrToken)
		}
		return rec, nil
	case sessionstore.Unknown:
		st.manager.reportUnknown(ctx, st, rec.ID)
	case sessionstore.Previous, sessionstore.Superseded, sessionstore.Reused:
		// It was replaced without grace: requests in flight still carry it.
	}
	return nil, fmt.Errorf("%w: not in force", ErrToken)
}

// loadRefresh finds the session of a refresh token that can be exchanged. One
// that has been, and can be once more because the answer may have been lost, is
// good only if that is asked for.
func (st *state) loadRefresh(ctx context.Context, text string, previous bool) (*sessionstore.Record, error) {
	rec, err := st.loadNamed(ctx, refreshToken, text)
	if err != nil {
		return nil, err
	}
	verdict := st.verdict(rec, st.secret)
	good := verdict == sessionstore.Current || previous && verdict == sessionstore.Previous
	if !good || rec.LiveLogin(st.began) == nil {
		return nil, fmt.Errorf("%w: not in force", ErrToken)
	}
	return rec, nil
}

func (st *state) loadAccess(ctx context.Context, text string) (*sessionstore.Record, error) {
	m := st.manager
	if m.tokens == nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, ErrNoTokens)
	}
	access, id, err := m.tokens.verify(text, st.began)
	if err != nil {
		return nil, err
	}
	rec, err := st.loadLive(ctx, id)
	if err != nil {
		return nil, err
	}
	login := rec.LiveLogin(st.began)
	if login == nil || login.User != access.Subject || rec.Credential.Epoch != access.Epoch || rec.Client.Key != access.KeyThumbprint {
		return nil, fmt.Errorf("%w: revoked", ErrToken)
	}
	st.kind, st.access = refreshToken, &access
	// Whoever has the access token has the refresh token that came with it.
	if !access.IssuedAt.Before(rec.Credential.Since.Truncate(time.Second)) {
		st.confirm = unconfirmed(&rec.Credential)
	}
	return rec, nil
}

func (st *state) loadLive(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	rec, err := st.manager.store.Load(ctx, id)
	if err != nil {
		if err = storeError(err); errors.Is(err, ErrUnavailable) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if !rec.Alive(st.began) {
		return nil, fmt.Errorf("%w: the session has ended", ErrToken)
	}
	return rec, nil
}

// checkScheme wants a token that is bound to a key under DPoP, and no other there:
// elsewhere nobody would ask for the proof (RFC 9449 §7.2).
func checkScheme(dpop bool, key string) error {
	if dpop != (key != "") {
		return fmt.Errorf("%w: the scheme is not that of the token", ErrToken)
	}
	return nil
}

// maxCredentials is how long an Authorization header may be.
const maxCredentials = 8<<10 + 16

// credentials returns the token in the Authorization header, of which there is
// one (RFC 6750 §2.1, RFC 9449 §7.1), and whether it came under the DPoP scheme.
func credentials(r *http.Request) (dpop bool, text string, err error) {
	values := r.Header["Authorization"]
	if len(values) != 1 || len(values[0]) > maxCredentials {
		return false, "", fmt.Errorf("%w: %d Authorization headers", ErrToken, len(values))
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
	case strings.EqualFold(scheme, "DPoP"):
		dpop = true
	default:
		return false, "", fmt.Errorf("%w: another scheme", ErrToken)
	}
	return dpop, strings.TrimLeft(text, " "), nil
}
