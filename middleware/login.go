package middleware

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Authentication says how a user proved who they are.
type Authentication struct {
	AMR []string // the methods, in the words of RFC 8176: pwd, otp, hwk, mfa, …
	ACR string   // the strength, in the application's words; see [Manager.RequireACR]

	// Client is the client_id that tokens are issued to (RFC 9068 §2.2.1); empty
	// means "default". With cookies it has no meaning.
	Client string

	// Idle and Max are the limits of this login; 0 means Config's.
	Idle, Max time.Duration
}

// Login begins a login of user in the session of the request, or in a new one.
// When it returns nil the login is in force and counts against the limit, and
// the session has a new secret: the token from before the login authenticates
// nothing any more (ASVS 7.2.4). If the session's state belongs to somebody
// else it is cleared; a login of somebody else that is under way ends.
//
// To clients without cookies see [Manager.IssueTokens]; Login returns [ErrBearer]
// for them.
//
// It returns [sessionstore.ErrTooManyLogins] if the limit is reached and the
// policy says so, [sessionstore.ErrLoginRefused] if the user's sessions were
// ended since the request began, [ErrHeadersSent] if it is too late for the
// cookie, or [ErrUnavailable].
func (m *Manager) Login(ctx context.Context, user string, how Authentication) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.outage != nil:
		return st.outage
	case st.bearer:
		return ErrBearer
	case st.sent:
		return ErrHeadersSent
	}
	return st.begin(ctx, user, how)
}

// begin begins a login in the session, or in a new one. The lock is held.
func (st *state) begin(ctx context.Context, user string, how Authentication) error {
	m := st.manager
	st.consulted = true
	login := &sessionstore.LoginStart{
		ID: sessionstore.NewSpanID(), User: user, Began: st.began,
		Idle: or(how.Idle, m.cfg.LoginIdle), Max: or(how.Max, m.cfg.LoginMax), AMR: how.AMR, ACR: how.ACR,
		Limit: sessionstore.LoginLimit{Max: m.cfg.MaxLogins, Policy: m.cfg.LoginPolicy},
	}
	// Whoever comes with the right password may in with a token that somebody
	// has superseded, or whose session ended a moment ago. They get a session of
	// their own: what the token's had in it is not theirs.
	if st.frozen {
		st.frozen, st.rec = false, nil
	}
	err := st.login(ctx, login)
	if st.rec != nil && (errors.Is(err, sessionstore.ErrSuperseded) || errors.Is(err, sessionstore.ErrEnded)) {
		st.rec = nil
		st.forgetValues()
		err = st.login(ctx, login)
	}
	return err
}

// login makes the change that begins a login.
func (st *state) login(ctx context.Context, login *sessionstore.LoginStart) error {
	next, device := newSecret(), st.device()
	change := sessionstore.Change{Login: login, Device: &device}
	var res sessionstore.Result
	var err error
	if st.rec == nil {
		if err = st.writable(); err == nil {
			res, err = st.create(ctx, change, next)
		}
	} else {
		change.Renew = st.renewal(next)
		res, err = st.apply(ctx, change)
	}
	if err != nil {
		return err
	}
	rec := *st.rec
	if rec.Owner != "" && rec.Owner != login.User {
		rec.Values, rec.Cart = nil, nil
		st.forgetValues()
	}
	rec.Owner, rec.Device = login.User, device
	rec.Login = &sessionstore.Login{
		ID: login.ID, User: login.User, Started: res.At, Authenticated: res.At,
		Idle: login.Idle, Until: res.At.Add(login.Max), AMR: login.AMR, ACR: login.ACR,
	}
	st.rec = &rec
	if change.Renew != nil {
		st.renewed(next)
	}
	return nil
}

// Reauthenticate takes note that the user of the login under way has proved who
// they are once more: the limits of the login start again, and the session gets
// a new secret. It returns [ErrNoLogin] if there is no login.
func (m *Manager) Reauthenticate(ctx context.Context, how Authentication) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.bearer:
		return ErrBearer
	case st.sent:
		return ErrHeadersSent
	}
	return st.reauthenticate(ctx, how)
}

// reauthenticate renews the proof of the login under way. The lock is held.
func (st *state) reauthenticate(ctx context.Context, how Authentication) error {
	m := st.manager
	login := st.liveLogin()
	switch {
	case st.outage != nil:
		return st.outage
	case login == nil:
		return ErrNoLogin
	}
	next := newSecret()
	proof := &sessionstore.Reauth{
		Login: login.ID, Idle: or(how.Idle, m.cfg.LoginIdle), Max: or(how.Max, m.cfg.LoginMax), AMR: how.AMR, ACR: how.ACR,
	}
	res, err := st.apply(ctx, sessionstore.Change{Reauth: proof, Renew: st.renewal(next)})
	if err != nil {
		return err
	}
	rec, proved := *st.rec, *login
	proved.Authenticated, proved.Idle, proved.Until, proved.AMR, proved.ACR = res.At, proof.Idle, res.At.Add(proof.Max), proof.AMR, proof.ACR
	rec.Login = &proved
	st.rec = &rec
	st.renewed(next)
	return nil
}

// Logout ends the login under way, if there is one, and gives the session a new
// secret. The session goes on with its values and its cart; to end it, use
// Destroy of [Manager.Values]. A login that had ended already is no error. Where
// the client holds tokens in place of a cookie, the session ends with the login.
func (m *Manager) Logout(ctx context.Context) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.consulted = true
	switch {
	case st.outage != nil:
		return st.outage
	case st.rec == nil || st.rec.Login == nil:
		return nil
	case st.bearer:
		return st.endBearer(ctx)
	case st.sent:
		return ErrHeadersSent
	}
	next := newSecret()
	_, err = st.apply(ctx, sessionstore.Change{
		EndLogin: &sessionstore.End{Reason: analytics.ReasonLogout},
		Renew:    st.renewal(next),
	})
	switch {
	case errors.Is(err, sessionstore.ErrSuperseded), errors.Is(err, sessionstore.ErrEnded):
		// Somebody was faster. What this request was logged in with is over.
		st.rec, st.frozen, st.issue = nil, true, false
		return nil
	case err != nil:
		return err
	}
	rec := *st.rec
	rec.Login = nil
	st.rec = &rec
	st.renewed(next)
	return nil
}

// LoginFailed reports an attempt to log in as user that failed, for those who
// watch the events (ASVS 16.3.1). It is not stored with the session. Of a name
// longer than a user's can be, 256 bytes, the beginning is reported.
func (m *Manager) LoginFailed(ctx context.Context, user string) error {
	st, err := m.stateOf(ctx)
	if err != nil {
		return err
	}
	d := st.device()
	event := analytics.Event{
		Type: analytics.LoginFailed, User: strings.ToValidUTF8(user[:min(len(user), 256)], ""),
		Attributes: map[string]string{"agent": d.Agent, "address": d.Address},
	}
	st.mu.Lock()
	if st.rec != nil {
		event.Session = st.rec.ID.String()
	}
	st.mu.Unlock()
	return storeError(m.store.Append(context.WithoutCancel(ctx), event))
}

func (st *state) renewal(s secret) *sessionstore.Renewal {
	return &sessionstore.Renewal{To: st.kind.hash(s), Grace: st.manager.cfg.RotateGrace}
}

// liveLogin returns the login of the request's session, if it is within its limits.
// The lock is held.
func (st *state) liveLogin() *sessionstore.Login {
	st.consulted = true
	if st.rec == nil {
		return nil
	}
	return st.rec.LiveLogin(st.began)
}

func or(d, missing time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return missing
}
