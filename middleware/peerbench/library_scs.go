package main

import (
	"context"
	"net/http"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
)

var scsLibrary = library{name: "scs + goredisstore", open: openSCS}

func openSCS(_ context.Context, srv *server) (*opened, error) {
	client := redis.NewClient(&redis.Options{Addr: srv.addr})
	m := scs.New()
	m.Store = goredisstore.New(client)
	m.IdleTimeout = idle
	m.Cookie.Secure = true
	s := scsSessions{m}
	return &opened{
		handler:    m.LoadAndSave(newShop(s)),
		cookie:     m.Cookie.Name,
		revokeUser: s.revokeUser,
		revokesBy:  "scan of all",
		close:      client.Close,
	}, nil
}

// scsSessions keeps all in values; LoadAndSave loads and saves them.
type scsSessions struct{ m *scs.SessionManager }

func (s scsSessions) value(r *http.Request, key string) (string, error) {
	return s.m.GetString(r.Context(), key), nil
}

func (s scsSessions) setValue(_ http.ResponseWriter, r *http.Request, key, value string) error {
	s.m.Put(r.Context(), key, value)
	return nil
}

func (s scsSessions) keys(r *http.Request) ([]string, error) {
	return s.m.Keys(r.Context()), nil
}

func (s scsSessions) addToCart(_ http.ResponseWriter, r *http.Request, sku string) error {
	s.m.Put(r.Context(), "cart:"+sku, s.m.GetInt(r.Context(), "cart:"+sku)+1)
	return nil
}

func (s scsSessions) inCart(r *http.Request, sku string) (int, error) {
	return s.m.GetInt(r.Context(), "cart:"+sku), nil
}

func (s scsSessions) user(r *http.Request) (string, error) {
	return s.m.GetString(r.Context(), "user"), nil
}

func (s scsSessions) login(_ http.ResponseWriter, r *http.Request, user string) error {
	if err := s.m.RenewToken(r.Context()); err != nil {
		return err
	}
	s.m.Put(r.Context(), "user", user)
	return nil
}

func (s scsSessions) logout(_ http.ResponseWriter, r *http.Request) error {
	return s.m.Destroy(r.Context())
}

func (s scsSessions) revokeUser(ctx context.Context, user string) error {
	return s.m.Iterate(ctx, func(ctx context.Context) error {
		if s.m.GetString(ctx, "user") != user {
			return nil
		}
		return s.m.Destroy(ctx)
	})
}
