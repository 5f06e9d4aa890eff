package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Manager makes handlers session-aware. Make one with [New] for each kind of
// session, and [Manager.Close] it when the server has stopped. Its methods are
// safe for concurrent use.
type Manager struct {
	cfg     Config
	store   sessionstore.Store
	cookie  *cookieCarrier
	tokens  *tokens // nil: none are configured
	values  *scs.SessionManager
	dataKey any // under which values keeps a request's data in the context

	touches *collector
	streams *streams
	unknown *reportLimiter
	pump    *analytics.Pump

	stop    context.CancelFunc
	abort   context.CancelFunc // of a flush under way
	running sync.WaitGroup
}

// New returns a manager, whose background work has begun, or an error that
// lists every fault of the configuration.
func New(c Config) (*Manager, error) {
	cfg, err := c.withDefaults()
	cookie, cookieErr := newCarrier(cfg.Cookie)
	var tokens *tokens
	var tokensErr error
	if cfg.Tokens != nil {
		tokens, tokensErr = newTokens(*cfg.Tokens)
	}
	if err := errors.Join(err, cookieErr, tokensErr); err != nil {
		return nil, err
	}
	m := &Manager{
		tokens:  tokens,
		cfg:     cfg,
		store:   cfg.Store,
		cookie:  cookie,
		touches: newCollector(cfg.Store, cfg.shortestIdle()),
		streams: newStreams(cfg.Store),
		unknown: newReportLimiter(),
	}
	m.values, m.dataKey = newValues()
	if cfg.Recorder != nil {
		m.pump, err = analytics.NewPump(cfg.Store, "recorder", cfg.Recorder, analytics.PumpOptions{Logger: cfg.Logger})
		if err != nil {
			return nil, fmt.Errorf("middleware: %w", err)
		}
	}
	m.start()
	return m, nil
}

// Values returns the scs API for the values of a session: Put, GetString,
// PopInt and the rest, to be called with a request's context. It panics, as scs
// does, with a context from elsewhere. Its RenewToken replaces the session's
// secret and Destroy ends the session, when the response begins. A value is of
// a basic Go kind, and keeps it; structs belong under a [Key]. Its Store, Codec
// and Cookie are not to be changed; Load, Commit and LoadAndSave are not to be
// called.
func (m *Manager) Values() *scs.SessionManager { return m.values }

// Handler gives next the sessions of its requests. It wraps a whole mux:
// everything that uses the manager has to be inside.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, next) })
}

// Close stops the background work, after it has recorded the activity that it
// still holds and, within ctx, delivered the events to the recorder. It is to
// be called once, when no more requests are served.
func (m *Manager) Close(ctx context.Context) error {
	m.stop()
	defer context.AfterFunc(ctx, m.abort)()
	m.running.Wait()
	defer m.abort()
	err := m.touches.flush(ctx)
	if m.pump != nil {
		err = errors.Join(err, m.pump.Flush(ctx))
	}
	if err != nil {
		return fmt.Errorf("middleware: closing: %w", err)
	}
	return nil
}

// now is the store's clock.
func (m *Manager) now() time.Time { return m.store.Now() }
