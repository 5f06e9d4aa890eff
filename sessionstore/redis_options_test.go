package sessionstore_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// newRedis returns a store on the client. Few partitions keep tests quick.
func newRedis(tb testing.TB, client redis.UniversalClient, o sessionstore.RedisOptions) *sessionstore.Redis {
	tb.Helper()
	if o.Partitions == 0 {
		o.Partitions = 4
	}
	r, err := sessionstore.NewRedis(client, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// made returns a store on the client in which the changes have been made.
func made(tb testing.TB, client redis.UniversalClient, changes ...sessionstore.Change) *sessionstore.Redis {
	tb.Helper()
	r := newRedis(tb, client, sessionstore.RedisOptions{})
	for _, c := range changes {
		if _, err := r.Apply(tb.Context(), c); err != nil {
			tb.Fatal(err)
		}
	}
	return r
}

func TestNewRedis_namesAllFaults(t *testing.T) {
	t.Parallel()
	_, err := sessionstore.NewRedis(nil, sessionstore.RedisOptions{
		Prefix: "a:{b}", Partitions: 100, WaitReplicas: -1,
		Limits: sessionstore.Limits{TotalBytes: -1}, Feed: sessionstore.FeedOptions{Cap: -1},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"client", "Prefix", "Partitions", "WaitReplicas", "Limits", "Feed"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %s: %v", want, err)
		}
	}
}

func TestNewRedis_refusesClientsThatCannotDo(t *testing.T) {
	t.Parallel()
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}})
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, ReadOnly: true})
	for _, client := range []redis.UniversalClient{ring, replicas} {
		t.Cleanup(func() { client.Close() })
		if _, err := sessionstore.NewRedis(client, sessionstore.RedisOptions{}); err == nil {
			t.Errorf("NewRedis accepts a %T", client)
		}
	}
}

func TestRedis_refusesAnotherNumberOfPartitions(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	four := newRedis(t, client, sessionstore.RedisOptions{Partitions: 4})
	if _, err := four.Apply(t.Context(), usual()); err != nil {
		t.Fatal(err)
	}
	eight := newRedis(t, client, sessionstore.RedisOptions{Partitions: 8})
	_, err := eight.Load(t.Context(), sessionstore.NewID())
	if err == nil || !strings.Contains(err.Error(), "4 partitions") {
		t.Errorf("Load = %v, want a word about partitions", err)
	}
	other := newRedis(t, client, sessionstore.RedisOptions{Partitions: 8, Prefix: "other"})
	if _, err := other.Apply(t.Context(), usual()); err != nil {
		t.Errorf("another prefix is another store: %v", err)
	}
}

// TestRedis_keys wants keys of plain characters only, whatever users are called.
func TestRedis_keys(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	r := newRedis(t, client, sessionstore.RedisOptions{})
	users := []string{"ann", "a:{0}:s:x", "*?[a]", "\r\nFLUSHALL\r\n", "\x00\xff", "ü", "%41", "A", "a b", "a+b"}
	for _, user := range users {
		c := usual()
		c.Login.User = user
		if _, err := r.Apply(t.Context(), c); err != nil {
			t.Fatalf("user %q: %v", user, err)
		}
		recs, err := r.UserSessions(t.Context(), user)
		if err != nil || len(recs) != 1 || recs[0].ID != c.Session {
			t.Errorf("UserSessions(%q) = %v, %v, want the one session", user, recs, err)
		}
	}
	for _, word := range users {
		if first, err := r.Remember(t.Context(), word, time.Hour); err != nil || !first {
			t.Errorf("Remember(%q) = %v, %v, want true", word, first, err)
		}
	}
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	good := regexp.MustCompile(`^sj:(meta|\{\d+\}:(due|feed|s:[A-Za-z0-9_-]{22}|u:[A-Za-z0-9_.~%+-]+|once:[A-Za-z0-9_-]{43}))$`)
	for _, key := range keys {
		if !good.MatchString(key) {
			t.Errorf("key %q", key)
		}
	}
}

// usual creates a session as a shop has them: with a login, a visit, some
// values and a cart.
func usual() sessionstore.Change {
	id := sessionstore.NewID()
	return sessionstore.Change{
		Session: id,
		Create:  &sessionstore.Creation{Credential: sessionstore.HashSecret(id[:]), Idle: 30 * 24 * time.Hour},
		Renew:   &sessionstore.Renewal{To: sessionstore.HashSecret(id[1:])},
		Login: &sessionstore.LoginStart{
			ID: sessionstore.NewSpanID(), User: "ann", Began: time.Now().Add(time.Hour), Idle: time.Hour, Max: 24 * time.Hour, AMR: []string{"pwd"},
		},
		Visit:  &sessionstore.VisitStart{ID: sessionstore.NewSpanID(), Idle: 30 * time.Minute, Max: 24 * time.Hour},
		Device: &sessionstore.Device{Agent: "Firefox", Address: "192.0.2.0/24"},
		Values: []sessionstore.ValueChange{{Key: "theme", Value: "dark"}, {Key: "lang", Value: "de"}},
		Cart:   []sessionstore.CartChange{{SKU: "apple", Quantity: 2}, {SKU: "pear", Quantity: 1}},
	}
}

// plain creates a session without a login.
func plain() sessionstore.Change {
	c := usual()
	c.Login, c.Renew = nil, nil
	return c
}
