package middleware

import (
	"context"
	"errors"
	"net/http"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// errGrant: a refresh token is good for nothing. Why it is not is told to nobody.
var errGrant = errors.New("middleware: invalid refresh token")

// refresh exchanges a refresh token for the next pair, in one atomic change
// (RFC 9700 §4.14.2). Whoever presents the same one again, because it was faster
// than its other request or lost the answer, is told the same successor; see
// verdict for how long. After that it is theft, and ends the session.
func (m *Manager) refresh(r *http.Request, text, client string) (Tokens, error) {
	id, presented, ok := refreshToken.parse(text)
	switch {
	case m.tokens == nil:
		return Tokens{}, ErrNoTokens
	case !ok:
		return Tokens{}, errGrant
	}
	ctx := r.Context()
	st := &state{manager: m, request: r, began: m.now(), kind: refreshToken, bearer: true}
	for range 4 { // each time somebody else was faster
		rec, err := m.store.Load(ctx, id)
		if err != nil {
			return Tokens{}, grantError(err)
		}
		if !rec.Alive(st.began) || rec.LiveLogin(st.began) == nil || client != "" && client != rec.Client.ID {
			return Tokens{}, errGrant
		}
		verdict := st.verdict(rec, presented)
		if verdict == sessionstore.Current || verdict == sessionstore.Previous {
			// Only to whoever has the token anything is said of proofs.
			if err := st.prove(ctx, rec.Client.Key, ""); err != nil {
				return Tokens{}, err
			}
		}
		switch verdict {
		case sessionstore.Current:
			done, err := st.succeed(ctx, rec, presented)
			if err != nil {
				return Tokens{}, grantError(err)
			}
			if !done {
				continue
			}
		case sessionstore.Previous:
			if st.secret, err = unseal(presented, id, rec.Credential.Sealed); err != nil {
				m.reportUnknown(ctx, st, id)
				return Tokens{}, errGrant
			}
			st.rec = rec
		case sessionstore.Reused:
			if err := st.theft(ctx, rec); err != nil {
				return Tokens{}, err
			}
			return Tokens{}, errGrant
		case sessionstore.Unknown:
			m.reportUnknown(ctx, st, id)
			return Tokens{}, errGrant
		case sessionstore.Superseded:
			return Tokens{}, errGrant
		}
		return st.tokens(st.began)
	}
	return Tokens{}, sessionstore.ErrConflict
}

// verdict is that of [sessionstore.Credential.Check], but for one thing: a token
// that anybody can use who has it is not exchanged a second time for as long as
// its successor is not seen to be used, which on signed routes nobody sees, but
// for Config.RotateGrace. A token that is bound to a key stays good until then:
// only the client can have it.
func (st *state) verdict(rec *sessionstore.Record, presented secret) sessionstore.Verdict {
	grace := st.manager.cfg.RotateGrace
	v := rec.Credential.Check(st.kind.hash(presented), st.began, grace)
	if v == sessionstore.Previous && rec.Client.Key == "" && !st.began.Before(rec.Credential.Since.Add(grace)) {
		return sessionstore.Reused
	}
	return v
}

// succeed puts a successor of the presented secret in force, and reports whether
// it was this one.
func (st *state) succeed(ctx context.Context, rec *sessionstore.Record, presented secret) (bool, error) {
	m, next, device := st.manager, newSecret(), st.device()
	change := sessionstore.Change{
		Session: rec.ID, Epoch: rec.Credential.Epoch, Device: &device,
		Rotate: &sessionstore.Rotation{
			From: st.kind.hash(presented), To: st.kind.hash(next), Sealed: seal(presented, next, rec.ID),
		},
	}
	if rec.LiveVisit(st.began) == nil {
		change.Visit = st.visitStart()
	}
	res, err := m.store.Apply(context.WithoutCancel(ctx), change)
	if err != nil || !res.Rotated {
		return false, err
	}
	after := *rec
	after.Credential.Since, after.Seen = res.At, res.At
	st.rec, st.secret = &after, next
	if after.LiveLogin(res.At) == nil { // it passed its limit on the way
		return false, sessionstore.ErrEnded
	}
	return true, nil
}

// grantError tells the store's failure from its answers, which are all the same
// to whoever presents a token.
func grantError(err error) error {
	if err = storeError(err); errors.Is(err, ErrUnavailable) {
		return err
	}
	return errGrant
}
