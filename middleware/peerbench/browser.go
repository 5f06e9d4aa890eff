package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
)

const site = "https://shop.example"

// browser asks a shop for things and keeps its cookies. It may have many
// requests under way.
type browser struct {
	handler http.Handler

	mu      sync.Mutex
	cookies map[string]string
}

func newBrowser(h http.Handler) *browser {
	return &browser{handler: h, cookies: map[string]string{}}
}

// copied returns a browser with the cookies that b has now, and that it keeps to
// itself: whoever read them along the way.
func (b *browser) copied() *browser {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &browser{handler: b.handler, cookies: maps.Clone(b.cookies)}
}

// newRequest returns a request as a browser sends it from a page of the shop.
func newRequest(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, site+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.RemoteAddr = "192.0.2.1:50000"
	return r, nil
}

// send makes a request and returns its status and body. As in a browser, the
// cookies that go with it are those of its beginning, and those that come back
// take the place of what is there at its end.
func (b *browser) send(ctx context.Context, method, path string, body io.Reader) (int, string, error) {
	r, err := newRequest(ctx, method, path, body)
	if err != nil {
		return 0, "", err
	}
	b.mu.Lock()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // it goes to the server
	}
	b.mu.Unlock()

	w := newResponse()
	w.keep = true
	b.handler.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)

	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range w.header["Set-Cookie"] {
		cookie, err := http.ParseSetCookie(line)
		if err != nil {
			return w.status, "", err
		}
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
	return w.status, string(w.body), nil
}

// ask is send for requests that must succeed.
func (b *browser) ask(ctx context.Context, method, path string) (string, error) {
	status, body, err := b.send(ctx, method, path, http.NoBody)
	if err == nil && status >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: status %d %s", method, path, status, body)
	}
	return body, err
}

// number asks for a number.
func (b *browser) number(ctx context.Context, path string) (int, error) {
	body, err := b.ask(ctx, http.MethodGet, path)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(body)
}
