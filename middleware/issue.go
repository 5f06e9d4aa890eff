package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// defaultClient is the client_id of a client that was given none.
const defaultClient = "default"

// IssueTokens begins a login of user for a client that holds tokens in place of
// a cookie, such as a mobile app: a short-lived access token for
// [Manager.Signed] and [Manager.Checked], and a refresh token for
// [Manager.RefreshHandler]. The request comes through [Manager.Public]; then the
// login is in a session of its own; or through Checked, with the token of a
// guest from [Manager.IssueOpaque], whose session, cart and all, it is then in.
// Through [Manager.Handler] it comes, too; the browser's session is left alone.
//
// A client that has proved a key with the request (see [DPoP]) gets tokens bound
// to it. Errors are as for [Manager.Login], [ErrToken] for a bad or missing
// proof, and [ErrNoTokens].
func (m *Manager) IssueTokens(ctx context.Context, user string, how Authentication) (Tokens, error) {
	if m.tokens == nil {
		return Tokens{}, ErrNoTokens
	}
	return m.issue(ctx, user, how, refreshToken)
}

// IssueOpaque is IssueTokens for one opaque token: it is only good for Checked,
// is good as long as its login, and needs no Config.Tokens. With an empty user it
// begins a session without a login, for a guest.
func (m *Manager) IssueOpaque(ctx context.Context, user string, how Authentication) (Tokens, error) {
	return m.issue(ctx, user, how, opaqueToken)
}

func (m *Manager) issue(ctx context.Context, user string, how Authentication, kind tokenKind) (Tokens, error) {
	st, err := m.stateOf(ctx)
	if err != nil {
		return Tokens{}, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.outage != nil {
		return Tokens{}, st.outage
	}
	if err := st.proveAny(ctx); err != nil {
		return Tokens{}, err
	}
	client := sessionstore.Client{ID: how.Client, Key: st.proven}
	if client.ID == "" {
		client.ID = defaultClient
	}
	if kind == refreshToken {
		if err := m.tokens.canTell(user, how, client, st.began); err != nil {
			return Tokens{}, err
		}
	}
	st.consulted = true
	to := st
	if !st.bearer || st.rec != nil && st.rec.Client != client {
		to = &state{manager: m, request: st.request, began: st.began, bearer: true, notes: st.notes}
	}
	to.kind, to.client = kind, &client
	if user != "" {
		err = to.begin(ctx, user, how)
	} else {
		_, err = to.create(ctx, sessionstore.Change{}, newSecret())
	}
	if err != nil {
		return Tokens{}, err
	}
	st.notes, st.owed = nil, false
	return to.tokens(to.rec.Seen)
}

// canTell reports whether access tokens can tell of a login: before it begins,
// for otherwise nobody would hold its tokens.
func (t *tokens) canTell(user string, how Authentication, client sessionstore.Client, now time.Time) error {
	now = now.Truncate(time.Second)
	a := token.Access{
		Issuer: t.Issuer, Audience: t.Audience, Subject: user, Session: sessionstore.ID{}.String(), ClientID: client.ID, ID: "-",
		IssuedAt: now, Expires: now.Add(t.AccessLife), Authenticated: now,
		AMR: how.AMR, ACR: how.ACR, KeyThumbprint: client.Key,
	}
	if err := a.Check(); err != nil {
		return fmt.Errorf("%w: %w", sessionstore.ErrInvalid, err)
	}
	return nil
}

// ReissueTokens takes note that the user of the login under way has proved who
// they are once more, as [Manager.Reauthenticate] does, for a client that holds
// tokens: it gets new ones of the same kind, and those before authenticate
// nothing any more on checked routes. The request comes through
// [Manager.Checked].
func (m *Manager) ReissueTokens(ctx context.Context, how Authentication) (Tokens, error) {
	st, err := m.stateOf(ctx)
	if err != nil {
		return Tokens{}, err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.bearer {
		return Tokens{}, fmt.Errorf("%w: the session is a browser's", ErrNoLogin)
	}
	if login := st.liveLogin(); login != nil && st.kind == refreshToken {
		if err := m.tokens.canTell(login.User, how, st.rec.Client, st.began); err != nil {
			return Tokens{}, err
		}
	}
	if err := st.reauthenticate(ctx, how); err != nil {
		return Tokens{}, err
	}
	return st.tokens(st.rec.Seen)
}

// endBearer ends the session of a client that holds tokens. The lock is held.
func (st *state) endBearer(ctx context.Context) error {
	_, err := st.apply(ctx, sessionstore.Change{End: &sessionstore.End{Reason: analytics.ReasonLogout}})
	if err != nil && !errors.Is(err, sessionstore.ErrSuperseded) && !errors.Is(err, sessionstore.ErrEnded) {
		return err
	}
	st.rec, st.frozen = nil, true
	return nil
}
