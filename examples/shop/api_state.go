package main

import (
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sojourn-go/sojourn/middleware"
)

// Preferences are values of the session, under keys that begin like this.
const preference = "preference."

const maxPreference = 1 << 10

var preferenceKey = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// points is a counter: of requests that count it up at once, all count.
var points = middleware.NewKey("points", middleware.Counter())

func (s *shop) apiPreferences(w http.ResponseWriter, r *http.Request) error {
	ctx, values := r.Context(), s.sessions.Values()
	all := map[string]string{}
	for _, key := range values.Keys(ctx) {
		if name, ok := strings.CutPrefix(key, preference); ok {
			all[name] = values.GetString(ctx, key)
		}
	}
	return writeJSON(w, http.StatusOK, all)
}

func (s *shop) apiSetPreference(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if !preferenceKey.MatchString(key) {
		return httpError{http.StatusUnprocessableEntity, "A key is 1 to 64 letters, digits, dots, dashes and underscores."}
	}
	value, err := readBody(w, r, maxPreference)
	if err != nil {
		return err
	}
	if !utf8.Valid(value) {
		return httpError{http.StatusBadRequest, "The body is not text."}
	}
	s.sessions.Values().Put(r.Context(), preference+key, string(value))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *shop) apiPoints(w http.ResponseWriter, r *http.Request) error {
	n, err := points.Update(r.Context(), func(n int) int { return n + 1 })
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]int{"points": n})
}
