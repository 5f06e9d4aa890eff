package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/sojourn-go/sojourn/middleware"
)

// handlerFunc is a handler that leaves answering errors to the shop.
type handlerFunc func(w http.ResponseWriter, r *http.Request) error

func (s *shop) handle(h handlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		if status, _ := explain(err); status >= http.StatusInternalServerError {
			s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		s.fail(w, r, err)
	})
}

// httpError is an error that the client is to read.
type httpError struct {
	status  int
	message string
}

func (e httpError) Error() string { return e.message }

// explain returns the status for err, and what to say about it. Of errors that
// are not an httpError the text is not shown: it may name keys and users.
func explain(err error) (int, string) {
	if e, ok := errors.AsType[httpError](err); ok {
		return e.status, e.message
	}
	status := middleware.StatusOf(err)
	switch status {
	case http.StatusUnauthorized:
		return status, "Please log in first."
	case http.StatusForbidden:
		return status, "This login was ended from elsewhere before it began. Please log in again."
	case http.StatusConflict:
		return status, "Your session changed while we were at it. Please try again."
	case http.StatusRequestEntityTooLarge:
		return status, "That is more than we can keep for you."
	case http.StatusServiceUnavailable:
		return status, "We cannot reach your session just now. Nothing is lost; please try again in a moment."
	case http.StatusInternalServerError:
		return status, "Something went wrong on our side."
	}
	return status, http.StatusText(status)
}

// fail answers with an error: as JSON, as a page, or with the way to the login.
// The manager calls it too, for requests that have no session in their context.
func (s *shop) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, message := explain(err)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		err = writeJSON(w, status, map[string]string{"error": message})
	case errors.Is(err, middleware.ErrNoLogin):
		next := "/account"
		if r.Method == http.MethodGet {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, "/login?next="+url.QueryEscape(next), http.StatusSeeOther)
		return
	default:
		err = s.errorPage(w, r, status, message)
	}
	if err != nil {
		http.Error(w, http.StatusText(status), status)
	}
}

// orRefused has the shop word the refusals of a mux: not found, method not
// allowed.
func (s *shop) orRefused(mux *http.ServeMux) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		refusal, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return nil
		}
		p := probe{header: w.Header()}
		refusal.ServeHTTP(&p, r)
		if p.status == http.StatusNotFound {
			return httpError{p.status, "There is nothing at this address."}
		}
		return httpError{p.status, http.StatusText(p.status)}
	})
}

// probe takes headers and status of a response, and drops its body.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
	return nil
}

const maxBody = 64 << 10

// readJSON reads a body that is one JSON value, and nothing else.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxBody)
	if err != nil {
		return err
	}
	switch err := json.Unmarshal(body, v); {
	case isType[*json.UnmarshalTypeError](err):
		return httpError{http.StatusUnprocessableEntity, fmt.Sprintf("A field has the wrong type: %v.", err)}
	case err != nil:
		return httpError{http.StatusBadRequest, "The body is not JSON."}
	}
	return nil
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	switch {
	case isType[*http.MaxBytesError](err):
		return nil, httpError{http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", limit)}
	case err != nil:
		return nil, httpError{http.StatusBadRequest, "The body did not arrive whole."}
	}
	return body, nil
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
