package sessionstore

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// batch is how many commands are sent at once at most.
const batch = 250

// all runs scripts that may run twice, many at a time, and returns their
// replies in order. An error is that of the first that failed.
func (r *Redis) all(ctx context.Context, calls []call) ([]any, error) {
	return r.batches(ctx, calls, func(cmd *redis.Cmd) redis.Cmder { return cmd })
}

// allOnce is likewise for scripts that must not run twice. After an error of the
// connection any of them may have run.
func (r *Redis) allOnce(ctx context.Context, calls []call) ([]any, error) {
	return r.batches(ctx, calls, func(cmd *redis.Cmd) redis.Cmder { return onceCmd{cmd} })
}

func (r *Redis) batches(ctx context.Context, calls []call, as func(*redis.Cmd) redis.Cmder) ([]any, error) {
	replies := make([]any, len(calls))
	for from := 0; from < len(calls); from += batch {
		to := min(from+batch, len(calls))
		if err := r.together(ctx, calls[from:to], replies[from:to], as); err != nil {
			return nil, err
		}
	}
	return replies, nil
}

// together runs scripts in one pipeline, and then in another those that did not
// run. Where a server does not know a script, the first of its calls brings it.
func (r *Redis) together(ctx context.Context, calls []call, replies []any, as func(*redis.Cmd) redis.Cmder) error {
	type errand struct {
		server string
		script *script
	}
	left := make([]int, len(calls))
	for i := range left {
		left[i] = i
	}
	for n := 1; len(left) > 0; n++ {
		pipe := r.client.Pipeline()
		cmds := make([]*redis.Cmd, len(left))
		for i, at := range left {
			cmds[i] = redis.NewCmd(ctx, calls[at].words...)
			if err := pipe.Process(ctx, as(cmds[i])); err != nil {
				return err
			}
		}
		if _, err := pipe.Exec(ctx); err != nil && ctx.Err() != nil {
			return err
		}
		again, wait, brought := left[:0], false, map[errand]bool{}
		for i, at := range left {
			err := cmds[i].Err()
			if err == nil {
				replies[at] = cmds[i].Val()
				continue
			}
			why := unrun(err)
			if why == mayHaveRun || n == attempts {
				return err
			}
			wait = wait || why == unreached
			to := errand{r.ownerOf(ctx, calls[at].key()), calls[at].script}
			if why == unknownScript && !brought[to] {
				calls[at].withSource()
				brought[to] = true
			}
			again = append(again, at)
		}
		if wait {
			if err := pause(ctx, n); err != nil {
				return err
			}
		}
		left = again
	}
	return nil
}

// one runs a script that may run twice.
func (r *Redis) one(ctx context.Context, c call) ([]any, error) {
	sent := r.clock.local()
	replies, err := r.all(ctx, []call{c})
	if err != nil {
		return nil, err
	}
	return r.answer(sent, replies[0])
}
