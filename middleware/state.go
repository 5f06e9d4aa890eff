package middleware

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// state is what one request knows of its session.
type state struct {
	manager *Manager
	request *http.Request
	began   time.Time // on the store's clock
	ctx     requestContext
	writer  writer
	cancel  context.CancelCauseFunc

	// How the session is held on to.
	kind   tokenKind            // of its secret
	access *token.Access        // the access token that the request came with, or nil
	client *sessionstore.Client // of a session to be made for tokens
	proven string               // thumbprint of the key that the request has proved to hold
	bearer bool                 // by a token in the Authorization header, not by a cookie

	// Set while loading.
	frozen  bool  // it was superseded: nothing may be written, and no cookie set
	confirm bool  // its secret is used for the first time since a rotation
	rotate  bool  // its secret has served its time
	outage  error // the session could not be loaded

	mu        sync.Mutex
	rec       *sessionstore.Record // as loaded, and as changed since; nil: no session
	was       *sessionstore.Record // rec before it ended under the request
	secret    secret               // in force for the client
	issue     bool                 // the response is to carry the cookie
	revoke    bool                 // or to clear it
	consulted bool                 // the response may depend on the session
	active    bool                 // activity has been recorded by a change
	sent      bool                 // headers are out
	visited   bool                 // the visit began with the request
	aside     bool                 // the request is no activity, and its response the same for all
	values    values
	view      view
	owed      bool                // some of the notes must not be lost
	notes     []sessionstore.Note // to go along with the next change
	seenBy    *sessionstore.Device
	streams   sessionstore.ID // the session under which it is registered as a stream
}

// requestContext is the context of a request inside [Manager.Handler]. Beside
// the state it answers for scs's data, which is made when it is first asked
// for: most requests never look.
type requestContext struct {
	context.Context //nolint:containedctx // this is a context
	state           *state
}

type stateKey struct{}

// Value implements [context.Context].
func (c *requestContext) Value(key any) any {
	switch key {
	case stateKey{}:
		return c.state
	case accessKey{}:
		return c.state.access
	case c.state.manager.dataKey:
		return c.state.scsData()
	}
	return c.Context.Value(key)
}

// stateOf returns the state of the request that ctx belongs to.
func stateOf(ctx context.Context) (*state, error) {
	st, ok := ctx.Value(stateKey{}).(*state)
	if !ok {
		return nil, ErrNoMiddleware
	}
	return st, nil
}

// stateOf returns the state of the request, which must be one of m's own.
func (m *Manager) stateOf(ctx context.Context) (*state, error) {
	st, err := stateOf(ctx)
	if err == nil && st.manager != m {
		return nil, ErrNoMiddleware
	}
	return st, err
}

// writable returns the error with which the request cannot change a session.
func (st *state) writable() error {
	switch {
	case st.outage != nil:
		return st.outage
	case st.frozen:
		return sessionstore.ErrSuperseded
	case st.rec == nil && st.sent:
		return ErrHeadersSent
	}
	return nil
}

// device tells what is known of the client.
func (st *state) device() sessionstore.Device {
	if st.seenBy == nil {
		d := deviceOf(st.request, st.manager.cfg.TrustedProxies)
		st.seenBy = &d
	}
	return *st.seenBy
}

// slowestChange is how long a change may take to reach the store. A visit that may
// be over by then is begun again, which does nothing while it is under way.
const slowestChange = 10 * time.Second

// apply makes a change to the session of the request, or makes the session,
// together with what else is due. It is finished even if the client has gone.
// The lock is held.
func (st *state) apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	if err := st.writable(); err != nil {
		return sessionstore.Result{}, err
	}
	m := st.manager
	switch {
	case st.rec == nil && st.bearer:
		return sessionstore.Result{}, ErrNoLogin // a token comes in the answer to a login only
	case st.rec == nil:
		return st.create(ctx, c, st.firstSecret())
	}
	c.Session, c.Epoch = st.rec.ID, st.rec.Credential.Epoch
	c.Events = append(c.Events, st.notes...)
	if st.rec.LiveVisit(m.now().Add(slowestChange)) == nil { // else what is stored after its end would belong to none
		c.Visit = st.visitStart()
	}
	var next secret
	if st.rotate && c.Renew == nil && !st.sent {
		next = newSecret()
		c.Rotate = &sessionstore.Rotation{
			From: st.kind.hash(st.secret), To: st.kind.hash(next), Sealed: seal(st.secret, next, st.rec.ID),
		}
	}
	res, err := m.store.Apply(context.WithoutCancel(ctx), c)
	if err != nil {
		return res, storeError(err)
	}
	st.notes, st.owed, st.active = nil, false, true
	rec := *st.rec
	rec.Login = rec.LiveLogin(res.At) // as last seen: a limit that passed took effect first
	rec.Seen = res.At
	if c.Visit != nil {
		rec.Visit = res.Visit
		st.visited = st.visited || res.Visit != nil && res.Visit.ID == c.Visit.ID
	}
	if c.Rotate != nil {
		st.rotated(res, next)
	}
	st.rec = &rec
	return res, nil
}

// rotated takes over the secret that a rotation put in force, be it this
// request's or that of another which was faster.
func (st *state) rotated(res sessionstore.Result, next secret) {
	st.rotate = false
	if !res.Rotated {
		var err error
		if next, err = unseal(st.secret, st.rec.ID, res.Sealed); err != nil {
			return // it came too late for a successor; what it presented stays good for this request
		}
	}
	st.secret, st.issue = next, true
}

// create makes the session of the request with the change in it.
func (st *state) create(ctx context.Context, c sessionstore.Change, s secret) (sessionstore.Result, error) {
	m := st.manager
	id, device := sessionstore.NewID(), st.device()
	var client sessionstore.Client
	if st.client != nil {
		client = *st.client
	}
	c.Session, c.Device, c.Visit, c.Renew = id, &device, st.visitStart(), nil
	c.Events = append(c.Events, st.notes...)
	c.Create = &sessionstore.Creation{Credential: st.kind.hash(s), Idle: m.cfg.SessionIdle, Max: m.cfg.SessionMax, Client: client}
	res, err := m.store.Apply(context.WithoutCancel(ctx), c)
	if err != nil {
		return res, storeError(err)
	}
	st.notes, st.owed, st.active = nil, false, true
	st.rec = &sessionstore.Record{
		ID: id, Created: res.At, Seen: res.At, Idle: m.cfg.SessionIdle, Visit: res.Visit, Device: device, Client: client,
		Credential: sessionstore.Credential{Current: st.kind.hash(s), Since: res.At},
	}
	if m.cfg.SessionMax > 0 {
		st.rec.Until = res.At.Add(m.cfg.SessionMax)
	}
	st.secret, st.issue, st.revoke, st.visited = s, true, false, true
	return res, nil
}

// firstSecret returns the secret of a session to be made: the token that scs
// has made for it, if it has.
func (st *state) firstSecret() secret {
	if v := &st.values; v.ctx != nil && v.token == "" {
		if s, ok := parseSecret(st.manager.values.Token(v.ctx)); ok {
			v.token = s.text()
			return s
		}
	}
	return newSecret()
}
