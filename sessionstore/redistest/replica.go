package redistest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Replica starts a primary and a replica of it, both with opts, and returns
// when the replica has caught up. Replication is asynchronous, as in
// production: a test that needs a write to have arrived uses WAIT.
func Replica(tb testing.TB, opts ...Option) (primary, replica *Server) {
	tb.Helper()
	primary = Single(tb, opts...)
	replica = Single(tb, append(slices.Clip(opts),
		Config("replicaof", "127.0.0.1", strconv.Itoa(primary.instance.port)))...)
	ctx, cancel := deadline(tb)
	defer cancel()
	// A replica confirms only what it has applied after the first full copy.
	err := poll(ctx, func(ctx context.Context) (bool, error) {
		confirmed, err := primary.client.Wait(ctx, 1, time.Second).Result()
		if err == nil && confirmed == 0 {
			err = errors.New("the replica has not caught up")
		}
		return err == nil, err
	})
	if err != nil {
		tb.Fatal(fmt.Errorf("replica on %s of %s: %w", replica.Addr(), primary.Addr(), err))
	}
	return primary, replica
}
