package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// kit is a manager on a memory store whose clock the test moves.
type kit struct {
	*middleware.Manager
	t     *testing.T
	clock *clock
	store *probeStore
	mux   *http.ServeMux
	srv   *httptest.Server
	told  map[string]bool // IDs of the events that fresh has returned
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// probeStore counts what the manager asks of a store, and can fail.
type probeStore struct {
	sessionstore.Store
	loads, applies, touches, appends atomic.Int64
	broken                           atomic.Bool
	beforeApply                      atomic.Pointer[func(sessionstore.Change)]
}

var errBroken = errors.New("the store is out of reach")

func (p *probeStore) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	p.loads.Add(1)
	if p.broken.Load() {
		return nil, errBroken
	}
	return p.Store.Load(ctx, id)
}

func (p *probeStore) Apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	p.applies.Add(1)
	if f := p.beforeApply.Load(); f != nil {
		(*f)(c)
	}
	if p.broken.Load() {
		return sessionstore.Result{}, errBroken
	}
	return p.Store.Apply(ctx, c)
}

func (p *probeStore) Touch(ctx context.Context, touches []sessionstore.Touch) error {
	p.touches.Add(int64(len(touches)))
	if p.broken.Load() {
		return errBroken
	}
	return p.Store.Touch(ctx, touches)
}

func (p *probeStore) Append(ctx context.Context, events ...analytics.Event) error {
	p.appends.Add(1)
	if p.broken.Load() {
		return errBroken
	}
	return p.Store.Append(ctx, events...)
}

// newKit starts a server for a manager with the given configuration, whose
// Store and Cookie it fills in.
func newKit(t *testing.T, cfg middleware.Config) *kit {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	k := newKitOn(t, sessionstore.NewMemory(sessionstore.MemoryOptions{Now: c.Now}), cfg)
	k.clock = c
	return k
}

// onStores runs a test on a kit with each kind of store. The clock of Redis cannot
// be moved.
func onStores(t *testing.T, cfg middleware.Config, test func(t *testing.T, k *kit)) {
	t.Run("memory", func(t *testing.T) { test(t, newKit(t, cfg)) })
	t.Run("redis", func(t *testing.T) {
		store, err := sessionstore.NewRedis(redistest.Shared(t).Client(), sessionstore.RedisOptions{Partitions: 4})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newKitOn(t, store, cfg))
	})
}

func newKitOn(t *testing.T, on sessionstore.Store, cfg middleware.Config) *kit {
	t.Helper()
	store := &probeStore{Store: on}
	cfg.Store = store
	cfg.Cookie.DangerouslyInsecure = true
	m, err := middleware.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{Manager: m, t: t, told: map[string]bool{}, store: store, mux: http.NewServeMux()}
	k.srv = httptest.NewServer(m.Handler(k.mux))
	t.Cleanup(func() {
		k.srv.Close()
		store.broken.Store(false)
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	k.handle("POST /login", func(w http.ResponseWriter, r *http.Request) error {
		return m.Login(r.Context(), r.FormValue("user"), middleware.Authentication{AMR: []string{"pwd"}})
	})
	k.handle("POST /logout", func(_ http.ResponseWriter, r *http.Request) error { return m.Logout(r.Context()) })
	k.handle("GET /me", func(w http.ResponseWriter, r *http.Request) error {
		s, _ := m.Current(r.Context())
		_, err := io.WriteString(w, s.User)
		return err
	})
	k.handle("POST /put", func(_ http.ResponseWriter, r *http.Request) error {
		m.Values().Put(r.Context(), r.FormValue("key"), r.FormValue("value"))
		return nil
	})
	k.handle("GET /get", func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, m.Values().GetString(r.Context(), r.FormValue("key")))
		return err
	})
	return k
}

// handle adds a handler whose error becomes its response.
func (k *kit) handle(pattern string, h func(http.ResponseWriter, *http.Request) error) {
	k.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			http.Error(w, err.Error(), middleware.StatusOf(err))
		}
	})
}

// flush lets the store know of the activity until now.
func (k *kit) flush() {
	k.t.Helper()
	if err := middleware.FlushTouches(context.Background(), k.Manager); err != nil {
		k.t.Fatal(err)
	}
}

// events returns the events of one type.
func (k *kit) events(typ analytics.Type) []analytics.Event {
	k.t.Helper()
	events, err := k.store.Events(context.Background(), analytics.Query{Type: typ})
	if err != nil {
		k.t.Fatal(err)
	}
	return events
}

// fresh returns the events of one type that it has not returned before: those of
// different sessions at the same moment come in any order.
func (k *kit) fresh(typ analytics.Type) []analytics.Event {
	k.t.Helper()
	events := slices.DeleteFunc(k.events(typ), func(e analytics.Event) bool { return k.told[e.ID] })
	for _, e := range events {
		k.told[e.ID] = true
	}
	return events
}

// browser keeps a session cookie, and nothing else.
type browser struct {
	k      *kit
	cookie string
	sticky bool // keeps its cookie whatever responses say
}

func (k *kit) browser() *browser { return &browser{k: k} }

// twin returns a browser that holds the same cookie now.
func (b *browser) twin() *browser { return &browser{k: b.k, cookie: b.cookie} }

type response struct {
	*http.Response
	body string
}

// setCookie returns the session cookie that the response sets, and whether it
// sets or clears one.
func (r response) setCookie() (string, bool) {
	for _, c := range r.Cookies() {
		if c.Name == "session" {
			return c.Value, true
		}
	}
	return "", false
}

func (b *browser) do(method, path string, body io.Reader, options ...func(*http.Request)) response {
	b.k.t.Helper()
	r, err := http.NewRequest(method, b.k.srv.URL+path, body)
	if err != nil {
		b.k.t.Fatal(err)
	}
	for _, o := range options {
		o(r)
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.k.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.k.t.Fatal(err)
	}
	out := response{res, string(text)}
	if v, ok := out.setCookie(); ok && !b.sticky {
		b.cookie = v
	}
	return out
}

// open requests a path and reads the response to its end, whatever it is.
func (b *browser) open(path string) {
	r, err := http.NewRequest("GET", b.k.srv.URL+path, nil)
	if err != nil {
		b.k.t.Error(err)
		return
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: b.cookie})
	if res, err := http.DefaultTransport.RoundTrip(r); err == nil {
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.k.t.Log(err) // streams may end abruptly
		}
	}
}

func (b *browser) get(path string) string {
	b.k.t.Helper()
	res := b.do("GET", path, nil)
	if res.StatusCode != http.StatusOK {
		b.k.t.Fatalf("GET %s: %s: %s", path, res.Status, res.body)
	}
	return res.body
}

func (b *browser) post(path string) response {
	b.k.t.Helper()
	return b.do("POST", path, strings.NewReader(""))
}

func (b *browser) mustPost(path string) response {
	b.k.t.Helper()
	res := b.post(path)
	if res.StatusCode != http.StatusOK {
		b.k.t.Fatalf("POST %s: %s: %s", path, res.Status, res.body)
	}
	return res
}

// eventually waits until what holds, for what happens in the background.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}
