package middleware_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// countingStore counts the calls of all methods by name, but for the clock and
// for what a manager does in the background anyway.
type countingStore struct {
	sessionstore.Store
	mu    sync.Mutex
	calls map[string]int
}

func (s *countingStore) count(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[method]++
}

// since returns the calls since it was asked last.
func (s *countingStore) since() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *countingStore) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	s.count("Load")
	return s.Store.Load(ctx, id)
}

func (s *countingStore) Apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	s.count("Apply")
	return s.Store.Apply(ctx, c)
}

func (s *countingStore) Touch(ctx context.Context, touches []sessionstore.Touch) error {
	s.count("Touch")
	return s.Store.Touch(ctx, touches)
}

func (s *countingStore) Append(ctx context.Context, events ...analytics.Event) error {
	s.count("Append")
	return s.Store.Append(ctx, events...)
}

func (s *countingStore) UserSessions(ctx context.Context, user string) ([]*sessionstore.Record, error) {
	s.count("UserSessions")
	return s.Store.UserSessions(ctx, user)
}

func (s *countingStore) EndUser(ctx context.Context, user string, e sessionstore.EndUser) ([]sessionstore.ID, error) {
	s.count("EndUser")
	return s.Store.EndUser(ctx, user, e)
}

func (s *countingStore) Sessions(ctx context.Context, limit int) ([]*sessionstore.Record, error) {
	s.count("Sessions")
	return s.Store.Sessions(ctx, limit)
}

func (s *countingStore) Remember(ctx context.Context, word string, ttl time.Duration) (bool, error) {
	s.count("Remember")
	return s.Store.Remember(ctx, word, ttl)
}

func (s *countingStore) Ping(ctx context.Context) error {
	s.count("Ping")
	return s.Store.Ping(ctx)
}

func (s *countingStore) Read(ctx context.Context, group, consumer string, limit int) ([]analytics.Entry, error) {
	s.count("Read")
	return s.Store.Read(ctx, group, consumer, limit)
}

func (s *countingStore) Ack(ctx context.Context, group string, positions []string) error {
	s.count("Ack")
	return s.Store.Ack(ctx, group, positions)
}

func (s *countingStore) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	s.count("Events")
	return s.Store.Events(ctx, q)
}

// TestSignedAsksNoStore counts all that signed routes ask of a store, with good
// tokens and bad ones, bound and not.
func TestSignedAsksNoStore(t *testing.T) {
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	store := &countingStore{Store: sessionstore.NewMemory(sessionstore.MemoryOptions{Now: c.Now})}
	k := newNode(t, store, newKeys(t), middleware.Config{Tokens: &middleware.TokenOptions{
		DPoP: middleware.DPoP{Mode: middleware.DPoPOptional, Origin: origin},
	}})
	h := k.holder()
	p, bound, opaque, ended := k.issued(k.do("POST", "/login", posting("user", "ada"))), h.login("ada"), k.opaque("ada"), k.opaque("ada")
	k.do("POST", "/revoke", posting("token", ended))
	store.since()
	for range 20 {
		for _, o := range []func(*http.Request){
			bearer(p.AccessToken), bearer("junk"), bearer(opaque), bearer(ended), bearer(p.RefreshToken), bearer(bound.AccessToken),
			h.proven("GET", "/signed", bound.AccessToken), h.proven("GET", "/elsewhere", bound.AccessToken), func(*http.Request) {},
		} {
			k.do("GET", "/signed", o)
		}
	}
	if calls := store.since(); len(calls) != 0 {
		t.Errorf("signed routes asked the store: %v", calls)
	}
	// What other routes cost.
	for _, c := range []struct {
		what string
		call func() int
		want map[string]int
	}{
		{"checked", func() int { return k.status("/checked", p.AccessToken) }, map[string]int{"Load": 1}},
		{"opaque", func() int { return k.status("/checked", opaque) }, map[string]int{"Load": 1}},
		{"checked, DPoP", func() int { return h.get("/checked", bound.AccessToken).Code }, map[string]int{"Load": 1, "Remember": 1}},
		{"introspect", func() int {
			return k.do("POST", "/introspect", service, posting("token", p.AccessToken)).Code
		}, map[string]int{"Load": 1}},
		{"login", func() int { return k.do("POST", "/login", posting("user", "eve")).Code }, map[string]int{"Apply": 1}},
		{"opaque login", func() int { return k.do("POST", "/login/opaque", posting("user", "eve")).Code }, map[string]int{"Apply": 1}},
		{"refresh", func() int { s, _, _ := k.exchange(p.RefreshToken); return s }, map[string]int{"Load": 1, "Apply": 1}},
		{"revoke", func() int { return k.do("POST", "/revoke", posting("token", bound.AccessToken)).Code }, map[string]int{"Load": 1, "Apply": 1}},
	} {
		if s := c.call(); s != http.StatusOK {
			t.Errorf("%s: %d", c.what, s)
		}
		calls := store.since()
		delete(calls, "Touch") // in the background
		if !maps.Equal(calls, c.want) {
			t.Errorf("%s asks %v, want %v", c.what, calls, c.want)
		}
	}
}

// TestSignedSendsNoCommands has 10,000 signed requests served on Redis, and
// looks what the server was sent.
func TestSignedSendsNoCommands(t *testing.T) {
	n := redisNodes(t, middleware.Config{})
	p := n.a.issued(n.a.do("POST", "/login", posting("user", "ada")))
	stats := regexp.MustCompile(`cmdstat_([a-z|_]+):calls=(\d+)`)
	calls := func() map[string]int {
		info, err := n.server.Client().Info(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]int{}
		for _, line := range stats.FindAllStringSubmatch(info, -1) {
			m[line[1]], err = strconv.Atoi(line[2])
			if err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	before := calls()
	const requests = 10_000
	for range requests {
		if s := n.a.status("/signed", p.AccessToken); s != http.StatusOK {
			t.Fatal(s)
		}
	}
	total := 0
	sent := calls()
	for name := range sent {
		if sent[name] -= before[name]; sent[name] == 0 || name == "info" {
			delete(sent, name)
		}
		total += sent[name]
	}
	t.Logf("sent meanwhile: %v", sent)
	if sent["time"] > 5 || sent["hgetall"] > 0 || total > requests/20 { // sweeping goes on
		t.Errorf("%d signed requests, sent meanwhile: %v", requests, sent)
	}
}

// signedRoute returns a manager, and a request that its signed routes let
// through.
func signedRoute(tb testing.TB, key any, cacheSize int) (*middleware.Manager, *http.Request) {
	tb.Helper()
	k, err := token.NewKey("key", key)
	if err != nil {
		tb.Fatal(err)
	}
	keys, err := token.NewKeys(k)
	if err != nil {
		tb.Fatal(err)
	}
	m, err := middleware.New(middleware.Config{
		Store: sessionstore.NewMemory(sessionstore.MemoryOptions{}),
		Tokens: &middleware.TokenOptions{
			Issuer: "https://issuer.test", Audience: "https://api.test", Keys: keys, AccessLife: time.Hour, CacheSize: cacheSize,
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close(context.WithoutCancel(tb.Context())) })
	var p middleware.Tokens
	do(m.Public(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if p, err = m.IssueTokens(r.Context(), "ada", middleware.Authentication{AMR: []string{"pwd", "otp"}}); err != nil {
			tb.Fatal(err)
		}
	})), "POST", "/")
	r := httptest.NewRequest("GET", "http://localhost/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+p.AccessToken)
	return m, r
}

// What a signed route costs in allocations is part of the contract.
func TestAllocationsOfSigned(t *testing.T) {
	m, r := signedRoute(t, newEd25519(t), 0)
	served := 0
	h := m.Signed(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := middleware.AccessOf(r.Context()); ok {
			served++
		}
	}))
	w := &discard{header: http.Header{}}
	const limit = 5
	if n := testing.AllocsPerRun(1000, func() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}); n > limit {
		t.Errorf("%v allocations, want at most %d", n, limit)
	} else {
		t.Logf("%v allocations", n)
	}
	if served == 0 {
		t.Error("nothing was served")
	}
}

// BenchmarkSigned measures what signed routes add to a request: compare with
// bare.
func BenchmarkSigned(b *testing.B) {
	body := []byte("ok")
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })
	run := func(name string, h http.Handler, r *http.Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			w := &discard{header: http.Header{}}
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
	cached, r := signedRoute(b, newEd25519(b), 0)
	run("bare", bare, r)
	run("signed/cached", cached.Signed(bare), r)
	run("checked/cached", cached.Checked(bare), r)
	uncached, r := signedRoute(b, newEd25519(b), -1)
	run("signed/EdDSA", uncached.Signed(bare), r)
	uncached, r = signedRoute(b, newES256(b), -1)
	run("signed/ES256", uncached.Signed(bare), r)
	junk := r.Clone(b.Context())
	junk.Header.Set("Authorization", "Bearer junk")
	run("junk", cached.Signed(bare), junk)
}
