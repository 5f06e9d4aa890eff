package sessionstore_test

import (
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

func TestRedis(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Open: func(tb testing.TB, o storetest.Options) storetest.Instance {
		server := redistest.Shared(tb)
		peer := redis.NewClient(server.Options())
		tb.Cleanup(func() { peer.Close() })
		return instance(tb, server.Client(), peer, o)
	}})
}

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
