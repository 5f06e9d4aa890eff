package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/httpapi"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// shop is what the handlers share.
type shop struct {
	sessions *middleware.Manager
	store    sessionstore.Store // for /healthz and the event trail; all else goes through sessions
	log      *slog.Logger

	reports   http.Handler // for the administrator
	campaigns *campaign.Runner

	closing    chan struct{}
	endStreams func() // when the server shuts down
}

// newShop returns a shop as o says, whose events go to the recorder and whose
// reports ask the warehouse. What it does for visitors is told to news.
func newShop(o options, warehouse report.Warehouse, news *slog.Logger) (*shop, error) {
	c := o.sessions
	s := &shop{store: c.Store, log: c.Logger, closing: make(chan struct{})}
	s.endStreams = sync.OnceFunc(func() { close(s.closing) })
	s.reports = httpapi.New(report.New(warehouse, report.Options{}), httpapi.Options{Logger: c.Logger})
	c.OnError = s.fail
	var err error
	if s.sessions, err = middleware.New(c); err != nil {
		return nil, err
	}
	if s.campaigns, err = openCampaigns(o, warehouse, s.sessions, news); err != nil {
		return nil, errors.Join(err, s.sessions.Close(context.Background()))
	}
	return s, nil
}

// close finishes what goes on behind the requests.
func (s *shop) close(ctx context.Context) error {
	return errors.Join(s.campaigns.Close(), s.sessions.Close(ctx))
}

// handler returns the whole shop. What needs no session stays outside the
// manager: it works without the store.
func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /static/{version}/{file}", serveStatic)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) { // asked for beside what is not a page
		http.Redirect(w, r, asset("favicon.svg"), http.StatusFound)
	})
	mux.Handle("/", s.sessions.Handler(s.orRefused(s.routes())))
	return withSecurityHeaders(mux)
}

func (s *shop) routes() *http.ServeMux {
	mux := http.NewServeMux()
	public := func(pattern string, h handlerFunc) { mux.Handle(pattern, s.handle(h)) }
	member := func(pattern string, h handlerFunc) { mux.Handle(pattern, s.sessions.RequireLogin(s.handle(h))) }
	admin := func(pattern string, h handlerFunc) {
		mux.Handle(pattern, s.sessions.RequireLogin(s.handle(s.adminOnly(h))))
	}

	public("GET /api/cart", s.apiCart)
	public("POST /api/cart", s.apiAddToCart)
	public("DELETE /api/cart/{sku}", s.apiRemoveFromCart)
	public("POST /api/checkout", s.apiCheckout)
	public("GET /api/preferences", s.apiPreferences)
	public("PUT /api/preferences/{key}", s.apiSetPreference)
	public("POST /api/points", s.apiPoints)
	public("POST /api/login", s.apiLogin)
	public("POST /api/logout", s.apiLogout)
	public("GET /api/me", s.apiMe)
	public("GET /api/stream", s.apiStream)
	public("POST /api/screens", s.apiScreen)
	public("POST /api/subscribe", s.apiSubscribe)
	mux.Handle("/beacon.js", s.sessions.Beacon())
	member("GET /api/sessions", s.apiSessions)
	member("DELETE /api/sessions", s.apiRevokeOthers)
	member("DELETE /api/sessions/{id}", s.apiRevoke)
	admin("GET /api/events", s.apiEvents)
	admin("GET /api/report/", s.apiReport)

	public("GET /{$}", s.homePage)
	public("GET /tea/{sku}", s.teaPage)
	public("POST /subscribe", s.subscribe)
	public("GET /rewards", s.rewardsPage)
	public("GET /cart", s.cartPage)
	public("POST /cart", s.addToCart)
	public("POST /cart/{sku}", s.changeCart)
	public("POST /checkout", s.checkout)
	public("GET /order", s.orderPage)
	public("GET /login", s.loginPage)
	public("POST /login", s.login)
	public("POST /logout", s.logout)
	member("GET /account", s.accountPage)
	member("POST /account/preferences", s.savePreferences)
	member("POST /account/stamps", s.collectStamp)
	member("POST /account/sessions", s.endOtherSessions)
	member("POST /account/sessions/{id}", s.endOwnSession)
	admin("GET /admin", s.adminPage)
	admin("POST /admin/sessions/{id}", s.endAnySession)
	return mux
}

// user returns who is logged in, or "".
func (s *shop) user(ctx context.Context) string {
	session, _ := s.sessions.Current(ctx)
	return session.User
}

// adminOnly lets the user admin through.
func (s *shop) adminOnly(h handlerFunc) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.user(r.Context()) != "admin" {
			return httpError{http.StatusForbidden, "This is for the administrator only."}
		}
		return h(w, r)
	}
}

// healthz tells whether the store answers.
func (s *shop) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	if s.store.Ping(ctx) != nil {
		http.Error(w, "the session store does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}

// withSecurityHeaders tells browsers to load nothing from elsewhere, to run no
// inline script and to show the shop in nobody's frame. The referrer stays in
// the shop; with no-referrer, browsers would send forms with "Origin: null".
func withSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
