package sessionstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// TestRedis_remembersOnce cuts the connection after the server noted a word: it
// must not be sent again, which would find it known.
func TestRedis_remembersOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	direct := made(t, server.Client())
	p := newProxy(t, server.Addr())
	client := redis.NewClient(&redis.Options{Addr: p.Addr().String()})
	t.Cleanup(func() { client.Close() })
	r := made(t, client)
	if first, err := r.Remember(t.Context(), "word", time.Hour); err != nil || !first {
		t.Fatalf("Remember = %v, %v, want true", first, err)
	}
	for _, limited := range []bool{false, true} { // with a deadline commands go another way
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		word := "limited"
		if !limited {
			ctx, word = context.WithoutCancel(ctx), "unlimited"
		}
		p.armed.Store(true)
		before := p.sent.Load()
		first, err := r.Remember(ctx, word, time.Hour)
		cancel()
		if first || err == nil || errors.Is(err, sessionstore.ErrInvalid) {
			t.Errorf("Remember = %v, %v, want an error of the store", first, err)
		}
		if n := p.sent.Load() - before; n != 1 {
			t.Errorf("the word was sent %d times, want once", n)
		}
		if first, err := direct.Remember(t.Context(), word, time.Hour); err != nil || first {
			t.Errorf("Remember = %v, %v, want false: the server has noted the word", first, err)
		}
	}
}

// TestI4_RedisKeepsNoWord looks at what is stored of a word, and for how long.
func TestI4_RedisKeepsNoWord(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	r := made(t, client)
	for word, ttl := range map[string]time.Duration{"secret": 24 * time.Hour, "short-secret": time.Minute} {
		if _, err := r.Remember(t.Context(), word, ttl); err != nil {
			t.Fatal(err)
		}
		key := r.WordKey(word)
		value, err := client.Get(t.Context(), key).Result()
		if err != nil || value != "1" || strings.Contains(key, "secret") {
			t.Errorf("%s holds %q, %v, want 1 and nothing of the word", key, value, err)
		}
		if left, err := client.PTTL(t.Context(), key).Result(); err != nil || left > ttl || left < ttl-30*time.Second {
			t.Errorf("%s expires in %v, %v, want %v", key, left, err, ttl)
		}
	}
}
