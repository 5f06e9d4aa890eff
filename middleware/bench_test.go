package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// BenchmarkRequest measures what the middleware adds to a request, on a memory
// store: compare with bare.
func BenchmarkRequest(b *testing.B) {
	m, err := middleware.New(middleware.Config{
		Store:  sessionstore.NewMemory(sessionstore.MemoryOptions{}),
		Cookie: middleware.Cookie{DangerouslyInsecure: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close(context.Background())
	body := []byte("ok")
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Values().GetString(r.Context(), "theme")
		w.Write(body)
	})
	write := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Values().Put(r.Context(), "theme", "dark")
		w.Write(body)
	})
	rec := httptest.NewRecorder()
	m.Handler(write).ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost/", nil))
	cookie := rec.Result().Cookies()[0]

	run := func(name string, h http.Handler, withCookie bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequest("GET", "http://localhost/", nil)
				if withCookie {
					r.AddCookie(cookie)
				}
				w := &discard{header: http.Header{}}
				for pb.Next() {
					clear(w.header)
					h.ServeHTTP(w, r)
				}
			})
		})
	}
	run("bare", bare, false)
	run("anonymous", m.Handler(bare), false)
	run("session", m.Handler(bare), true)
	run("read", m.Handler(read), true)
	run("write", m.Handler(write), true)
}

// BenchmarkView measures what recording a page view adds to a request, on a memory
// store: compare viewed with shown in a frame, which is none, for a session and for a
// visitor without one.
func BenchmarkView(b *testing.B) {
	m, err := middleware.New(middleware.Config{
		Store:  sessionstore.NewMemory(sessionstore.MemoryOptions{}),
		Cookie: middleware.Cookie{DangerouslyInsecure: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close(context.Background())
	body := []byte("ok")
	html := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
		w.Write(body)
	})
	rec := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m.Values().Put(r.Context(), "theme", "dark")
	})).ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost/", nil))
	cookie := rec.Result().Cookies()[0]
	mux := http.NewServeMux()
	mux.Handle("GET /products/{sku}", html)
	h := m.Handler(mux)

	run := func(name string, options ...func(*http.Request)) {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "http://localhost/products/green-tea?size=xl", nil)
			navigation(r)
			r.Header.Set("Referer", "http://localhost/products")
			for _, o := range options {
				o(r)
			}
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if n%5000 == 0 { // the collector is bounded
					b.StopTimer()
					if err := middleware.FlushTouches(b.Context(), m); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
	held, framed := func(r *http.Request) { r.AddCookie(cookie) }, with("Sec-Fetch-Dest", "iframe")
	run("session/framed", held, framed)
	run("session/viewed", held)
	run("visitor/framed", framed)
	run("visitor/viewed")
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Flush()                      {}
