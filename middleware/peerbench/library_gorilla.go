package main

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/boj/redistore"
	"github.com/gorilla/sessions"
)

var gorillaLibrary = library{name: "gorilla + redistore", open: openGorilla}

const (
	gorillaCookie = "session"
	gorillaIdle   = 128 // idle connections; the pool has no bound, and dials anew beyond
)

func openGorilla(_ context.Context, srv *server) (*opened, error) {
	store, err := redistore.NewRediStore(gorillaIdle, "tcp", srv.addr, "", "", gorillaKey)
	if err != nil {
		return nil, err
	}
	store.SetMaxAge(int(idle.Seconds()))
	store.SetMaxLength(0) // all 200 preferences may go in
	store.Options.HttpOnly, store.Options.Secure = true, true
	return &opened{
		handler: newShop(gorillaSessions{store}),
		cookie:  gorillaCookie,
		close:   store.Close,
	}, nil
}

// gorillaKey authenticates cookies, for as long as the program runs.
var gorillaKey = func() []byte {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return key
}()

// gorillaSessions has no middleware: handlers get the session and save it. Only
// saving moves the idle limit, so that a read does not count as activity.
type gorillaSessions struct{ store sessions.Store }

func (s gorillaSessions) value(r *http.Request, key string) (string, error) {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return "", err
	}
	return text(session.Values[key]), nil
}

func (s gorillaSessions) setValue(w http.ResponseWriter, r *http.Request, key, value string) error {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return err
	}
	session.Values[key] = value
	return session.Save(r, w)
}

func (s gorillaSessions) keys(r *http.Request) ([]string, error) {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return nil, err
	}
	var keys []string
	for key := range session.Values {
		keys = append(keys, text(key))
	}
	return keys, nil
}

func (s gorillaSessions) addToCart(w http.ResponseWriter, r *http.Request, sku string) error {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return err
	}
	session.Values["cart:"+sku] = number(session.Values["cart:"+sku]) + 1
	return session.Save(r, w)
}

func (s gorillaSessions) inCart(r *http.Request, sku string) (int, error) {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return 0, err
	}
	return number(session.Values["cart:"+sku]), nil
}

func (s gorillaSessions) user(r *http.Request) (string, error) {
	return s.value(r, "user")
}

func (s gorillaSessions) login(w http.ResponseWriter, r *http.Request, user string) error {
	return s.setValue(w, r, "user", user) // there is no way to renew the ID
}

func (s gorillaSessions) logout(w http.ResponseWriter, r *http.Request) error {
	session, err := s.store.Get(r, gorillaCookie)
	if err != nil {
		return err
	}
	session.Options.MaxAge = -1
	return session.Save(r, w)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func number(v any) int {
	n, _ := v.(int)
	return n
}
