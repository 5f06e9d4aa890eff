package sessionstore

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// loadCmd is the load of one session. Its reply is taken raw, and decoded
// without the many small strings that a map would be made of. Redis' own errors
// are then part of the reply.
type loadCmd struct{ *redis.RawCmd }

// NoRetry keeps loads in one pipeline with the scripts, which must not be sent
// again: go-redis splits a pipeline where that differs. A load that failed is
// sent again by Load itself.
func (loadCmd) NoRetry() bool { return true }

func (r *Redis) loadCmd(ctx context.Context, id ID) loadCmd {
	return loadCmd{redis.NewRawCmd(ctx, "hgetall", r.keys.session(id))}
}

// Load implements [Store].
func (r *Redis) Load(ctx context.Context, id ID) (*Record, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	cmd := r.loadCmd(ctx, id)
	err := r.submit(ctx, cmd)
	if ctxErr := ctx.Err(); err != nil && ctxErr != nil {
		return nil, failed("load", ctxErr) // the command may still be on its way
	}
	return r.loaded(ctx, id, cmd, err)
}

// loaded returns the record of a command that was executed, or asks again
// where that went wrong: with the retries and redirections that go-redis knows.
func (r *Redis) loaded(ctx context.Context, id ID, cmd loadCmd, err error) (*Record, error) {
	if raw := cmd.Val(); err == nil && len(raw) > 0 && raw[0] != '-' && raw[0] != '!' {
		return decodeReply(id, raw)
	}
	fields, err := r.client.HGetAll(ctx, r.keys.session(id)).Result()
	if err != nil {
		return nil, failed("load", err)
	}
	return decodeFields(id, fields)
}

// loadAll loads many sessions. Those that ended are nil.
func (r *Redis) loadAll(ctx context.Context, ids []ID) ([]*Record, error) {
	recs := make([]*Record, 0, len(ids))
	for len(ids) > 0 {
		n := min(batch, len(ids))
		pipe := r.client.Pipeline()
		cmds := make([]loadCmd, n)
		for i := range cmds {
			cmds[i] = r.loadCmd(ctx, ids[i])
			if err := pipe.Process(ctx, cmds[i]); err != nil {
				return nil, failed("load", err)
			}
		}
		_, execErr := pipe.Exec(ctx)
		if execErr != nil && ctx.Err() != nil {
			return nil, failed("load", execErr)
		}
		for i, cmd := range cmds {
			rec, err := r.loaded(ctx, ids[i], cmd, cmd.Err())
			if err != nil && !errors.Is(err, ErrEnded) {
				return nil, err
			}
			recs = append(recs, rec)
		}
		ids = ids[n:]
	}
	return recs, nil
}
