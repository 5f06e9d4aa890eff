package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/sqlite"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// open opens a shop for a test, with a store in memory.
func open(t *testing.T, c middleware.Config) (url string, store *sessionstore.Memory) {
	t.Helper()
	store = sessionstore.NewMemory(sessionstore.MemoryOptions{})
	c.Store, c.Logger = store, slog.New(slog.NewTextHandler(t.Output(), nil))
	c.LoginPolicy = sessionstore.EvictOldest
	c.Cookie.DangerouslyInsecure = true
	warehouse, err := sqlite.Open("", sqlite.Options{Price: priceOf})
	if err != nil {
		t.Fatal(err)
	}
	c.Recorder = warehouse
	s, err := newShop(options{sessions: c, abandon: time.Hour}, warehouse, c.Logger)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		s.endStreams()
		server.Close()
		if err := errors.Join(s.close(t.Context()), warehouse.Close()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return server.URL, store
}

// browser is a client with cookies of its own. It does not follow redirects.
type browser struct {
	t    *testing.T
	url  string
	http http.Client
}

func visit(t *testing.T, url string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{ExpectContinueTimeout: time.Minute}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, url, http.Client{
		Transport:     transport,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser in which user is logged in.
func as(t *testing.T, url, user string) *browser {
	t.Helper()
	b := visit(t, url)
	b.want(http.StatusOK, "POST", "/api/login", `{"user":"`+user+`","password":"sojourn"}`)
	return b
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) send(method, path, body string) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.HasPrefix(path, "/api/") && method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, strings.TrimSpace(string(text))}
}

// want sends a request that is to be answered with a status, and returns the body.
func (b *browser) want(status int, method, path, body string) string {
	b.t.Helper()
	a := b.send(method, path, body)
	if a.status != status {
		b.t.Fatalf("%s %s %.80s: status %d, want %d: %.300s", method, path, body, a.status, status, a.body)
	}
	return a.body
}

// decode reads a JSON body.
func decode[T any](t *testing.T, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

// cookie returns the browser's session cookie.
func (b *browser) cookie() string {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(req.URL) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}
