package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// beforeHeaders stores what the request changed and completes the headers. It
// implements committer. An error is answered alone, in place of the response.
func (st *state) beforeHeaders(status int, body opening) (curious bool, err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	is := st.shows(status, body)
	st.view.begins = is == page && status != http.StatusNotModified
	err = st.commit(st.request.Context())
	st.sent = true
	if err != nil {
		return false, err
	}
	st.writeHeaders()
	st.record(is)
	return is == unknown, nil
}

// fail implements committer.
func (st *state) fail(w http.ResponseWriter, err error) { st.manager.Fail(w, st.request, err) }

// commitLate stores what changed after the headers went out, and sees to it
// that the request counts as activity.
func (st *state) commitLate(ctx context.Context) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.commit(ctx)
}

func (st *state) commit(ctx context.Context) error {
	if st.aside {
		return nil
	}
	m, v := st.manager, &st.values
	if st.rec != nil {
		st.was = st.rec
	}
	if v.ctx != nil {
		v.notice(m.values)
	}
	if v.destroyed && st.rec != nil {
		if err := st.destroy(ctx); err != nil {
			return err
		}
	}
	if v.asked && v.modified(m.values) {
		if err := st.commitValues(ctx); err != nil {
			return err
		}
		v.asked = false
	}
	if st.view.begins && st.startsSession() {
		st.startSession(ctx)
	}
	if st.owed {
		if err := st.storeNotes(ctx); err != nil {
			return err
		}
	}
	if st.rec != nil && !st.active && (st.rotate || st.rec.LiveVisit(st.began) == nil) {
		st.keep(ctx)
	}
	st.tellNotes()
	if st.rec != nil && (!st.active || st.confirm) {
		st.touch()
	}
	return nil
}

// commitValues stores the values that changed. A session that ended meanwhile
// wins: the values are dropped, and the response goes out as it is.
func (st *state) commitValues(ctx context.Context) error {
	changes, next, err := st.collect()
	if err != nil {
		return err
	}
	m, v := st.manager, &st.values
	renewed, renew := v.renewed(m.values)
	if len(changes) == 0 && !renew && (st.rec != nil || st.sent) {
		return nil
	}
	change := sessionstore.Change{Values: changes}
	if renew && st.rec != nil {
		switch {
		case st.bearer:
			return ErrBearer
		case st.sent:
			return ErrHeadersSent
		}
		change.Renew = st.renewal(renewed)
	}
	res, err := st.applyMerging(ctx, &change)
	switch {
	case errors.Is(err, sessionstore.ErrEnded):
		m.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "change dropped: the session has ended", slog.Int("values", len(changes)))
		st.rec, st.issue = nil, false
		return nil
	case err != nil:
		return err
	}
	if change.Renew != nil {
		st.renewed(renewed)
		v.token = renewed.text()
	}
	v.base = next
	for i := range change.Values {
		switch c := &change.Values[i]; c.Op {
		case sessionstore.SwapValue:
			err = errors.Join(err, st.merged(c.Key, c.Value))
		case sessionstore.AddValue:
			err = errors.Join(err, st.merged(c.Key, decimal(res.Added[c.Key])))
		case sessionstore.SetValue, sessionstore.DeleteValue:
		}
	}
	return err
}

// merged takes over a value as the store has combined it, for the handler to
// see and for what changes later to start from.
func (st *state) merged(key, stored string) error {
	v := &st.values
	if v.base[key] == stored {
		return nil
	}
	value, err := decodeValue(stored)
	if err != nil {
		return err
	}
	v.base[key] = stored
	st.manager.values.Put(v.ctx, key, value)
	return nil
}

// renewed takes over a secret that replaced the session's without grace.
func (st *state) renewed(s secret) {
	rec := *st.rec
	rec.Credential.Epoch++
	rec.Credential.Current, rec.Credential.Since = st.kind.hash(s), rec.Seen
	st.rec, st.secret, st.issue, st.rotate, st.confirm = &rec, s, true, false, false
}

// destroy ends the session as the handler asked through the scs API.
func (st *state) destroy(ctx context.Context) error {
	_, err := st.manager.store.Apply(context.WithoutCancel(ctx), sessionstore.Change{
		Session: st.rec.ID,
		Epoch:   st.rec.Credential.Epoch,
		End:     &sessionstore.End{Reason: analytics.ReasonLogout},
		Events:  st.notes,
	})
	if err = storeError(err); errors.Is(err, ErrUnavailable) {
		return err
	}
	// Where it had ended anyway, or its secret was superseded, there is nothing
	// left to end; but only who ended it clears the cookie.
	if st.revoke = err == nil; st.revoke {
		st.notes, st.owed = nil, false
	}
	st.rec, st.issue = nil, false
	st.values.base, st.values.token, st.values.destroyed = nil, "", false
	return nil
}

// keep makes the changes that no handler asked for: it begins a visit and rotates
// the secret. That it fails is no reason to refuse a page whose session was loaded.
func (st *state) keep(ctx context.Context) {
	_, err := st.apply(ctx, sessionstore.Change{})
	switch {
	case err == nil:
		return
	case errors.Is(err, sessionstore.ErrEnded):
		st.was, st.rec, st.issue = st.rec, nil, false
	case !errors.Is(err, sessionstore.ErrSuperseded):
		st.manager.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "session not kept up", slog.Any("error", err))
		st.notes, st.owed = nil, false // they may have been stored
	}
	st.rotate, st.active = false, true
}

// touch records the request as activity, off the request path.
func (st *state) touch() {
	t := sessionstore.Touch{Session: st.rec.ID, At: st.began}
	if st.confirm {
		t.Used = st.rec.Credential.Current
	}
	expired := st.rec.Login != nil && st.rec.LiveLogin(st.began) == nil
	st.manager.touches.add(t, expired || st.confirm, st.rec.Seen)
	st.active, st.confirm = true, false
}

// writeHeaders sets the cookie and keeps caches away from what depends on the
// session (ASVS 14.3.2).
func (st *state) writeHeaders() {
	if st.aside {
		return
	}
	m, h := st.manager, st.writer.under.Header()
	vary := "Cookie"
	switch {
	case st.bearer:
		vary = "Authorization"
	case st.issue && st.rec != nil:
		m.cookie.write(h, st.rec.ID, st.secret, m.cfg.SessionIdle)
	case st.revoke:
		m.cookie.clear(h)
	}
	if st.rec == nil && !st.consulted && !st.revoke && !st.frozen && st.outage == nil {
		return
	}
	addVary(h, vary)
	if policy := h.Get("Cache-Control"); st.issue || st.revoke || !private(policy) {
		h.Set("Cache-Control", "no-store")
	}
}

// private reports whether a Cache-Control policy keeps shared caches out.
func private(policy string) bool {
	private := false
	for directive := range strings.SplitSeq(policy, ",") {
		switch name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "="); name {
		case "private", "no-store":
			private = true
		case "public", "s-maxage":
			return false
		}
	}
	return private
}

func addVary(h http.Header, name string) {
	for _, line := range h["Vary"] {
		for field := range strings.SplitSeq(line, ",") {
			if field = strings.TrimSpace(field); field == "*" || strings.EqualFold(field, name) {
				return
			}
		}
	}
	h.Add("Vary", name)
}
