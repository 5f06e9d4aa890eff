package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// shopSessions is what the shop asks of a session library. Each library answers in
// the way that its documentation shows.
type shopSessions interface {
	value(r *http.Request, key string) (string, error)
	setValue(w http.ResponseWriter, r *http.Request, key, value string) error
	keys(r *http.Request) ([]string, error) // of the values

	addToCart(w http.ResponseWriter, r *http.Request, sku string) error // one more
	inCart(r *http.Request, sku string) (int, error)

	user(r *http.Request) (string, error) // who is logged in, or ""
	login(w http.ResponseWriter, r *http.Request, user string) error
	logout(w http.ResponseWriter, r *http.Request) error
}

const (
	pageText   = "Tea, from leaves."
	preference = "preference:" // begins the keys that visitors name
)

// newShop returns the shop's handler on a library, or with nil the part of it
// that needs none. A library's middleware goes around it.
func newShop(s shopSessions) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, pageText) //nolint:gosec // G104: a client that has gone is no matter
	})
	if s == nil {
		return mux
	}
	mux.HandleFunc("GET /theme", func(w http.ResponseWriter, r *http.Request) {
		theme, err := s.value(r, "theme")
		respond(w, theme, err)
	})
	mux.HandleFunc("PUT /theme/{theme}", func(w http.ResponseWriter, r *http.Request) {
		respond(w, "", s.setValue(w, r, "theme", r.PathValue("theme")))
	})
	mux.HandleFunc("GET /preferences", func(w http.ResponseWriter, r *http.Request) {
		keys, err := s.keys(r)
		n := 0
		for _, key := range keys {
			if strings.HasPrefix(key, preference) {
				n++
			}
		}
		respond(w, strconv.Itoa(n), err)
	})
	mux.HandleFunc("PUT /preferences/{key}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.user(r); err != nil { // who is there, before what they want
			respond(w, "", err)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<10))
		if err == nil {
			err = s.setValue(w, r, preference+r.PathValue("key"), string(body))
		}
		respond(w, "", err)
	})
	mux.HandleFunc("GET /cart/{sku}", func(w http.ResponseWriter, r *http.Request) {
		n, err := s.inCart(r, r.PathValue("sku"))
		respond(w, strconv.Itoa(n), err)
	})
	mux.HandleFunc("POST /cart/{sku}", func(w http.ResponseWriter, r *http.Request) {
		respond(w, "", s.addToCart(w, r, r.PathValue("sku")))
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		user, err := s.user(r)
		respond(w, user, err)
	})
	mux.HandleFunc("POST /login/{user}", func(w http.ResponseWriter, r *http.Request) {
		respond(w, "", s.login(w, r, r.PathValue("user")))
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		respond(w, "", s.logout(w, r))
	})
	return mux
}

func respond(w http.ResponseWriter, text string, err error) {
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case text == "":
		w.WriteHeader(http.StatusNoContent)
	default:
		io.WriteString(w, text) //nolint:gosec // G104: as above
	}
}
