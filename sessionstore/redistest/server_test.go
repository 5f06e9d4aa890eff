package redistest_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// connect returns a client that reports each failure at once.
func connect(t *testing.T, server *redistest.Server) *redis.Client {
	t.Helper()
	options := server.Options()
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ReadTimeout = 200 * time.Millisecond
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

func mustSet(t *testing.T, client redis.Cmdable, key, value string) {
	t.Helper()
	if err := client.Set(t.Context(), key, value, 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func wantValue(t *testing.T, client redis.Cmdable, key, want string) {
	t.Helper()
	got, err := client.Get(t.Context(), key).Result()
	if err != nil || got != want {
		t.Fatalf("GET %s = %q, %v; want %q", key, got, err, want)
	}
}

func wantMissing(t *testing.T, client redis.Cmdable, key string) {
	t.Helper()
	if got, err := client.Get(t.Context(), key).Result(); !errors.Is(err, redis.Nil) {
		t.Fatalf("GET %s = %q, %v; want no such key", key, got, err)
	}
}

func TestSingleServes(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	mustSet(t, server.Client(), "k", "v")

	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	byURL := redis.NewClient(options)
	t.Cleanup(func() { byURL.Close() })
	wantValue(t, byURL, "k", "v")
}

func TestSinglesAreApart(t *testing.T) {
	t.Parallel()
	one, two := redistest.Single(t), redistest.Single(t)
	mustSet(t, one.Client(), "k", "v")
	wantMissing(t, two.Client(), "k")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t, redistest.Config("maxmemory", "64mb"))
	got, err := server.Client().ConfigGet(t.Context(), "maxmemory").Result()
	if err != nil || got["maxmemory"] != "67108864" {
		t.Fatalf("maxmemory = %v, %v", got, err)
	}
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []redistest.Option
		want func(*testing.T, redis.Cmdable)
	}{
		"no persistence": {
			want: func(t *testing.T, client redis.Cmdable) { wantMissing(t, client, "k") },
		},
		"append-only": {
			opts: []redistest.Option{redistest.AppendOnly()},
			want: func(t *testing.T, client redis.Cmdable) { wantValue(t, client, "k", "v") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Single(t, test.opts...)
			addr := server.Addr()
			mustSet(t, server.Client(), "k", "v")

			server.Kill()
			server.Kill() // killing twice is harmless
			if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
				conn.Close()
				t.Fatal("a killed server still accepts connections")
			}

			server.Restart()
			if server.Addr() != addr {
				t.Fatalf("moved from %s to %s", addr, server.Addr())
			}
			test.want(t, connect(t, server))
		})
	}
}

func TestRestartWhileRunning(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	mustSet(t, server.Client(), "k", "v")
	server.Restart()
	wantMissing(t, server.Client(), "k")
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	client := connect(t, server)
	mustSet(t, client, "k", "v")

	server.Pause()
	server.Pause() // pausing twice is harmless
	var timeout net.Error
	err := client.Get(t.Context(), "k").Err()
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("a paused server: %v; want a timeout", err)
	}

	server.Resume()
	wantValue(t, server.Client(), "k", "v")

	server.Pause()
	server.Restart() // a paused server can be killed
	wantMissing(t, connect(t, server), "k")
}

func TestRestartInCleanup(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	t.Cleanup(func() {
		server.Restart()
		if err := connectInCleanup(server); err != nil {
			t.Error(err)
		}
	})
}

func connectInCleanup(server *redistest.Server) error {
	client := redis.NewClient(server.Options())
	defer client.Close()
	return client.Ping(context.Background()).Err()
}
