package replay

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/sojourn-go/sojourn/examples/traffic/accesslog"
)

// request makes the request that a line tells of, to the given host.
func request(ctx context.Context, l accesslog.Line, host, cookies string) *http.Request {
	h := http.Header{}
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("User-Agent", l.Agent)
	set("Referer", l.Referrer)
	set("Cookie", cookies)
	if l.Method == http.MethodGet && isPage(l.URL.Path) {
		set("Accept", "text/html")
		set("Sec-Fetch-Dest", "document")
		set("Sec-Fetch-Mode", "navigate")
	}
	r := &http.Request{
		Method: l.Method, URL: &url.URL{Path: l.URL.Path, RawPath: l.URL.RawPath, RawQuery: l.URL.RawQuery},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Body: http.NoBody, Host: host,
		RemoteAddr: net.JoinHostPort(strings.Trim(l.Address, "[]"), "0"), RequestURI: l.URL.RequestURI(),
	}
	return r.WithContext(ctx)
}

// typeOf guesses from the path what a server answers with.
func typeOf(p string) string {
	if isPage(p) {
		return "text/html; charset=utf-8"
	}
	return "application/octet-stream"
}

// isPage reports whether there is a page behind a path, by its looks: it ends like
// one or like nothing in particular, and is not that of an API.
func isPage(p string) bool {
	if strings.HasPrefix(p, "/api/") || strings.HasPrefix(p, "/.well-known/") {
		return false
	}
	switch strings.ToLower(path.Ext(p)) {
	case "", ".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".jsp", ".cgi", ".pl":
		return true
	}
	return false
}

// answer answers with the status that was logged.
func answer(l accesslog.Line) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typeOf(l.URL.Path))
		w.WriteHeader(max(l.Status, http.StatusOK)) // below are none that end a response
	})
}

// response keeps the headers of an answer, and drops the rest.
type response struct{ header http.Header }

// Header implements [http.ResponseWriter].
func (w *response) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(int) {}

// Write implements [http.ResponseWriter].
func (w *response) Write(b []byte) (int, error) { return len(b), nil }

// cookiesFrom returns the cookies that the answer leaves a client with that had some,
// as a Cookie header.
func cookiesFrom(w *response, had string) string {
	set := (&http.Response{Header: w.header}).Cookies()
	if len(set) == 0 {
		return had
	}
	var pairs []string // the middleware sets one cookie, always the same
	for _, c := range set {
		if c.MaxAge >= 0 {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}
