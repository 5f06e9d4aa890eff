package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/examples/api/notes"
	"github.com/sojourn-go/sojourn/examples/api/setup"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// server is an instance of the API.
type server struct {
	*httptest.Server
	t     *testing.T
	store sessionstore.Store
}

// serve serves the API for a test, on a free port and with the given flags.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	return serveWith(t, func(*middleware.Config) {}, args...)
}

// serveWith is serve with a configuration that flags do not give.
func serveWith(t *testing.T, change func(*middleware.Config), args ...string) *server {
	t.Helper()
	s, err := setup.Open(t.Context(), append([]string{"-addr", "127.0.0.1:0"}, args...), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	change(&s.Config)
	a, err := newAPI(s.Config, "service")
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: s.Listener, Config: &http.Server{Handler: a.handler()}}
	srv.Start()
	t.Cleanup(func() {
		srv.Close()
		if err := errors.Join(a.sessions.Close(context.WithoutCancel(t.Context())), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return &server{srv, t, s.Config.Store}
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request, with an access token unless it is empty. A body is JSON
// if it looks like it, and a form otherwise.
func (s *server) call(method, path, access, body string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	return s.send(r)
}

func (s *server) send(r *http.Request) answer {
	s.t.Helper()
	res, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, strings.TrimSpace(string(body))}
}

// want is call for a request that is to be answered with a status. It returns the
// body.
func (s *server) want(status int, method, path, access, body string) string {
	s.t.Helper()
	a := s.call(method, path, access, body)
	if a.status != status {
		s.t.Fatalf("%s %s: status %d, want %d: %.200s", method, path, a.status, status, a.body)
	}
	return a.body
}

const right = "sojourn" // the password of all users

// login logs a user in without the client.
func (s *server) login(user string) middleware.Tokens {
	s.t.Helper()
	body := s.want(http.StatusOK, "POST", "/login", "", fmt.Sprintf(`{"user":%q,"password":%q}`, user, right))
	return decode[middleware.Tokens](s.t, body)
}

// refresh exchanges a refresh token without the client.
func (s *server) refresh(refresh string) answer {
	s.t.Helper()
	return s.call("POST", "/token", "", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}.Encode())
}

func decode[T any](t *testing.T, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// client is a client of the API in which a user is logged in.
type client struct {
	*notes.Transport
	t   *testing.T
	url string
}

// as returns a client in which user is logged in.
func (s *server) as(user string, c notes.Config) *client {
	s.t.Helper()
	c.API = cmp.Or(c.API, s.URL)
	t, err := notes.Login(s.t.Context(), c, user, right)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{t, s.t, c.API}
}

// resume returns a client with tokens that were saved.
func (s *server) resume(c notes.Config, saved notes.Tokens) *client {
	s.t.Helper()
	c.API = cmp.Or(c.API, s.URL)
	t, err := notes.New(c, saved)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{t, s.t, c.API}
}

// do sends a request and returns status and body.
func (c *client) do(ctx context.Context, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	res, err := (&http.Client{Transport: c.Transport}).Do(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, strings.TrimSpace(string(text)), err
}

// want sends a request that is to be answered with a status, and returns the body.
func (c *client) want(status int, method, path, body string) string {
	c.t.Helper()
	got, text, err := c.do(c.t.Context(), method, path, body)
	if err != nil || got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %v", method, path, got, status, err)
	}
	return text
}

// wantOver wants a request to fail because the login is over.
func (c *client) wantOver(method, path, body string) {
	c.t.Helper()
	if status, _, err := c.do(c.t.Context(), method, path, body); !errors.Is(err, notes.ErrRefused) {
		c.t.Errorf("%s %s: status %d, error %v, want ErrRefused", method, path, status, err)
	}
}

// network stands between a client and the server.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(r *http.Request) (*http.Response, error) { return n(r) }

// patience is how long anything may take that is only a matter of time.
const patience = 30 * time.Second

// eventually calls check until it returns nil.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not so after %v: %v", what, patience, err)
		case <-ticker.C:
		}
	}
}

// refused waits until a path answers 401 to an access token.
func (s *server) refused(path, access string) {
	s.t.Helper()
	eventually(s.t, path+" refuses", func() error {
		if a := s.call("GET", path, access, ""); a.status != http.StatusUnauthorized {
			return fmt.Errorf("status %d", a.status)
		}
		return nil
	})
}
