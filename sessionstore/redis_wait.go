package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// replicas is how many are to acknowledge an end, and how soon.
type replicas struct {
	n       int
	timeout time.Duration
}

// errUnacknowledged: what was done might be forgotten in a failover.
var errUnacknowledged = errors.New("done, but not acknowledged by enough replicas")

// onceAndWait runs a script like once and waits until enough replicas have what
// it wrote. With [errUnacknowledged] it returns the reply, too. WAIT
// speaks of the writes of its connection, so both go down one.
func (r *Redis) onceAndWait(ctx context.Context, c call) ([]any, error) {
	for n := 1; ; n++ {
		node, err := r.nodeOf(ctx, c.key())
		if err != nil {
			return nil, err
		}
		sent := r.clock.local()
		pipe := node.Pipeline()
		cmd := onceCmd{redis.NewCmd(ctx, c.words...)}
		wait := onceCmd{redis.NewCmd(ctx, "wait", r.wait.n, r.wait.timeout.Milliseconds())}
		for _, one := range []onceCmd{cmd, wait} {
			if err := pipe.Process(ctx, one); err != nil {
				return nil, err
			}
		}
		_, err = pipe.Exec(ctx)
		if err != nil && cmd.Err() == nil && wait.Err() == nil {
			return nil, err
		}
		if err := cmd.Err(); err != nil {
			if moved(err) && n < attempts {
				r.reload(ctx)
				continue
			}
			again, waitErr := r.again(ctx, &c, err, n)
			if again {
				continue
			}
			return nil, errors.Join(err, waitErr)
		}
		words, err := r.answer(sent, cmd.Val())
		if err != nil {
			return nil, err
		}
		return words, r.acknowledged(wait)
	}
}

func (r *Redis) acknowledged(wait onceCmd) error {
	got, err := wait.Int()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnacknowledged, err)
	}
	if got < r.wait.n {
		return fmt.Errorf("%w: %d of %d within %v", errUnacknowledged, got, r.wait.n, r.wait.timeout)
	}
	return nil
}

// nodeOf returns a client of the server that owns the key.
func (r *Redis) nodeOf(ctx context.Context, key string) (redis.Cmdable, error) {
	if cluster, ok := r.client.(*redis.ClusterClient); ok {
		return cluster.MasterForKey(ctx, key)
	}
	return r.client, nil
}

// ownerOf tells apart which server of a cluster owns the key.
func (r *Redis) ownerOf(ctx context.Context, key string) string {
	if cluster, ok := r.client.(*redis.ClusterClient); ok {
		if node, err := cluster.MasterForKey(ctx, key); err == nil {
			return node.Options().Addr
		}
	}
	return ""
}

func moved(err error) bool {
	return redis.HasErrorPrefix(err, "MOVED") || redis.HasErrorPrefix(err, "ASK")
}

// reload makes a cluster client find out anew which node owns what.
func (r *Redis) reload(ctx context.Context) {
	if cluster, ok := r.client.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx)
	}
}
