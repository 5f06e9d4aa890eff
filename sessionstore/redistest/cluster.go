package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	clusterNodes = 3
	clusterSlots = 16384
)

// ClusterNodes is a Redis Cluster of three primaries without replicas.
type ClusterNodes struct {
	tb     testing.TB
	nodes  []*Server
	client *redis.ClusterClient
}

// Cluster starts a cluster for this test alone and returns when every node
// serves all slots. Starting takes some two seconds, which Redis waits before
// a new primary may write: tests of one subject share a cluster and call
// [ClusterNodes.Flush].
func Cluster(tb testing.TB, opts ...Option) *ClusterNodes {
	tb.Helper()
	s := newSettings(
		Config("cluster-announce-ip", "127.0.0.1"),
		Config("cluster-node-timeout", "5000"),
	)
	s.apply(opts...)
	c := &ClusterNodes{tb: tb}
	for range clusterNodes {
		c.nodes = append(c.nodes, startServer(tb, spec{settings: s, cluster: true}))
	}
	ctx, cancel := deadline(tb)
	defer cancel()
	if err := c.join(ctx); err != nil {
		tb.Fatal(err)
	}
	c.Wait()
	c.client = redis.NewClusterClient(c.Options())
	tb.Cleanup(func() {
		if err := c.client.Close(); err != nil {
			tb.Errorf("close the cluster client: %v", err)
		}
	})
	return c
}

// join gives each node its share of the slots and makes the nodes meet.
func (c *ClusterNodes) join(ctx context.Context) error {
	for i, node := range c.nodes {
		first, next := i*clusterSlots/clusterNodes, (i+1)*clusterSlots/clusterNodes
		if err := node.client.ClusterAddSlotsRange(ctx, first, next-1).Err(); err != nil {
			return fmt.Errorf("assign slots to %s: %w", node.Addr(), err)
		}
		// Nodes that start in the same epoch would have to resolve that first.
		if err := node.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return fmt.Errorf("set the epoch of %s: %w", node.Addr(), err)
		}
	}
	for i, node := range c.nodes {
		for _, other := range c.nodes[i+1:] {
			// go-redis's ClusterMeet cannot name the bus port.
			in := other.instance
			err := node.client.Do(ctx, "CLUSTER", "MEET", "127.0.0.1", in.port, in.busPort).Err()
			if err != nil {
				return fmt.Errorf("introduce %s to %s: %w", other.Addr(), node.Addr(), err)
			}
		}
	}
	return nil
}

// Wait returns when every node says that the cluster is complete. It is for
// after a [Server.Restart] or [Server.Resume] of a node.
func (c *ClusterNodes) Wait() {
	c.tb.Helper()
	ctx, cancel := deadline(c.tb)
	defer cancel()
	for _, node := range c.nodes {
		err := poll(ctx, func(ctx context.Context) (bool, error) {
			info, err := node.client.ClusterInfo(ctx).Result()
			if err != nil {
				return false, err
			}
			for _, want := range []string{
				"cluster_state:ok",
				"cluster_slots_ok:" + strconv.Itoa(clusterSlots),
				"cluster_known_nodes:" + strconv.Itoa(clusterNodes),
			} {
				if !strings.Contains(info, want+"\r\n") {
					return false, fmt.Errorf("no %s in:\n%s", want, info)
				}
			}
			return true, nil
		})
		if err != nil {
			c.tb.Fatalf("cluster node %s: %v", node.Addr(), err)
		}
	}
}

// Addrs returns host:port of every node.
func (c *ClusterNodes) Addrs() []string {
	addrs := make([]string, 0, len(c.nodes))
	for _, node := range c.nodes {
		addrs = append(addrs, node.Addr())
	}
	return addrs
}

// Options returns new options for a client of the cluster.
func (c *ClusterNodes) Options() *redis.ClusterOptions {
	return &redis.ClusterOptions{Addrs: c.Addrs()}
}

// Client returns a client with default options, the same on each call. It is
// closed when the test ends.
func (c *ClusterNodes) Client() *redis.ClusterClient { return c.client }

// Nodes returns the nodes, to be killed or asked one by one.
func (c *ClusterNodes) Nodes() []*Server { return c.nodes }

// NodeFor returns the node that serves key.
func (c *ClusterNodes) NodeFor(key string) *Server {
	c.tb.Helper()
	ctx, cancel := deadline(c.tb)
	defer cancel()
	slot, err := c.client.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		c.tb.Fatalf("slot of %q: %v", key, err)
	}
	for i, node := range c.nodes {
		if slot < int64((i+1)*clusterSlots/clusterNodes) {
			return node
		}
	}
	c.tb.Fatalf("no node serves slot %d", slot)
	return nil
}

// Flush removes every key from every node.
func (c *ClusterNodes) Flush() {
	c.tb.Helper()
	ctx, cancel := deadline(c.tb)
	defer cancel()
	for _, node := range c.nodes {
		if err := node.client.FlushAll(ctx).Err(); err != nil {
			c.tb.Fatalf("empty cluster node %s: %v", node.Addr(), err)
		}
	}
}
