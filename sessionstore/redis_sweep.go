package sessionstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	sweepTrims   = 4         // feeds that one call of Sweep trims
	consumerRest = time.Hour // silence after which a consumer that holds nothing is forgotten
)

// Sweep implements [Store]. It also trims the feeds, a few at a time, and
// repairs what a process that died has left of a login.
func (r *Redis) Sweep(ctx context.Context, slack time.Duration) (bool, error) {
	if err := r.ready(ctx); err != nil {
		return false, err
	}
	perPartition := max(16, 2*sweepBatch/r.keys.partitions())
	due, more, err := r.due(ctx, slack, perPartition)
	if err != nil {
		return false, err
	}
	var users []string
	var ids []ID
	for _, member := range due {
		if user, ok := strings.CutPrefix(member, "u:"); ok {
			users = append(users, user)
		} else if id, err := ParseID(member); err == nil {
			ids = append(ids, id)
		}
	}
	err = r.sweep(ctx, ids, slack)
	for _, user := range users {
		err = errors.Join(err, r.repair(ctx, user))
	}
	return more && err == nil, errors.Join(err, r.trim(ctx))
}

// due returns the members of the zsets of deadlines that were due slack ago, up
// to n of each partition, and whether there may be more.
func (r *Redis) due(ctx context.Context, slack time.Duration, n int) (members []string, more bool, err error) {
	until := strconv.FormatInt(r.now(ctx).Add(-slack).UnixMilli(), 10)
	replies, err := r.ranges(ctx, "-inf", until, n)
	for _, list := range replies {
		members = append(members, list...)
		more = more || len(list) == n
	}
	return members, more, err
}

// ranges reads the zset of deadlines of each partition.
func (r *Redis) ranges(ctx context.Context, from, until string, n int) ([][]string, error) {
	cmds := make([]*redis.StringSliceCmd, r.keys.partitions())
	_, err := r.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for p := range cmds {
			cmds[p] = pipe.ZRangeByScore(ctx, r.keys.parts[p].due, &redis.ZRangeBy{Min: from, Max: until, Count: int64(n)})
		}
		return nil
	})
	if err != nil {
		return nil, failed("look for what is due", err)
	}
	lists := make([][]string, len(cmds))
	for p, cmd := range cmds {
		lists[p] = cmd.Val()
	}
	return lists, nil
}

// sweep makes the ends by limit of sessions that are due.
func (r *Redis) sweep(ctx context.Context, ids []ID, slack time.Duration) error {
	if len(ids) == 0 {
		return nil
	}
	_, fixed := r.told()
	calls := make([]call, len(ids))
	for i, id := range ids {
		part := r.keys.of(id)
		calls[i] = sweepScript.call([]string{r.keys.session(id), part.due, part.feed},
			fixed, r.keys.ended, max(slack, 0).Milliseconds())
	}
	replies, err := r.all(ctx, calls)
	if err != nil {
		return failed("sweep", err)
	}
	ended := map[string][]string{}
	live := map[string]struct{}{}
	for i, reply := range replies {
		words, ok := reply.([]any)
		if !ok {
			return errReply
		}
		if user := word(words, 1); user != "" {
			live[user] = struct{}{}
		}
		for j := 2; j+1 < len(words); j += 2 {
			user := word(words, j+1)
			ended[user] = append(ended[user], indexField(ids[i], word(words, j)))
		}
	}
	if err := r.releaseFields(ctx, ended); err != nil {
		return failed("sweep", err)
	}
	return r.keepIndexes(ctx, live)
}

// indexKept is how long the index of a user outlives what was last done to it:
// FORGET of user.lua.
const indexKept = 400 * 24 * time.Hour

// keepIndexes puts off the expiry of the indexes of users who are logged in.
func (r *Redis) keepIndexes(ctx context.Context, users map[string]struct{}) error {
	if len(users) == 0 {
		return nil
	}
	_, err := r.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for user := range users {
			pipe.PExpire(ctx, r.keys.user(user), indexKept)
		}
		return nil
	})
	if err != nil {
		return failed("sweep", err)
	}
	return nil
}

// trim trims the feeds of a few partitions, others each time.
func (r *Redis) trim(ctx context.Context) error {
	n := r.keys.partitions()
	keep := strconv.FormatInt(r.now(ctx).Add(-r.feed.Keep).UnixMilli(), 10)
	var calls []call
	for range min(sweepTrims, n) {
		p := int(r.trims.Add(1)) % n
		calls = append(calls, trimScript.call([]string{r.keys.parts[p].feed}, keep, consumerRest.Milliseconds()))
	}
	if _, err := r.all(ctx, calls); err != nil {
		return failed("trim", err)
	}
	return nil
}
