package middleware_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// pairOfNodes are two processes of one service.
type pairOfNodes struct {
	a, b    *tokenKit
	server  *redistest.Server // nil: a memory store
	advance func(time.Duration)
}

func newKeys(t *testing.T) *token.Keys {
	t.Helper()
	keys, err := token.NewKeys(newKey(t, "first"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func memoryNodes(t *testing.T, cfg middleware.Config) pairOfNodes {
	t.Helper()
	c, keys := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, newKeys(t)
	store := sessionstore.NewMemory(sessionstore.MemoryOptions{Now: c.Now})
	n := pairOfNodes{a: newNode(t, store, keys, cfg), b: newNode(t, store, keys, cfg), advance: c.Advance}
	n.hear()
	return n
}

func redisNodes(t *testing.T, cfg middleware.Config) pairOfNodes {
	t.Helper()
	server, keys := redistest.Single(t), newKeys(t)
	open := func() *aheadStore {
		o := server.Options()
		o.MaxRetries, o.DialerRetries = -1, 1
		client := redis.NewClient(o)
		t.Cleanup(func() { client.Close() })
		store, err := sessionstore.NewRedis(client, sessionstore.RedisOptions{Partitions: 4})
		if err != nil {
			t.Fatal(err)
		}
		return &aheadStore{Store: store}
	}
	one, two := open(), open()
	n := pairOfNodes{
		a: newNode(t, one, keys, cfg), b: newNode(t, two, keys, cfg), server: server,
		advance: func(d time.Duration) { one.Advance(d); two.Advance(d) },
	}
	n.hear()
	return n
}

// hear waits until both nodes learn of the ends that the other makes.
func (n pairOfNodes) hear() {
	n.a.t.Helper()
	for _, k := range []*tokenKit{n.a, n.b} {
		k.hears()
	}
}

// hears waits until the node learns what ends.
func (k *tokenKit) hears() {
	k.t.Helper()
	last := ""
	eventually(k.t, "a node hears of ends", func() bool {
		if last != "" && k.status("/signed", last) == http.StatusUnauthorized {
			return true
		}
		p := k.issued(k.do("POST", "/login", posting("user", "nobody")))
		k.do("POST", "/revoke", posting("token", p.RefreshToken))
		last = p.AccessToken
		return false
	})
}

// onBoth runs a test on both kinds of stores.
func onBoth(t *testing.T, cfg middleware.Config, test func(*testing.T, pairOfNodes)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, memoryNodes(t, cfg))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, redisNodes(t, cfg))
	})
}

// race refreshes n times at once, on both nodes, and wants one answer.
func (n pairOfNodes) race(what, refresh string, times int) middleware.Tokens {
	n.a.t.Helper()
	pairs := make([]middleware.Tokens, times)
	faults := make([]string, times)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range pairs {
		node := []*tokenKit{n.a, n.b}[i%2]
		wg.Go(func() {
			<-start
			status, p, text := node.exchange(refresh)
			if pairs[i] = p; status != http.StatusOK {
				faults[i] = fmt.Sprintf("%d %s", status, text)
			}
		})
	}
	close(start)
	wg.Wait()
	for i, p := range pairs {
		if faults[i] != "" {
			n.a.t.Fatalf("%s: refresh %d of %d: %s", what, i, times, faults[i])
		}
		if p.RefreshToken != pairs[0].RefreshToken || p.AccessToken != pairs[0].AccessToken {
			n.a.t.Fatalf("%s: refresh %d of %d got another pair", what, i, times)
		}
	}
	if pairs[0].RefreshToken == refresh {
		n.a.t.Fatalf("%s: no successor", what)
	}
	return pairs[0]
}

func TestI5_RefreshOnTwoNodes(t *testing.T) {
	onBoth(t, middleware.Config{}, func(t *testing.T, n pairOfNodes) {
		first := n.a.issued(n.a.do("POST", "/login", posting("user", "ada")))
		second := n.race("a hundred at once", first.RefreshToken, 100)
		n.advance(29 * time.Second)
		for _, k := range []*tokenKit{n.a, n.b} { // its answer was lost
			again := k.exchanged("repeated within the grace", first.RefreshToken)
			if again.RefreshToken != second.RefreshToken || again.AccessToken != second.AccessToken {
				t.Error("repeated within the grace: another pair")
			}
		}
		third := n.b.exchanged("the successor", second.RefreshToken)
		for _, p := range []middleware.Tokens{first, second, third} {
			for _, k := range []*tokenKit{n.a, n.b} {
				if c, s := k.status("/checked", p.AccessToken), k.status("/signed", p.AccessToken); c != 200 || s != 200 {
					t.Errorf("access token after refresh: checked %d, signed %d", c, s)
				}
			}
		}
		session, _ := middleware.TakeApart(t, first.RefreshToken)
		rotated := n.a.events(analytics.Query{Type: analytics.CredentialRotated, Session: session.String()})
		if len(rotated) != 2 {
			t.Errorf("%d rotations, want 2", len(rotated))
		}
	})
}

// TestI5_ChainOfRefreshes wants a client never to be logged out that sends each
// refresh several times over.
func TestI5_ChainOfRefreshes(t *testing.T) {
	onBoth(t, middleware.Config{}, func(t *testing.T, n pairOfNodes) {
		random := rand.New(rand.NewPCG(1, 2))
		p := n.a.issued(n.a.do("POST", "/login", posting("user", "ada")))
		for i := range 20 {
			next := n.race(fmt.Sprintf("step %d", i), p.RefreshToken, 1+random.IntN(8))
			if k := []*tokenKit{n.a, n.b}[random.IntN(2)]; k.status("/checked", next.AccessToken) != 200 || k.status("/checked", p.AccessToken) != 200 {
				t.Fatalf("step %d: logged out", i)
			}
			if n.server == nil && random.IntN(2) == 0 { // the server's clock cannot be put forward
				n.advance(time.Duration(random.IntN(25)) * time.Second)
				if again := n.b.exchanged("late", p.RefreshToken); again.RefreshToken != next.RefreshToken {
					t.Fatalf("step %d: late, another successor", i)
				}
			}
			if p = next; n.server == nil {
				n.advance(time.Duration(random.IntN(40)) * time.Second)
			}
		}
		if ended := n.a.events(analytics.Query{Type: analytics.SessionEnded, User: "ada"}); len(ended) != 0 {
			t.Errorf("ended: %+v", ended)
		}
	})
}

// TestI5_RefreshTheft wants a spent token to end the session once, to name both
// parties, and to leave neither with anything.
func TestI5_RefreshTheft(t *testing.T) {
	holder, thief := from("Phone/1", "203.0.113.5"), from("Curl/1", "198.51.100.7")
	for name, who := range map[string]struct{ first, second func(*http.Request) }{
		"victim first":   {holder, thief},
		"attacker first": {thief, holder},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, middleware.Config{}, func(t *testing.T, n pairOfNodes) {
				first := n.a.issued(n.a.do("POST", "/login", holder, posting("user", "ada")))
				second := n.b.exchanged("first use", first.RefreshToken, who.first)
				n.advance(31 * time.Second)
				var wg sync.WaitGroup
				for i := range 20 {
					node := []*tokenKit{n.a, n.b}[i%2]
					wg.Go(func() {
						if status, _, text := node.exchange(first.RefreshToken, who.second); status != http.StatusBadRequest || !strings.Contains(text, "invalid_grant") {
							t.Errorf("second use: %d %s", status, text)
						}
					})
				}
				wg.Wait()
				since := time.Now()
				for i, k := range []*tokenKit{n.a, n.b} {
					for j, p := range []middleware.Tokens{first, second} {
						if s := k.status("/checked", p.AccessToken); s != http.StatusUnauthorized {
							t.Errorf("node %d: access token %d on the checked route: %d", i, j, s)
						}
						eventually(t, "signed routes refuse it", func() bool { return k.status("/signed", p.AccessToken) == http.StatusUnauthorized })
					}
					k.notExchanged("the successor", second.RefreshToken)
				}
				t.Logf("refused everywhere after %v", time.Since(since).Round(time.Microsecond))

				id, _ := middleware.TakeApart(t, first.RefreshToken)
				reused := n.a.events(analytics.Query{Type: analytics.CredentialReused, Session: id.String()})
				if len(reused) != 1 {
					t.Fatalf("%d events of a reused credential", len(reused))
				}
				want := map[string]string{"agent": "Curl 1", "address": "198.51.100.7", "holder_agent": "Phone 1", "holder_address": "203.0.113.5"}
				if name == "attacker first" {
					want = map[string]string{"agent": "Phone 1", "address": "203.0.113.5", "holder_agent": "Curl 1", "holder_address": "198.51.100.7"}
				}
				if !maps.Equal(reused[0].Attributes, want) {
					t.Errorf("attributes %q, want %q", reused[0].Attributes, want)
				}
				ended := n.a.events(analytics.Query{Type: analytics.SessionEnded, Session: id.String()})
				if len(ended) != 1 || ended[0].Reason != analytics.ReasonReused {
					t.Errorf("ends: %+v", ended)
				}
			})
		})
	}
}

// TestI5_SpentRefreshTokens wants each of the last spent tokens to end the
// session, and one that was forgotten or made up to end nothing.
func TestI5_SpentRefreshTokens(t *testing.T) {
	for _, ago := range []int{1, 2, 5, 9} {
		n := memoryNodes(t, middleware.Config{})
		p := n.a.issued(n.a.do("POST", "/login", posting("user", "ada")))
		var spent []string
		for range ago {
			spent = append(spent, p.RefreshToken)
			p = n.a.exchanged("on the way", p.RefreshToken)
			n.advance(time.Minute)
		}
		n.b.notExchanged("spent", spent[0])
		n.a.notExchanged("in force", p.RefreshToken)
		if s := n.a.status("/checked", p.AccessToken); s != http.StatusUnauthorized {
			t.Errorf("%d ago: the session goes on: %d", ago, s)
		}
	}
	n := memoryNodes(t, middleware.Config{})
	p := n.a.issued(n.a.do("POST", "/login", posting("user", "ada")))
	id, key := middleware.TakeApart(t, p.RefreshToken)
	key[0] ^= 1
	n.a.notExchanged("made up", middleware.ForgeKind("sjr_", id, key))
	n.a.exchanged("after that", p.RefreshToken)
}

// TestR6_FlushedRedis wants tokens that Redis has lost to be refused, not
// accepted and not answered with a failure, and signed routes to go on.
func TestR6_FlushedRedis(t *testing.T) {
	n := redisNodes(t, middleware.Config{})
	n.a.lostTokens(func() { n.server.Client().FlushAll(context.WithoutCancel(t.Context())) }, n)
}

// TestR6_RestartedRedis is TestR6_FlushedRedis for a server that kept nothing on
// disk. While it is down nothing is said of the tokens.
func TestR6_RestartedRedis(t *testing.T) {
	n := redisNodes(t, middleware.Config{})
	k := n.a
	before := k.issued(k.do("POST", "/login", posting("user", "ada")))
	opaque := k.opaque("ada")
	k.lostTokens(func() {
		n.server.Kill()
		for what, status := range map[string]int{
			"refresh":        k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", before.RefreshToken)).Code,
			"revoke":         k.do("POST", "/revoke", posting("token", before.RefreshToken)).Code,
			"revoke access":  k.do("POST", "/revoke", posting("token", before.AccessToken)).Code,
			"introspect":     k.do("POST", "/introspect", service, posting("token", before.AccessToken)).Code,
			"checked":        k.status("/checked", before.AccessToken),
			"checked opaque": k.status("/checked", opaque),
			"login":          k.do("POST", "/login", posting("user", "ada")).Code,
		} {
			if status != http.StatusServiceUnavailable {
				t.Errorf("while Redis is down: %s answers %d", what, status)
			}
		}
		for what, status := range map[string]int{
			"junk, checked":    k.status("/checked", "junk"),
			"junk, introspect": k.do("POST", "/introspect", service, posting("token", "junk")).Code + 201,
			"junk, refresh":    k.do("POST", "/refresh", posting("grant_type", "refresh_token", "refresh_token", "junk")).Code + 1,
		} {
			if status != http.StatusUnauthorized {
				t.Errorf("while Redis is down: %s answers %d", what, status)
			}
		}
		if s := k.status("/signed", before.AccessToken); s != http.StatusOK {
			t.Errorf("while Redis is down: signed answers %d", s)
		}
		n.server.Restart()
	}, n)
}

// lostTokens wants the tokens from before lose to be refused after it.
func (k *tokenKit) lostTokens(lose func(), n pairOfNodes) {
	t := k.t
	p := k.issued(k.do("POST", "/login", posting("user", "ada")))
	opaque := k.opaque("ada")
	spent := p.RefreshToken
	p = k.exchanged("before", p.RefreshToken)
	lose()
	for name, refused := range map[string]struct {
		call func() int
		want int
	}{
		"refresh":           {func() int { s, _, _ := k.exchange(p.RefreshToken); return s }, 400},
		"refresh, elsewher": {func() int { s, _, _ := n.b.exchange(p.RefreshToken); return s }, 400},
		"refresh, spent":    {func() int { s, _, _ := k.exchange(spent); return s }, 400},
		"checked":           {func() int { return k.status("/checked", p.AccessToken) }, 401},
		"checked, elsewher": {func() int { return n.b.status("/checked", p.AccessToken) }, 401},
		"checked, opaque":   {func() int { return k.status("/checked", opaque) }, 401},
		"reissue":           {func() int { return k.do("POST", "/reissue", bearer(p.AccessToken)).Code }, 401},
		"revoke":            {func() int { return k.do("POST", "/revoke", posting("token", p.RefreshToken)).Code }, 200},
	} {
		got := 0
		eventually(t, name, func() bool {
			got = refused.call()
			return got != http.StatusServiceUnavailable // until it is connected again
		})
		if got != refused.want {
			t.Errorf("%s: %d, want %d", name, got, refused.want)
		}
	}
	if body := k.do("POST", "/introspect", service, posting("token", p.RefreshToken)).Body.String(); strings.TrimSpace(body) != `{"active":false}` {
		t.Errorf("introspection: %s", body)
	}
	if s := k.status("/signed", p.AccessToken); s != http.StatusOK {
		t.Errorf("signed: %d", s)
	}
	fresh := k.issued(k.do("POST", "/login", posting("user", "ada")))
	n.b.exchanged("a new login", fresh.RefreshToken)
	n.hear()
	n.advance(5*time.Minute + 31*time.Second)
	if s := k.status("/signed", p.AccessToken); s != http.StatusUnauthorized {
		t.Errorf("signed after its expiry: %d", s)
	}
}
