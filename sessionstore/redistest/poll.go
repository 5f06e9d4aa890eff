package redistest

import (
	"context"
	"fmt"
	"time"
)

const pollInterval = 10 * time.Millisecond

// poll calls check until it reports done, and returns the error that came with
// it. When ctx ends first, the error tells what check last complained of.
func poll(ctx context.Context, check func(context.Context) (done bool, err error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		done, err := check(ctx)
		if done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gave up waiting: %w (last seen: %w)", context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}
