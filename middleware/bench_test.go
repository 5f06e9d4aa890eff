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

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Flush()                      {}
