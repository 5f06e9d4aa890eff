package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// serve is the way of one request.
func (m *Manager) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !m.cookie.servesHost(r.Host) {
		m.Fail(w, r, ErrWrongHost)
		return
	}
	if m.cfg.CrossOrigin != nil {
		if err := m.cfg.CrossOrigin.Check(r); err != nil {
			m.Fail(w, r, fmt.Errorf("%w: %w", ErrCrossOrigin, err))
			return
		}
	}
	st := &state{manager: m, request: r, began: m.now(), kind: cookieToken}
	if err := st.load(r.Context()); err != nil && !m.continues(w, r, err) {
		return
	}
	st.serve(w, next) //nolint:contextcheck // it takes the request's
}

// continues reports whether a request is served although its session could not
// be loaded; otherwise it has been answered.
func (m *Manager) continues(w http.ResponseWriter, r *http.Request, err error) bool {
	if m.cfg.OnOutage(r) == Refuse {
		m.Fail(w, r, err)
		return false
	}
	m.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "serving without session", slog.Any("error", err))
	return true
}

// serve lets the handler answer, and stores what it did.
func (st *state) serve(w http.ResponseWriter, next http.Handler) {
	m, r := st.manager, st.request
	ctx := r.Context()
	if st.rec != nil {
		var cancel context.CancelCauseFunc
		ctx, cancel = context.WithCancelCause(ctx)
		defer cancel(nil)
		st.cancel = cancel
	}
	st.ctx = requestContext{Context: ctx, state: st}
	r = r.WithContext(&st.ctx)
	st.request = r
	defer st.endStream()
	next.ServeHTTP(st.writer.init(w, st), r)
	if err := st.writer.finish(); err != nil {
		return // the writer has answered
	}
	if err := st.commitLate(ctx); err != nil {
		m.cfg.Logger.LogAttrs(ctx, slog.LevelError, "late change lost", slog.Any("error", err))
	}
}

// Fail answers a request with an error alone, as the manager itself does: it
// keeps the answer out of caches, adds Retry-After to [ErrUnavailable] and
// WWW-Authenticate to [ErrToken], and leaves the rest to Config.OnError. Nothing may have been written before.
func (m *Manager) Fail(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch {
	case errors.Is(err, ErrUnavailable):
		h.Set("Retry-After", "1")
	case errors.Is(err, ErrToken):
		m.challenge(w, r, err)
	}
	if StatusOf(err) >= http.StatusInternalServerError && r.Context().Err() == nil {
		m.cfg.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.Any("error", err))
	}
	m.cfg.OnError(w, r, err)
}

// supersededFor is how long a superseded secret is taken to be on its way from
// the days before a login or logout. Its holder is given nothing, and nothing
// that would replace the cookie that the login's response set. After that the
// client must have missed that response, and may begin anew.
const supersededFor = 5 * time.Minute

// load finds the session of the request. An error means that the store failed.
func (st *state) load(ctx context.Context) error {
	m := st.manager
	id, presented, found := m.cookie.read(st.request)
	if found != valid {
		return nil
	}
	rec, err := m.store.Load(ctx, id)
	if err != nil {
		if err = storeError(err); errors.Is(err, sessionstore.ErrEnded) {
			return nil
		}
		st.outage = err
		return err
	}
	if !rec.Alive(st.began) {
		return nil
	}
	cred := &rec.Credential
	switch cred.Check(st.kind.hash(presented), st.began, m.cfg.RotateGrace) {
	case sessionstore.Current:
		st.adopt(rec, presented)
		st.confirm = unconfirmed(cred)
		st.rotate = cred.RotationDue(st.began, m.cfg.RotateEvery, m.cfg.RotateGrace)
	case sessionstore.Previous:
		if successor, err := unseal(presented, id, cred.Sealed); err != nil {
			m.reportUnknown(ctx, st, id)
		} else {
			st.adopt(rec, successor)
			st.issue = true
		}
	case sessionstore.Superseded:
		st.frozen = st.began.Sub(cred.Since) < supersededFor
	case sessionstore.Reused:
		return st.theft(ctx, rec)
	case sessionstore.Unknown:
		m.reportUnknown(ctx, st, id)
	}
	return nil
}

// adopt makes rec the session of the request.
func (st *state) adopt(rec *sessionstore.Record, s secret) {
	st.rec, st.secret, st.values.base = rec, s, rec.Values
}

// unconfirmed reports whether nobody has presented the secret in force yet since
// it took the place of another.
func unconfirmed(cred *sessionstore.Credential) bool {
	return cred.Previous != (sessionstore.Hash{}) && cred.Used.IsZero()
}

// theft ends a session whose spent secret was presented: whoever holds it, or
// whoever holds the secret in force, is not the user. The event names both.
func (st *state) theft(ctx context.Context, rec *sessionstore.Record) error {
	m := st.manager
	d := st.device()
	_, err := m.store.Apply(context.WithoutCancel(ctx), sessionstore.Change{
		Session:  rec.ID,
		AnyEpoch: true,
		End:      &sessionstore.End{Reason: analytics.ReasonReused},
		Events: []sessionstore.Note{{
			Type: analytics.CredentialReused,
			Attributes: map[string]string{
				"agent": d.Agent, "address": d.Address,
				"holder_agent": rec.Device.Agent, "holder_address": rec.Device.Address,
			},
		}},
	})
	if err = storeError(err); errors.Is(err, ErrUnavailable) {
		st.outage = err
		return err
	}
	return nil
}
