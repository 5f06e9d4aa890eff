package middleware

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordingCommitter notes what it is asked, and sets a header as a commit does.
type recordingCommitter struct {
	w        http.ResponseWriter
	err      error
	statuses []int
	panics   bool
	onStream func()
}

func (c *recordingCommitter) stream() {
	if c.onStream != nil {
		c.onStream()
	}
}

func (c *recordingCommitter) fail(w http.ResponseWriter, err error) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "error: "+err.Error(), http.StatusServiceUnavailable)
}

// newWriter returns the writer for a handler, and the same for the manager.
func newWriter(under http.ResponseWriter, c committer) (http.ResponseWriter, *writer) {
	w := &writer{}
	return w.init(under, c), w
}

func (c *recordingCommitter) opens(opening) {}

func (c *recordingCommitter) beforeHeaders(status int, _ opening) (bool, error) {
	c.statuses = append(c.statuses, status)
	c.w.Header().Set("Set-Cookie", "committed=yes")
	if c.panics {
		panic("commit")
	}
	return false, c.err
}

var errTestCommit = errors.New("the store is down")

// writerExchange is what one request through the writer came to.
type writerExchange struct {
	resp      *http.Response
	body      string
	early     []textproto.MIMEHeader // of the 103 responses
	commits   []int
	streams   int
	finishErr error
	log       string
}

// exchangeThroughWriter serves h behind an outer handler that sets a header, on
// a real server, and makes one request.
func exchangeThroughWriter(t *testing.T, http2 bool, commitErr error, r *http.Request, h http.HandlerFunc) writerExchange {
	t.Helper()
	var x writerExchange
	var logged strings.Builder
	done := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		w.Header().Set("X-Outer", "kept")
		c := &recordingCommitter{w: w, err: commitErr}
		rw, inner := newWriter(w, c)
		inner.commit.(*recordingCommitter).onStream = func() { x.streams++ }
		defer func() { x.commits = c.statuses }()
		h(rw, r)
		x.finishErr = inner.finish()
		if !inner.begun {
			t.Error("not started after finish")
		}
	}))
	srv.Config.ErrorLog = log.New(&logged, "", 0)
	srv.EnableHTTP2 = http2
	if http2 {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	defer srv.Close()

	if r == nil {
		r = httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	}
	r.RequestURI = ""
	u := *r.URL
	u.Scheme, u.Host, _ = strings.Cut(srv.URL, "://")
	u.Host = strings.TrimPrefix(u.Host, "//")
	r.URL, r.Host = &u, u.Host
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		if code != http.StatusEarlyHints {
			t.Errorf("informational status %d", code)
		}
		x.early = append(x.early, h)
		return nil
	}}
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(r.WithContext(httptrace.WithClientTrace(t.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if want := map[bool]int{false: 1, true: 2}[http2]; resp.ProtoMajor != want {
		t.Fatalf("HTTP/%d, want HTTP/%d", resp.ProtoMajor, want)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	<-done
	srv.Close()
	x.resp, x.body, x.log = resp, string(body), logged.String()
	return x
}

func bothProtocols(t *testing.T, f func(t *testing.T, http2 bool)) {
	t.Run("HTTP1", func(t *testing.T) { f(t, false) })
	t.Run("HTTP2", func(t *testing.T) { f(t, true) })
}

// writerHandlers are the ways to begin a response.
var writerHandlers = []struct {
	name   string
	handle func(w http.ResponseWriter, r *http.Request)
	status int // that the commit sees, and the client too
	body   string
	stream bool
}{
	{"nothing", func(http.ResponseWriter, *http.Request) {}, 200, "", false},
	{"header alone", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Inner", "set") }, 200, "", false},
	{"Write", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("body")) }, 200, "body", false},
	{"empty Write", func(w http.ResponseWriter, _ *http.Request) { w.Write(nil) }, 200, "", false},
	{"WriteString", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "body") }, 200, "body", false},
	{"WriteHeader", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, 418, "", false},
	{"WriteHeader and Write", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte("bo"))
		w.Write([]byte("dy"))
	}, 201, "body", false},
	{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, "", false},
	{"not modified", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, "", false},
	{"redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.com/", http.StatusFound)
	}, 302, "<a href=\"https://example.com/\">Found</a>.\n\n", false},
	{"copy", func(w http.ResponseWriter, _ *http.Request) {
		io.Copy(w, io.MultiReader(strings.NewReader("bo"), strings.NewReader("dy")))
	}, 200, "body", false},
	{"large copy", func(w http.ResponseWriter, _ *http.Request) {
		io.Copy(w, io.LimitReader(zeros{}, 1<<20))
	}, 200, strings.Repeat("\x00", 1<<20), false},
	{"Flush before Write", func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		w.Write([]byte("bo"))
		w.(http.Flusher).Flush()
		w.Write([]byte("dy"))
	}, 200, "body", true},
	{"controller", func(w http.ResponseWriter, _ *http.Request) {
		rc := http.NewResponseController(w)
		if err := errors.Join(rc.SetWriteDeadline(time.Now().Add(time.Minute)), rc.Flush()); err != nil && !errors.Is(err, errTestCommit) {
			panic(err)
		}
		io.WriteString(w, "body")
	}, 200, "body", true},
	{"early hints", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-Inner", "set")
		w.Write([]byte("body"))
	}, 200, "body", false},
	{"superfluous WriteHeader", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusTeapot)
		w.Write([]byte("body"))
	}, 202, "body", false},
	{"trailers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Late")
		h := w.Header()
		w.Write([]byte("body"))
		h.Set("X-Late", "1")
		w.Header().Set(http.TrailerPrefix+"X-Later", "2")
		h.Set(http.TrailerPrefix+"X-Latest", "3")
	}, 200, "body", false},
}

// zeros reads as zero bytes.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestWriterCommitsBeforeTheFirstByte(t *testing.T) {
	bothProtocols(t, func(t *testing.T, http2 bool) {
		for _, tt := range writerHandlers {
			t.Run(tt.name, func(t *testing.T) {
				x := exchangeThroughWriter(t, http2, nil, nil, tt.handle)
				if !slices.Equal(x.commits, []int{tt.status}) {
					t.Errorf("commits %v, want one with %d", x.commits, tt.status)
				}
				if x.resp.StatusCode != tt.status || x.body != tt.body {
					t.Errorf("status %d, body %.40q", x.resp.StatusCode, x.body)
				}
				if h := x.resp.Header; h.Get("Set-Cookie") != "committed=yes" || h.Get("X-Outer") != "kept" {
					t.Errorf("header %v", h)
				}
				if (x.streams == 1) != tt.stream || x.streams > 1 {
					t.Errorf("onStream called %d times", x.streams)
				}
				if x.finishErr != nil {
					t.Errorf("finish: %v", x.finishErr)
				}
				for _, h := range x.early {
					if h.Get("Set-Cookie") != "" || h.Get("Link") == "" {
						t.Errorf("early hints %v", h)
					}
				}
				if tt.name == "early hints" && len(x.early) != 2 {
					t.Errorf("%d early hints", len(x.early))
				}
				if tt.name == "trailers" && (x.resp.Trailer.Get("X-Late") != "1" || x.resp.Trailer.Get("X-Later") != "2") {
					t.Errorf("trailer %v", x.resp.Trailer)
				}
				if got := strings.Contains(x.log, "superfluous"); !http2 && got != (tt.name == "superfluous WriteHeader") {
					t.Errorf("log %q", x.log)
				}
			})
		}
	})
}

func TestI6FailedCommitSendsTheErrorAlone(t *testing.T) {
	bothProtocols(t, func(t *testing.T, http2 bool) {
		for _, tt := range writerHandlers {
			t.Run(tt.name, func(t *testing.T) {
				x := exchangeThroughWriter(t, http2, errTestCommit, nil, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Length", "9999")
					w.Header().Set("Content-Type", "image/png")
					w.Header().Set("Cache-Control", "public")
					w.Header().Set("Set-Cookie", "inner=1")
					w.Header().Add("X-Outer", "more")
					tt.handle(w, r)
					w.Header().Set("X-Inner", "late")
				})
				if !slices.Equal(x.commits, []int{tt.status}) {
					t.Errorf("commits %v, want one with %d", x.commits, tt.status)
				}
				if x.resp.StatusCode != http.StatusServiceUnavailable || x.body != "error: the store is down\n" {
					t.Errorf("status %d, body %.60q", x.resp.StatusCode, x.body)
				}
				var names []string
				for name := range x.resp.Header {
					names = append(names, name)
				}
				slices.Sort(names)
				if want := []string{"Content-Length", "Content-Type", "Date", "Retry-After", "X-Content-Type-Options", "X-Outer"}; !slices.Equal(names, want) {
					t.Errorf("header %v", x.resp.Header)
				}
				if got := x.resp.Header["X-Outer"]; !slices.Equal(got, []string{"kept"}) {
					t.Errorf("X-Outer: %q", got)
				}
				if len(x.resp.Trailer) != 0 {
					t.Errorf("trailer %v", x.resp.Trailer)
				}
				if !errors.Is(x.finishErr, errTestCommit) || x.streams != 0 {
					t.Errorf("finish: %v; onStream called %d times", x.finishErr, x.streams)
				}
			})
		}
	})
}

func TestI6FailedCommitDiscardsWhatFollows(t *testing.T) {
	exchangeThroughWriter(t, false, errTestCommit, nil, func(w http.ResponseWriter, _ *http.Request) {
		refused := func(what string, n int64, err error) {
			t.Helper()
			if n != 0 || !errors.Is(err, errDiscarded) || !errors.Is(err, errTestCommit) {
				t.Errorf("%s: %d, %v", what, n, err)
			}
		}
		for range 2 {
			n, err := w.Write([]byte("body"))
			refused("Write", int64(n), err)
			n, err = io.WriteString(w, "body")
			refused("WriteString", int64(n), err)
			n64, err := io.Copy(w, struct{ io.Reader }{strings.NewReader("body")})
			refused("Copy", n64, err)
			refused("Flush", 0, http.NewResponseController(w).Flush())
			w.(http.Flusher).Flush()
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusOK)
			conn, buf, err := w.(http.Hijacker).Hijack()
			if conn != nil || buf != nil {
				t.Error("hijacked")
			}
			refused("Hijack", 0, err)
		}
	})
}

func TestWriterCommitThatPanics(t *testing.T) {
	rec := httptest.NewRecorder()
	rec.Header().Set("X-Outer", "kept")
	w, inner := newWriter(rec, &recordingCommitter{w: rec, panics: true})
	func() {
		defer func() {
			if p := recover(); p != "commit" {
				t.Errorf("recovered %v", p)
			}
			http.Error(w, "recovered", http.StatusInternalServerError) // as middleware does
		}()
		w.Write([]byte("body"))
	}()
	if rec.Code != http.StatusServiceUnavailable || strings.Contains(rec.Body.String(), "body") || strings.Contains(rec.Body.String(), "recovered") {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
	if rec.Header().Get("Set-Cookie") != "" || rec.Header().Get("X-Outer") != "kept" {
		t.Errorf("header %v", rec.Header())
	}
	if inner.finish() == nil {
		t.Error("finish reports success")
	}
}

func TestWriterPanicsPassThrough(t *testing.T) {
	bothProtocols(t, func(t *testing.T, http2 bool) {
		var c *recordingCommitter
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c = &recordingCommitter{w: w}
			rw, _ := newWriter(w, c)
			rw.Header().Set("X", "y")
			panic(http.ErrAbortHandler)
		}))
		srv.EnableHTTP2 = http2
		srv.StartTLS()
		resp, err := srv.Client().Get(srv.URL)
		if err == nil {
			resp.Body.Close()
			t.Errorf("got a response: %s", resp.Status)
		}
		srv.Close()
		if len(c.statuses) != 0 {
			t.Errorf("committed: %v", c.statuses)
		}
	})

	defer func() {
		if recover() == nil {
			t.Error("an impossible status is accepted")
		}
	}()
	rec := httptest.NewRecorder()
	w, _ := newWriter(rec, &recordingCommitter{w: rec})
	w.WriteHeader(99)
}

func TestWriterHijack(t *testing.T) {
	for name, hijack := range map[string]func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"direct": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
		"controller": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var c *recordingCommitter
			streams := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				c = &recordingCommitter{w: w}
				rw, inner := newWriter(w, c)
				inner.commit.(*recordingCommitter).onStream = func() { streams++ }
				conn, buf, err := hijack(rw)
				if err != nil {
					t.Errorf("Hijack: %v", err)
					return
				}
				defer conn.Close()
				// Headers are the handler's business now; what the commit set is there.
				buf.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n")
				rw.Header().Write(buf)
				buf.WriteString("\r\nhello")
				buf.Flush()
				if err := inner.finish(); err != nil {
					t.Errorf("finish: %v", err)
				}
			}))
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "echo")
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			srv.Close()
			if resp.StatusCode != 101 || string(body) != "hello" || resp.Header.Get("Set-Cookie") != "committed=yes" {
				t.Errorf("%s %q %v", resp.Status, body, resp.Header)
			}
			if !slices.Equal(c.statuses, []int{101}) || streams != 1 {
				t.Errorf("commits %v, onStream called %d times", c.statuses, streams)
			}
		})
	}
}

func TestWriterHijackAfterFailedCommit(t *testing.T) {
	x := exchangeThroughWriter(t, false, errTestCommit, nil, func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := w.(http.Hijacker).Hijack(); conn != nil || !errors.Is(err, errTestCommit) {
			t.Errorf("Hijack: %v", err)
		}
	})
	if x.resp.StatusCode != 503 || x.body != "error: the store is down\n" || x.streams != 0 || !slices.Equal(x.commits, []int{101}) {
		t.Errorf("%d %q, commits %v", x.resp.StatusCode, x.body, x.commits)
	}
}

func TestWriterServesRanges(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(name, []byte(strings.Repeat("0123456789", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	bothProtocols(t, func(t *testing.T, http2 bool) {
		for rng, want := range map[string]struct {
			status int
			body   string
		}{
			"":              {200, strings.Repeat("0123456789", 1000)},
			"bytes=5-12":    {206, "56789012"},
			"bytes=-3":      {206, "789"},
			"bytes=99999-":  {416, "invalid range: failed to overlap\n"},
			"bytes=0-8999":  {206, strings.Repeat("0123456789", 900)},
			"bytes=10-9999": {206, strings.Repeat("0123456789", 999)},
		} {
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			if rng != "" {
				r.Header.Set("Range", rng)
			}
			x := exchangeThroughWriter(t, http2, nil, r, func(w http.ResponseWriter, r *http.Request) {
				http.ServeFile(w, r, name)
			})
			if x.resp.StatusCode != want.status || x.body != want.body || !slices.Equal(x.commits, []int{want.status}) {
				t.Errorf("%q: %d, %d bytes, commits %v", rng, x.resp.StatusCode, len(x.body), x.commits)
			}
		}
		x := exchangeThroughWriter(t, http2, nil, httptest.NewRequest(http.MethodHead, "/", http.NoBody), func(w http.ResponseWriter, r *http.Request) {
			http.ServeFile(w, r, name)
		})
		if x.resp.ContentLength != 10_000 || x.body != "" || !slices.Equal(x.commits, []int{200}) {
			t.Errorf("HEAD: length %d, commits %v", x.resp.ContentLength, x.commits)
		}
	})
}

func TestWriterStreamsBeforeTheHandlerReturns(t *testing.T) {
	bothProtocols(t, func(t *testing.T, http2 bool) {
		release := make(chan struct{})
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			rw, inner := newWriter(w, &recordingCommitter{w: w})
			registered := false
			inner.commit.(*recordingCommitter).onStream = func() { registered = true }
			io.WriteString(rw, "data: 1\n\n")
			if registered {
				t.Error("a write is no stream")
			}
			rw.(http.Flusher).Flush()
			if !registered {
				t.Error("not registered")
			}
			<-release
			inner.finish()
		}))
		srv.EnableHTTP2 = http2
		srv.StartTLS()
		defer srv.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		defer close(release)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		if err != nil || line != "data: 1\n" || resp.Header.Get("Set-Cookie") == "" {
			t.Errorf("%q, %v, %v", line, err, resp.Header)
		}
	})
}

// Writers with every combination of abilities.
type (
	bareWriter    struct{ http.ResponseWriter }
	flusherOnly   struct{ bareWriter }
	flushErrOnly  struct{ bareWriter }
	hijackerOnly  struct{ bareWriter }
	flushHijacker struct {
		flusherOnly
		hijackerOnly
	}
	wrapping struct{ http.ResponseWriter }
)

func (flusherOnly) Flush()                                        {}
func (flushErrOnly) FlushError() error                            { return nil }
func (hijackerOnly) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (w flushHijacker) Header() http.Header                       { return w.flusherOnly.Header() }
func (w flushHijacker) Write(b []byte) (int, error)               { return w.flusherOnly.Write(b) }
func (w flushHijacker) WriteHeader(status int)                    { w.flusherOnly.WriteHeader(status) }
func (w wrapping) Unwrap() http.ResponseWriter                    { return w.ResponseWriter }
func bareRecorder() bareWriter                                    { return bareWriter{httptest.NewRecorder()} }

func newFlushHijacker() flushHijacker {
	return flushHijacker{flusherOnly{bareRecorder()}, hijackerOnly{bareRecorder()}}
}
func wrapped(w http.ResponseWriter) http.ResponseWriter { return wrapping{wrapping{w}} }

func TestWriterTellsTheTruth(t *testing.T) {
	for _, tt := range []struct {
		name           string
		under          http.ResponseWriter
		flush, hijacks bool
	}{
		{"bare", bareRecorder(), false, false},
		{"flusher", flusherOnly{bareRecorder()}, true, false},
		{"flusher with error", flushErrOnly{bareRecorder()}, true, false},
		{"hijacker", hijackerOnly{bareRecorder()}, false, true},
		{"both", newFlushHijacker(), true, true},
		{"wrapped bare", wrapped(bareRecorder()), false, false},
		{"wrapped flusher", wrapped(flusherOnly{bareRecorder()}), true, false},
		{"wrapped hijacker", wrapped(hijackerOnly{bareRecorder()}), false, true},
		{"wrapped both", wrapped(newFlushHijacker()), true, true},
		{"our own", func() http.ResponseWriter {
			w, _ := newWriter(bareRecorder(), &recordingCommitter{w: bareRecorder()})
			return w
		}(), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &recordingCommitter{w: tt.under}
			w, inner := newWriter(tt.under, c)
			_, flushes := w.(http.Flusher)
			_, flushErrs := w.(interface{ FlushError() error })
			_, hijacks := w.(http.Hijacker)
			if flushes != tt.flush || flushErrs != tt.flush || hijacks != tt.hijacks {
				t.Errorf("Flush %v, FlushError %v, Hijack %v", flushes, flushErrs, hijacks)
			}
			if _, ok := w.(io.ReaderFrom); !ok {
				t.Error("no ReadFrom")
			}
			if got := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap(); got != tt.under {
				t.Errorf("unwraps to %T", got)
			}
			rc := http.NewResponseController(w)
			if err := rc.Flush(); errors.Is(err, http.ErrNotSupported) == tt.flush {
				t.Errorf("controller's Flush: %v", err)
			}
			if started := inner.begun; started != tt.flush {
				t.Errorf("started %v", started) // what cannot be done commits nothing
			}
			if _, _, err := rc.Hijack(); errors.Is(err, http.ErrNotSupported) == tt.hijacks {
				t.Errorf("controller's Hijack: %v", err)
			}
		})
	}
}

// readerFromWriter notes that ReadFrom was used.
type readerFromWriter struct {
	*httptest.ResponseRecorder
	used int
}

func (w *readerFromWriter) ReadFrom(r io.Reader) (int64, error) {
	w.used++
	return io.Copy(w.ResponseRecorder, r)
}

func TestWriterReadFrom(t *testing.T) {
	under := &readerFromWriter{ResponseRecorder: httptest.NewRecorder()}
	c := &recordingCommitter{w: under}
	w, _ := newWriter(under, c)
	n, err := io.Copy(w, struct{ io.Reader }{strings.NewReader("body")})
	if n != 4 || err != nil || under.used != 1 || under.Body.String() != "body" || len(c.statuses) != 1 {
		t.Errorf("%d, %v, used %d times, %q", n, err, under.used, under.Body)
	}

	// One below a wrapper is not used: the wrapper may change what is written.
	under = &readerFromWriter{ResponseRecorder: httptest.NewRecorder()}
	w, _ = newWriter(wrapping{under}, &recordingCommitter{w: under})
	if _, err := io.Copy(w, struct{ io.Reader }{strings.NewReader("body")}); err != nil || under.used != 0 || under.Body.String() != "body" {
		t.Errorf("%v, used %d times, %q", err, under.used, under.Body)
	}
}

type nopCommitter struct{}

func (nopCommitter) beforeHeaders(int, opening) (bool, error) { return false, nil }
func (nopCommitter) opens(opening)                            {}
func (nopCommitter) fail(http.ResponseWriter, error)          {}
func (nopCommitter) stream()                                  {}

// discardWriter costs nothing.
type discardWriter struct{ h http.Header }

func (w discardWriter) Header() http.Header       { return w.h }
func (discardWriter) WriteHeader(int)             {}
func (discardWriter) Write(b []byte) (int, error) { return len(b), nil }
func (discardWriter) Flush()                      {}

func TestWriterAllocatesOnce(t *testing.T) {
	var under http.ResponseWriter = discardWriter{http.Header{}}
	body := []byte("x")
	if n := testing.AllocsPerRun(100, func() {
		w, inner := newWriter(under, nopCommitter{})
		w.WriteHeader(http.StatusOK)
		w.Write(body)
		inner.finish()
	}); n != 1 {
		t.Errorf("%v allocations", n)
	}
}
