package middleware

import (
	"context"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Session is what may be known of a session: no secrets.
type Session struct {
	ID      sessionstore.ID
	Current bool // it is the session of the request that asks

	Started time.Time
	Seen    time.Time // last activity, to within a few seconds
	Expires time.Time // when it ends if nothing more happens
	Visit   string    // ID of the visit under way, or empty
	Device  sessionstore.Device

	// Of the login under way; empty without one.
	User          string
	Login         string // ID
	LoggedIn      time.Time
	Authenticated time.Time // the latest proof
	AMR           []string
	ACR           string
}

func describe(rec *sessionstore.Record, now time.Time) Session {
	s := Session{ID: rec.ID, Started: rec.Created, Seen: rec.Seen, Expires: earlier(rec.Seen.Add(rec.Idle), rec.Until), Device: rec.Device}
	if v := rec.LiveVisit(now); v != nil {
		s.Visit = v.ID
	}
	if l := rec.LiveLogin(now); l != nil {
		s.User, s.Login, s.LoggedIn, s.Authenticated, s.AMR, s.ACR = l.User, l.ID, l.Started, l.Authenticated, l.AMR, l.ACR
	}
	return s
}

// Current returns the session of the request, and whether it has one. A visitor
// has none until something is stored for them.
func (m *Manager) Current(ctx context.Context) (Session, bool) {
	st, err := m.stateOf(ctx)
	if err != nil {
		return Session{}, false
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.consulted = true
	st.beginVisit(ctx) // it is to be told which
	if st.rec == nil {
		return Session{}, false
	}
	s := describe(st.rec, st.began)
	s.Current = true
	return s, true
}

// Sessions returns the sessions in which user is logged in, the latest login
// first: the user's devices. ASVS 7.5.2 wants users to see them.
func (m *Manager) Sessions(ctx context.Context, user string) ([]Session, error) {
	recs, err := m.store.UserSessions(ctx, user)
	if err != nil {
		return nil, storeError(err)
	}
	return m.describeAll(ctx, recs), nil
}

// All returns up to limit sessions that have not ended, in no particular order,
// for administrators.
func (m *Manager) All(ctx context.Context, limit int) ([]Session, error) {
	recs, err := m.store.Sessions(ctx, limit)
	if err != nil {
		return nil, storeError(err)
	}
	return m.describeAll(ctx, recs), nil
}

// Find returns a session as it now is in the store, which may be far from any
// request: whoever writes to people about their carts asks whether they are still
// there. The error is [sessionstore.ErrEnded] if it has ended or never was, and
// [ErrUnavailable] if the store failed.
func (m *Manager) Find(ctx context.Context, id sessionstore.ID) (Session, error) {
	rec, err := m.store.Load(ctx, id)
	if err != nil {
		return Session{}, fmt.Errorf("middleware: finding a session: %w", storeError(err))
	}
	now := m.now()
	if !rec.Alive(now) {
		return Session{}, fmt.Errorf("middleware: finding a session: %w", sessionstore.ErrEnded)
	}
	s := describe(rec, now)
	if st, err := m.stateOf(ctx); err == nil {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.consulted = true
		s.Current = st.rec != nil && st.rec.ID == id
	}
	return s, nil
}

func (m *Manager) describeAll(ctx context.Context, recs []*sessionstore.Record) []Session {
	var current sessionstore.ID
	if s, ok := m.Current(ctx); ok {
		current = s.ID
	}
	now := m.now()
	sessions := make([]Session, len(recs))
	for i, rec := range recs {
		sessions[i] = describe(rec, now)
		sessions[i].Current = rec.ID == current
	}
	return sessions
}

// Revoke ends a session for good, with its login and its visit. Who does it is
// taken from ctx, if it is a request's, and recorded as the event's actor. That
// the caller may do it is for the caller to know: an ID is no secret. A session
// that has ended already gives [sessionstore.ErrEnded].
func (m *Manager) Revoke(ctx context.Context, id sessionstore.ID, reason analytics.Reason) error {
	_, err := m.store.Apply(context.WithoutCancel(ctx), sessionstore.Change{
		Session: id, AnyEpoch: true, End: &sessionstore.End{Reason: reason}, Actor: m.actor(ctx),
	})
	if err != nil {
		return fmt.Errorf("middleware: revoking a session: %w", storeError(err))
	}
	return nil
}

// RevokeUser ends all sessions in which user is logged in, and refuses logins of
// the user that are under way. It returns how many sessions it ended. See ASVS
// 7.4.2 and 7.4.5.
func (m *Manager) RevokeUser(ctx context.Context, user string, reason analytics.Reason) (int, error) {
	return m.revokeUser(ctx, user, sessionstore.EndUser{Reason: reason, Actor: m.actor(ctx)})
}

// RevokeOthers is RevokeUser for the user of the request, sparing the session
// that the request belongs to: "log out everywhere else". It returns
// [ErrNoLogin] if the request has no login. See ASVS 7.4.3.
func (m *Manager) RevokeOthers(ctx context.Context) (int, error) {
	s, _ := m.Current(ctx)
	if s.User == "" {
		return 0, ErrNoLogin
	}
	return m.revokeUser(ctx, s.User, sessionstore.EndUser{Reason: analytics.ReasonRevoked, Actor: s.User, Except: s.ID})
}

func (m *Manager) revokeUser(ctx context.Context, user string, end sessionstore.EndUser) (int, error) {
	ended, err := m.store.EndUser(context.WithoutCancel(ctx), user, end)
	if err != nil {
		return len(ended), fmt.Errorf("middleware: revoking a user's sessions: %w", storeError(err))
	}
	return len(ended), nil
}

// actor names who makes the request, if they are logged in.
func (m *Manager) actor(ctx context.Context) string {
	s, _ := m.Current(ctx)
	return s.User
}
