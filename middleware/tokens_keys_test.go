package middleware_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/middleware/token"
)

// TestJ10_KeyRotationUnderLoad walks the keys from next to current to retired,
// several times, under clients that use their tokens all the while. It wants no
// request to fail.
func TestJ10_KeyRotationUnderLoad(t *testing.T) {
	for name, size := range map[string]int{"cached": 0, "uncached": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const clients = 6
			k := newTokenKit(t, middleware.Config{Tokens: &middleware.TokenOptions{CacheSize: size}})
			current := newKey(t, "key-0")
			k.replace(current)
			var stop atomic.Bool
			var step atomic.Int64
			var renewed [clients]atomic.Int64 // the step since which a client has had its tokens
			var requests atomic.Int64
			var wg sync.WaitGroup
			for i := range clients {
				p := k.login(fmt.Sprint("user ", i))
				wg.Go(func() {
					for turn := 0; !stop.Load(); turn++ {
						for _, path := range []string{"/signed", "/checked"} {
							if s := k.status(path, p.AccessToken); s != http.StatusOK {
								t.Errorf("client %d, turn %d: %s answers %d", i, turn, path, s)
								return
							}
						}
						requests.Add(2)
						if turn%5 != 0 {
							continue
						}
						at := step.Load()
						status, next, text := k.exchange(p.RefreshToken)
						if status != http.StatusOK {
							t.Errorf("client %d, turn %d: refresh answers %d %s", i, turn, status, text)
							return
						}
						p = next
						renewed[i].Store(at)
						requests.Add(1)
					}
				})
			}
			// all waits until each client has refreshed since.
			all := func() {
				now := step.Add(1)
				eventually(t, "all clients refresh", func() bool {
					for i := range renewed {
						if renewed[i].Load() < now && !t.Failed() {
							return false
						}
					}
					return true
				})
			}
			for i := range 2 {
				next := newKey(t, fmt.Sprint("key-", i+1))
				k.replace(current, next)
				all()
				k.replace(next, current)
				all()
				k.replace(next)
				all()
				current = next
			}
			stop.Store(true)
			wg.Wait()
			t.Logf("%d requests", requests.Load())
		})
	}
}

func (k *tokenKit) replace(signing token.Key, also ...token.Key) {
	k.t.Helper()
	if err := k.keys.Replace(signing, also...); err != nil {
		k.t.Fatal(err)
	}
}

// TestKeyThatLeaked wants the tokens of a key that is removed to be refused at
// once, those in the cache too, and refresh tokens to go on: no key is in them.
func TestKeyThatLeaked(t *testing.T) {
	k := newTokenKit(t, middleware.Config{})
	leaked, next := newKey(t, "leaked"), newKey(t, "next")
	k.replace(leaked)
	p := k.login("ada")
	for range 3 {
		k.accepted("before", p.AccessToken, "ada")
	}
	k.replace(next)
	k.refused("of the key that leaked", p.AccessToken, true)
	if body := k.do("POST", "/introspect", service, posting("token", p.AccessToken)).Body.String(); strings.TrimSpace(body) != `{"active":false}` {
		t.Errorf("introspection: %s", body)
	}
	second := k.exchanged("after", p.RefreshToken)
	k.accepted("of the next key", second.AccessToken, "ada")
	k.replace(next, leaked) // it was a false alarm
	k.accepted("of the key that is back", p.AccessToken, "ada")
}
