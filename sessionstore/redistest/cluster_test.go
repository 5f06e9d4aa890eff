package redistest_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// The subtests take turns with one cluster.
func TestCluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t, redistest.AppendOnly())

	t.Run("serves keys of all slots", func(t *testing.T) {
		cluster.Flush()
		const keys = 300
		for i := range keys {
			mustSet(t, cluster.Client(), fmt.Sprint("key:", i), fmt.Sprint(i))
		}
		for i := range keys {
			wantValue(t, cluster.Client(), fmt.Sprint("key:", i), fmt.Sprint(i))
		}
		for _, node := range cluster.Nodes() {
			if n, err := node.Client().DBSize(t.Context()).Result(); err != nil || n < keys/10 {
				t.Errorf("%s holds %d of %d keys, %v; want a fair share", node.Addr(), n, keys, err)
			}
		}
	})

	t.Run("knows the node of a key", func(t *testing.T) {
		cluster.Flush()
		for i := range 20 {
			key := fmt.Sprintf("{%d}", i)
			mustSet(t, cluster.NodeFor(key).Client(), key, "v") // else MOVED
		}
	})

	t.Run("refuses to cross slots", func(t *testing.T) {
		script := redis.NewScript(`return redis.call("GET", KEYS[1]) or redis.call("GET", KEYS[2])`)
		if err := script.Run(t.Context(), cluster.Client(), []string{"{a}", "{b}"}).Err(); err == nil {
			t.Error("a script over two slots was accepted")
		}
	})

	t.Run("is whole again after a restart", func(t *testing.T) {
		cluster.Flush()
		mustSet(t, cluster.Client(), "k", "v")
		cluster.NodeFor("k").Restart()
		cluster.Wait()
		wantValue(t, cluster.Client(), "k", "v")
	})
}
