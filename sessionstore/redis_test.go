package sessionstore_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
	"github.com/sojourn-go/sojourn/sessionstore/storetest"
)

func instance(tb testing.TB, client, peer redis.UniversalClient, o storetest.Options) storetest.Instance {
	tb.Helper()
	ro := sessionstore.RedisOptions{Limits: o.Limits, Feed: o.Feed}
	a, b := newRedis(tb, client, ro), newRedis(tb, peer, ro)
	return storetest.Instance{Store: a, Peer: b, Advance: func(d time.Duration) {
		a.Advance(d)
		b.Advance(d)
	}}
}

func onRedis(tb testing.TB, o storetest.Options) storetest.Instance {
	tb.Helper()
	server := redistest.Shared(tb)
	peer := redis.NewClient(server.Options())
	tb.Cleanup(func() { peer.Close() })
	return instance(tb, server.Client(), peer, o)
}

func TestRedis(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Open: onRedis})
}

func BenchmarkRedis(b *testing.B) { storetest.Bench(b, storetest.Harness{Open: onRedis}) }

func TestRedis_Cluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t)
	peer := redis.NewClusterClient(cluster.Options())
	t.Cleanup(func() { peer.Close() })
	storetest.Run(t, storetest.Harness{Open: func(tb testing.TB, o storetest.Options) storetest.Instance {
		cluster.Flush()
		return instance(tb, cluster.Client(), peer, o)
	}})
}

// TestRedis_OwnAccount runs the suite as an account that may do no more than
// SECURITY.md says the store needs, of which it takes the words.
func TestRedis_OwnAccount(t *testing.T) {
	t.Parallel()
	security, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, _ := strings.Cut(string(security), "ACL SETUSER sojourn on ")
	rules, _, found := strings.Cut(rules, "\n")
	if !found {
		t.Fatal("no rules for the account in SECURITY.md")
	}
	server := redistest.Single(t)
	words := []any{"ACL", "SETUSER", "sojourn", "on"}
	for rule := range strings.FieldsSeq(strings.Replace(rules, ">PASSWORD", ">test", 1)) {
		words = append(words, rule)
	}
	if err := server.Client().Do(t.Context(), words...).Err(); err != nil {
		t.Fatal(err)
	}
	o := server.Options()
	o.Username, o.Password = "sojourn", "test"
	client, peer := redis.NewClient(o), redis.NewClient(o)
	t.Cleanup(func() { client.Close(); peer.Close() })
	if err := client.FlushAll(t.Context()).Err(); err == nil {
		t.Error("the account may flush everything")
	}
	storetest.Run(t, storetest.Harness{Open: func(tb testing.TB, so storetest.Options) storetest.Instance {
		if err := server.Client().FlushAll(tb.Context()).Err(); err != nil {
			tb.Fatal(err)
		}
		return instance(tb, client, peer, so)
	}})
}
