package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

var sojournLibrary = library{name: "Sojourn", open: openSojourn, reportedEnds: sojournEnds}

func openSojourn(ctx context.Context, srv *server) (*opened, error) {
	return newSojourn(ctx, srv, sessionstore.RedisOptions{}, middleware.Config{LoginIdle: idle})
}

func newSojourn(ctx context.Context, srv *server, ro sessionstore.RedisOptions, c middleware.Config) (*opened, error) {
	client := redis.NewClient(&redis.Options{Addr: srv.addr})
	store, err := sessionstore.NewRedis(client, ro)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	c.Store = store
	m, err := middleware.New(c) //nolint:contextcheck // its background work ends with Close
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	s := sojournSessions{m}
	return &opened{
		handler:    m.Handler(newShop(s)),
		cookie:     "__Host-Http-session",
		revokeUser: s.revokeUser,
		revokesBy:  "one call",
		close:      func() error { return errors.Join(m.Close(context.WithoutCancel(ctx)), client.Close()) },
	}, nil
}

// sojournSessions keeps values through the scs API, and carts and logins as
// what they are.
type sojournSessions struct{ m *middleware.Manager }

func (s sojournSessions) value(r *http.Request, key string) (string, error) {
	return s.m.Values().GetString(r.Context(), key), nil
}

func (s sojournSessions) setValue(_ http.ResponseWriter, r *http.Request, key, value string) error {
	s.m.Values().Put(r.Context(), key, value)
	return nil
}

func (s sojournSessions) keys(r *http.Request) ([]string, error) {
	return s.m.Values().Keys(r.Context()), nil
}

func (s sojournSessions) addToCart(_ http.ResponseWriter, r *http.Request, sku string) error {
	return s.m.Cart().Add(r.Context(), sku, 1)
}

func (s sojournSessions) inCart(r *http.Request, sku string) (int, error) {
	return int(s.m.Cart().Lines(r.Context())[sku]), nil
}

func (s sojournSessions) user(r *http.Request) (string, error) {
	session, _ := s.m.Current(r.Context())
	return session.User, nil
}

func (s sojournSessions) login(_ http.ResponseWriter, r *http.Request, user string) error {
	return s.m.Login(r.Context(), user, middleware.Authentication{AMR: []string{"pwd"}})
}

func (s sojournSessions) logout(_ http.ResponseWriter, r *http.Request) error {
	return s.m.Logout(r.Context())
}

func (s sojournSessions) revokeUser(ctx context.Context, user string) error {
	_, err := s.m.RevokeUser(ctx, user, analytics.ReasonRevoked)
	return err
}
