package middleware_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// navigation makes a request what a browser sends when somebody opens a page.
func navigation(r *http.Request) {
	r.Header.Set("User-Agent", firefox)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Dest", "document")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
}

// without takes a header out of a request.
func without(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }

// show opens a page as somebody does, and more.
func (b *browser) show(path string, more ...func(*http.Request)) response {
	b.k.t.Helper()
	return b.do("GET", path, nil, slices.Insert(more, 0, navigation)...)
}

// pages adds handlers that show pages.
func (k *kit) pages() {
	html := func(w responseWriter, body string) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := io.WriteString(w, body)
		return err
	}
	k.handle("GET /{$}", func(w responseWriter, _ *request) error { return html(w, "home") })
	k.handle("GET /products/{sku}", func(w responseWriter, r *request) error { return html(w, r.PathValue("sku")) })
	k.handle("GET /view", func(w responseWriter, r *request) error { return html(w, k.View(r.Context())) })
}

// views returns the page views recorded so far, and skipped how many were not, by
// reason.
func (k *kit) views() []analytics.Event {
	k.t.Helper()
	k.flush()
	return k.events(analytics.PageViewed)
}

func (k *kit) skipped() map[string]int {
	k.t.Helper()
	k.flush()
	skipped := map[string]int{}
	for _, e := range k.events(analytics.PageSkipped) {
		n, err := strconv.Atoi(e.Attributes["count"])
		if err != nil || e.Session != "" {
			k.t.Errorf("skipped: %+v", e)
		}
		skipped[e.Attributes["reason"]] += n
	}
	return skipped
}

func (k *kit) wantSkipped(want map[string]int) {
	k.t.Helper()
	if got := k.skipped(); !maps.Equal(got, want) {
		k.t.Errorf("skipped %v, want %v", got, want)
	}
}

// What is a page view, and what it tells.
func TestPageView(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.pages()
		b := k.browser()
		b.mustPost("/login?user=ada")
		before := k.store.applies.Load()
		b.show("/products/green%20tea?size=xl&utm_source=mail&utm_medium=email&gclid=1", with("Referer", "https://news.example/a"))
		b.show("/", with("Referer", k.srv.URL+"/products/green"))
		views := k.views()
		if len(views) != 2 {
			t.Fatalf("%d page views, want 2", len(views))
		}
		started := k.events(analytics.VisitStarted)[0]
		login := k.events(analytics.LoginStarted)[0]
		for i, want := range []map[string]string{
			{"path": "/products/green tea", "route": "/products/{sku}", "source": "mail", "medium": "email", "click": "gclid", "referrer": "news.example"},
			{"path": "/"},
		} {
			e := views[i]
			if e.Session != started.Session || e.Visit != started.Visit || e.Login != login.Login || e.User != "ada" || e.Time.Before(started.Time) {
				t.Errorf("%+v is not of the session, the visit and the login", e)
			}
			visit, random, _ := strings.Cut(e.Attributes["view"], ".")
			if visit != e.Visit || len(random) != 11 {
				t.Errorf("view %q", e.Attributes["view"])
			}
			delete(e.Attributes, "view")
			if !maps.Equal(e.Attributes, want) {
				t.Errorf("attributes %v, want %v", e.Attributes, want)
			}
		}
		if n := k.store.applies.Load() - before; n != 0 {
			t.Errorf("page views cost %d changes", n)
		}
		k.wantSkipped(nil)
	})
}

// A path is kept as far as it is text, and not too long.
func TestPageViewPath(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("GET /p/", func(w responseWriter, _ *request) error {
		w.Header().Set("Content-Type", "text/html")
		return nil
	})
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	b.show("/p/%ffa%c3%bc?secret=1#x")
	b.show("/p/" + strings.Repeat("%c3%bc", 300))
	views := k.views()
	for i, want := range []string{"/p/aü", "/p/" + strings.Repeat("ü", 254)} {
		if got := views[i].Attributes["path"]; got != want {
			t.Errorf("path %q, want %q", got, want)
		}
	}
	if got := views[0].Attributes["route"]; got != "/p/" {
		t.Errorf("route %q", got)
	}
}

func TestPageViewIsWhatABrowserShows(t *testing.T) {
	k := newKit(t, middleware.Config{})
	respond := func(status int, contentType string, write func(w responseWriter)) func(responseWriter, *request) error {
		return func(w responseWriter, _ *request) error {
			if contentType != "" {
				w.Header().Set("Content-Type", contentType)
			}
			if status != 0 {
				w.WriteHeader(status)
			}
			if write != nil {
				write(w)
			}
			return nil
		}
	}
	text := func(s string) func(responseWriter) { return func(w responseWriter) { io.WriteString(w, s) } }
	const html = "<!DOCTYPE html><title>x</title>"
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	for i, tt := range []struct {
		name    string
		want    int
		handler func(responseWriter, *request) error
		method  string
		options []func(*http.Request)
	}{
		{name: "HTML", want: 1, handler: respond(0, "text/html", text("x"))},
		{name: "XHTML", want: 1, handler: respond(0, "Application/XHTML+XML; charset=utf-8", text("x"))},
		{name: "a page that was made", want: 1, handler: respond(201, "text/html", text("x"))},
		{name: "no body", want: 1, handler: respond(0, "text/html", nil)},
		{name: "sniffed in Write", want: 1, handler: respond(0, "", func(w responseWriter) { w.Write([]byte(html)) })},
		{name: "sniffed in WriteString", want: 1, handler: respond(0, "", text(html))},
		{name: "sniffed after WriteHeader", want: 1, handler: respond(200, "", func(w responseWriter) { w.Write(nil); text(html)(w); text(html)(w) })},
		{name: "sniffed to be none", want: 0, handler: respond(200, "", text(`{"a":1}`))},
		{name: "not sniffed", want: 0, handler: func(w responseWriter, _ *request) error {
			w.Header()["Content-Type"] = nil
			_, err := io.WriteString(w, html)
			return err
		}},
		{name: "compressed, of no type", want: 0, handler: func(w responseWriter, _ *request) error {
			w.Header().Set("Content-Encoding", "br")
			_, err := io.WriteString(w, html)
			return err
		}},
		{name: "nothing at all", want: 0, handler: respond(0, "", nil)},
		{name: "not modified", want: 1, handler: respond(304, "", nil)},
		{name: "a script not modified", want: 0, handler: respond(304, "text/javascript", nil)},
		{name: "JSON", want: 0, handler: respond(0, "application/json", text("{}"))},
		{name: "no content", want: 0, handler: respond(204, "text/html", nil)},
		{name: "reset content", want: 0, handler: respond(205, "text/html", nil)},
		{name: "a part", want: 0, handler: respond(206, "text/html", text("x"))},
		{name: "a redirect", want: 0, handler: respond(303, "text/html", text("x"))},
		{name: "not found", want: 0, handler: respond(404, "text/html", text("x"))},
		{name: "an error", want: 0, handler: respond(500, "text/html", text("x"))},
		{name: "a form", want: 0, method: "POST", handler: respond(0, "text/html", text("x"))},
		{name: "headers alone", want: 0, method: "HEAD", handler: respond(0, "text/html", nil)},
		{name: "a script's request", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("Sec-Fetch-Dest", "empty")}},
		{name: "a frame", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("Sec-Fetch-Dest", "iframe")}},
		{name: "an old browser", want: 1, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){without("Sec-Fetch-Dest")}},
		{name: "a tool", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){without("Sec-Fetch-Dest"), with("Accept", "*/*")}},
		{name: "a prefetch", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("Sec-Purpose", "prefetch")}},
		{name: "a prerendering", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("Sec-Purpose", "prefetch;prerender")}},
		{name: "an old prefetch", want: 0, handler: respond(200, "", text(html)), options: []func(*http.Request){with("Purpose", "prefetch")}},
		{name: "Firefox' prefetch", want: 0, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("X-Moz", "prefetch")}},
		{name: "a bot in a session", want: 1, handler: respond(0, "text/html", text("x")), options: []func(*http.Request){with("User-Agent", "Googlebot/2.1")}},
		{name: "a stream", want: 1, handler: func(w responseWriter, _ *request) error {
			w.Header().Set("Content-Type", "text/html")
			return http.NewResponseController(w).Flush()
		}},
		{name: "hijacked", want: 0, handler: func(w responseWriter, _ *request) error {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.method == "" {
				tt.method = "GET"
			}
			path := "/case/" + strconv.Itoa(i)
			k.handle(tt.method+" "+path, tt.handler)
			before := len(k.views())
			b.do(tt.method, path, nil, append([]func(*http.Request){navigation}, tt.options...)...)
			if got := len(k.views()) - before; got != tt.want {
				t.Errorf("%d page views, want %d", got, tt.want)
			}
		})
	}
	k.wantSkipped(map[string]int{"prefetch": 4})
}

// The ID of a view is known to the page, and the same in the event.
func TestView(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.pages()
	k.handle("GET /late", func(w responseWriter, r *request) error {
		w.Header().Set("Content-Type", "text/html")
		if _, err := io.WriteString(w, "<title>"); err != nil {
			return err
		}
		_, err := io.WriteString(w, k.View(r.Context()))
		return err
	})
	b := k.browser()
	if got := b.show("/view").body; got != "" {
		t.Errorf("view %q without a session", got)
	}
	b.mustPost("/put?key=a&value=b")
	k.clock.Advance(time.Hour) // the visit is over
	b.twin().show("/view", with("Sec-Purpose", "prefetch"))
	b.twin().do("GET", "/view", nil)
	early, late := b.show("/view").body, strings.TrimPrefix(b.show("/late").body, "<title>")
	var recorded []string
	for _, e := range k.views() {
		recorded = append(recorded, e.Attributes["view"])
	}
	if want := []string{early, late}; !slices.Equal(recorded, want) || early == "" || early == late {
		t.Errorf("recorded %q, shown %q", recorded, want)
	}
	if n := len(k.events(analytics.VisitStarted)); n != 2 {
		t.Errorf("%d visits, want 2", n)
	}
	if k.View(t.Context()) != "" {
		t.Error("a view outside of a request")
	}
}

// A page that is shown in a session that ends under it was shown all the same, and
// the session stays ended.
func TestI1_ViewOfASessionThatEnds(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.pages()
		k.handle("GET /erased", func(w responseWriter, r *request) error {
			s, _ := k.Current(r.Context())
			if err := k.Revoke(r.Context(), s.ID, analytics.ReasonErased); err != nil {
				return err
			}
			k.Values().Put(r.Context(), "a", "late")
			w.Header().Set("Content-Type", "text/html")
			return nil
		})
		k.handle("GET /destroyed", func(w responseWriter, r *request) error {
			w.Header().Set("Content-Type", "text/html")
			return k.Values().Destroy(r.Context())
		})
		var want []string
		for _, path := range []string{"/", "/erased", "/destroyed"} {
			b := k.browser()
			b.mustPost("/login?user=ada" + path)
			b.show(path)
			want = append(want, k.fresh(analytics.SessionStarted)[0].Session)
			if path == "/" { // it ends before the view reaches the store
				k.mustRevoke("ada" + path)
			}
			if got := b.get("/me"); got != "" {
				t.Errorf("%s: still logged in", path)
			}
		}
		k.flush()
		k.flush()
		var got []string
		for _, e := range k.views() {
			got = append(got, e.Session)
		}
		if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("views of %q, want one of each of %q", got, want)
		}
		for _, session := range want {
			id, err := sessionstore.ParseID(session)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.store.Load(t.Context(), id); err == nil {
				t.Errorf("%s lives", session)
			}
		}
		if started, ended := k.events(analytics.SessionStarted), k.events(analytics.SessionEnded); len(started) != 3 || len(ended) != 3 {
			t.Errorf("%d sessions started and %d ended, want 3", len(started), len(ended))
		}
	})
}

// Close hands over what requests until then have shown, once.
func TestPageViewsAreThereAfterClose(t *testing.T) {
	store := sessionstore.NewMemory(sessionstore.MemoryOptions{})
	m, err := middleware.New(middleware.Config{Store: store, Cookie: middleware.Cookie{DangerouslyInsecure: true}, VisitIdle: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Values().Put(r.Context(), "a", "b")
		w.Header().Set("Content-Type", "text/html")
	}))
	const visitors, each = 20, 30
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			var cookie *http.Cookie
			for range each {
				r := httptest.NewRequest("GET", "http://localhost/", nil)
				navigation(r)
				if cookie != nil {
					r.AddCookie(cookie)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				for _, c := range w.Result().Cookies() {
					cookie = c
				}
			}
		})
	}
	wg.Wait()
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	views, err := store.Events(t.Context(), analytics.Query{Type: analytics.PageViewed})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, e := range views {
		seen[e.Attributes["view"]] = true
	}
	if len(views) != visitors*each || len(seen) != len(views) {
		t.Errorf("%d page views, %d of them different, want %d", len(views), len(seen), visitors*each)
	}
}

// A visitor without session is counted, and leaves nothing else behind.
func TestI8_PageOfAVisitorWithoutSession(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.pages()
	for range 3 {
		b := k.browser()
		res := b.show("/")
		if _, set := res.setCookie(); set || res.Header.Get("Cache-Control") != "" || res.Header.Get("Vary") != "" {
			t.Errorf("the page of a stranger has %v", res.Header)
		}
	}
	k.browser().show("/", with("User-Agent", "Googlebot/2.1"))
	k.browser().do("GET", "/", nil)
	k.browser().show("/nowhere")
	k.wantSkipped(map[string]int{"session": 3, "bot": 1})
	if n := k.store.applies.Load() + k.store.loads.Load(); n != 0 || len(k.views()) != 0 {
		t.Errorf("%d commands, %d views", n, len(k.views()))
	}
}
