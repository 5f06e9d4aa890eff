package middleware

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// values is the part of a request's state that belongs to the scs API. scs
// keeps a request's values in its own data; base is what the store held.
type values struct {
	base map[string]string // as loaded or as last stored

	ctx       context.Context   //nolint:containedctx // scs keeps its data in a context
	token     string            // what scs was told the token is
	err       error             // the values could not be decoded
	removed   atomic.Bool       // scs asked to delete the session it was given, for RenewToken or Destroy
	destroyed bool              // for Destroy, as it turned out
	asked     bool              // scs has asked for the values since they were stored
	packed    []byte            // collects what scs commits
	mergers   map[string]merger // of the typed keys that were written
}

// newValues returns the scs manager that serves as value API, and the key under
// which it looks for a request's data in a context. It is private to scs; it
// becomes known by letting scs look once.
func newValues() (*scs.SessionManager, any) {
	s := scs.New()
	s.Store = valueStore{}
	s.Codec = scsCodec{}
	probe := &keyProbe{Context: context.Background()}
	if _, err := s.Load(probe, ""); err != nil {
		panic(err) // loading nothing asks no store and decodes nothing
	}
	return s, probe.key
}

// keyProbe is a context that remembers the first key it is asked for.
type keyProbe struct {
	context.Context //nolint:containedctx // this is a context
	key             any
}

// Value implements [context.Context].
func (p *keyProbe) Value(key any) any {
	if p.key == nil {
		p.key = key
	}
	return nil
}

// valueStore is the store that scs is given. It does no I/O: it hands over the
// values of the record that the request loaded, and collects what scs commits.
type valueStore struct{}

var errOutside = fmt.Errorf("%w: %w", ErrNoMiddleware, errors.ErrUnsupported)

// FindCtx implements [scs.CtxStore]. It knows no session but the request's.
func (valueStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	st, err := stateOf(ctx)
	if err != nil || token != st.values.token {
		return nil, false, err
	}
	return packValues(st.values.base), true, nil
}

// CommitCtx implements [scs.CtxStore].
func (valueStore) CommitCtx(ctx context.Context, _ string, b []byte, _ time.Time) error {
	st, err := stateOf(ctx)
	if err != nil {
		return err
	}
	st.values.packed = b
	return nil
}

// DeleteCtx implements [scs.CtxStore].
func (valueStore) DeleteCtx(ctx context.Context, _ string) error {
	st, err := stateOf(ctx)
	if err != nil {
		return err
	}
	st.values.removed.Store(true)
	return nil
}

// Find implements [scs.Store].
func (valueStore) Find(string) ([]byte, bool, error) { return nil, false, errOutside }

// Commit implements [scs.Store].
func (valueStore) Commit(string, []byte, time.Time) error { return errOutside }

// Delete implements [scs.Store].
func (valueStore) Delete(string) error { return errOutside }

// scsData returns what scs keeps in the context: the request's values. They are
// decoded when scs first asks.
func (st *state) scsData() any {
	st.mu.Lock()
	defer st.mu.Unlock()
	m, v := st.manager, &st.values
	st.consulted, v.asked = true, true
	if v.ctx == nil {
		if st.rec != nil {
			v.token = st.secret.text()
		}
		inner := &valuesContext{st.ctx.Context, st}
		ctx, err := m.values.Load(inner, v.token)
		if err != nil {
			// The handler goes on with empty values, and cannot store any.
			v.err = fmt.Errorf("middleware: values of the session: %w", err)
			ctx, err = m.values.Load(inner, "")
			if err != nil {
				return nil
			}
		}
		v.ctx = ctx
	}
	v.notice(m.values)
	return v.ctx.Value(m.dataKey)
}

// valuesContext is the context in which scs looks for a request's values. Those
// of a request around this one, which has a session of its own, are not among
// them.
type valuesContext struct {
	context.Context //nolint:containedctx // this is a context
	state           *state
}

// Value implements [context.Context].
func (c *valuesContext) Value(key any) any {
	switch key {
	case stateKey{}:
		return c.state
	case c.state.manager.dataKey:
		return nil
	}
	return c.Context.Value(key)
}

// notice finds out what scs meant when it deleted the session: after Destroy
// its status says so, until the next change. It is called before that.
func (v *values) notice(s *scs.SessionManager) {
	if v.removed.Swap(false) {
		v.destroyed = v.destroyed || s.Status(v.ctx) == scs.Destroyed
	}
}

// collect returns the changes of the values since they were loaded or stored,
// and all the values as they are to be.
func (st *state) collect() (changes []sessionstore.ValueChange, next map[string]string, err error) {
	v := &st.values
	if v.err != nil {
		return nil, nil, v.err
	}
	if _, _, err := st.manager.values.Commit(v.ctx); err != nil {
		return nil, nil, fmt.Errorf("middleware: %w", err)
	}
	if next, err = unpackValues(v.packed); err != nil {
		return nil, nil, err
	}
	for key, value := range next {
		base, had := v.base[key]
		if !had || base != value {
			changes = append(changes, sessionstore.ValueChange{Op: sessionstore.SetValue, Key: key, Value: value, Base: base, HasBase: had})
		}
	}
	for key, base := range v.base {
		if _, kept := next[key]; !kept {
			changes = append(changes, sessionstore.ValueChange{Op: sessionstore.DeleteValue, Key: key, Base: base, HasBase: true})
		}
	}
	return changes, next, nil
}

// modified reports whether the values were changed, or the token renewed.
func (v *values) modified(s *scs.SessionManager) bool {
	return v.ctx != nil && s.Status(v.ctx) == scs.Modified
}

// renewed returns the token with which scs has replaced the one it was given:
// it is a secret of our kind.
func (v *values) renewed(s *scs.SessionManager) (secret, bool) {
	if v.ctx == nil || v.token == "" {
		return secret{}, false
	}
	token := s.Token(v.ctx)
	if token == v.token {
		return secret{}, false
	}
	return parseSecret(token)
}

// forgetValues empties the request's values, because the store has.
func (st *state) forgetValues() {
	v := &st.values
	v.base = nil
	if v.ctx == nil {
		return
	}
	s := st.manager.values
	for _, key := range s.Keys(v.ctx) {
		s.Remove(v.ctx, key)
	}
}

// stored takes note of a value that the store now holds.
func (v *values) stored(key, value string) {
	base := maps.Clone(v.base) // the old one belongs to the record
	if base == nil {
		base = map[string]string{}
	}
	base[key] = value
	v.base = base
}
