package sessionstore

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Sessions implements [Store]. Every session that has not ended is in the zset
// of deadlines of its partition; they are looked at a page at a time.
func (r *Redis) Sessions(ctx context.Context, limit int) ([]*Record, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	n := r.keys.partitions()
	size := min(max(16, 2*limit/n), batch)
	var live []*Record
	for from, left := 0, allOf(n); len(left) > 0 && len(live) < limit; from += size {
		cmds := make([]*redis.StringSliceCmd, len(left))
		if _, err := r.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, p := range left {
				cmds[i] = pipe.ZRange(ctx, r.keys.parts[p].due, int64(from), int64(from+size-1))
			}
			return nil
		}); err != nil {
			return nil, failed("sessions", err)
		}
		var more []int
		for i, cmd := range cmds {
			members := cmd.Val()
			if len(members) == size {
				more = append(more, left[i])
			}
			if len(live) >= limit {
				continue
			}
			recs, err := r.loadAll(ctx, sessionsOf(members))
			if err != nil {
				return nil, err
			}
			now := r.now(ctx)
			for _, rec := range recs {
				if rec != nil && rec.Alive(now) && len(live) < limit {
					live = append(live, rec)
				}
			}
		}
		left = more
	}
	return live, nil
}

// sessionsOf returns the members of a zset of deadlines that are sessions.
func sessionsOf(members []string) []ID {
	ids := make([]ID, 0, len(members))
	for _, member := range members {
		if id, err := ParseID(member); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func allOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
