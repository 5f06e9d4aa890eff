package sessionstore

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
)

// redisStreams is how the feeds of the partitions are bounded and read.
type redisStreams struct {
	limit int // entries of one feed

	mu      sync.Mutex
	claimed map[string]time.Time // by group: when this process last looked for what the dead left
}

// exactBelow is the bound under which a feed is cut to the entry. Redis drops
// whole blocks of a hundred where it may, which costs less.
const exactBelow = 1000

func newRedisStreams(o FeedOptions, partitions int) redisStreams {
	return redisStreams{
		limit:   max(1, (o.Cap+partitions-1)/partitions),
		claimed: map[string]time.Time{},
	}
}

func (s *redisStreams) exact() string {
	if s.limit < exactBelow {
		return "1"
	}
	return "0"
}

func (s *redisStreams) how() string {
	if s.limit < exactBelow {
		return "="
	}
	return "~"
}

// Read implements [analytics.Feed]. The partitions' feeds are read in turn.
func (r *Redis) Read(ctx context.Context, group, consumer string, limit int) ([]analytics.Entry, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	if limit <= 0 {
		return nil, nil
	}
	var entries []analytics.Entry
	if r.claimDue(group) {
		var err error
		if entries, err = r.claim(ctx, group, consumer, limit); err != nil {
			return nil, err
		}
	}
	plan, missing, err := r.unread(ctx, group, limit-len(entries))
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		// The group is created in every feed: where it does not exist, nothing is
		// kept for it.
		if _, err = r.readShares(ctx, group, consumer, missing); err != nil {
			return nil, err
		}
		if plan, _, err = r.unread(ctx, group, limit-len(entries)); err != nil {
			return nil, err
		}
	}
	read, err := r.readShares(ctx, group, consumer, plan)
	if err != nil {
		return nil, err
	}
	return append(read, entries...), nil
}

// readShares reads from each partition what falls to it, gaps first.
func (r *Redis) readShares(ctx context.Context, group, consumer string, plan []share) ([]analytics.Entry, error) {
	calls := make([]call, len(plan))
	for i, one := range plan {
		calls[i] = readScript.call([]string{r.keys.parts[one.partition].feed}, group, consumer, one.count)
	}
	replies, err := r.all(ctx, calls)
	if err != nil {
		return nil, failed("read", err)
	}
	var gaps, entries []analytics.Entry
	for i, reply := range replies {
		pair, ok := reply.([]any)
		if !ok || len(pair) != 2 {
			return nil, errReply
		}
		read := decodeEntries(plan[i].partition, pair[1])
		if lost, _ := pair[0].(int64); lost > 0 { // no number is no loss
			first := ""
			if len(read) > 0 {
				first = read[0].Position
			}
			gaps = append(gaps, r.gap(ctx, plan[i].partition, first, lost))
		}
		entries = append(entries, read...)
	}
	return append(gaps, entries...), nil
}

// gap reports entries that the cap dropped before the group was done with them.
func (r *Redis) gap(ctx context.Context, partition int, before string, lost int64) analytics.Entry {
	now := r.now(ctx)
	if before == "" {
		before = position(partition, strconv.FormatInt(now.UnixMilli(), 10))
	}
	return analytics.Entry{Event: analytics.Event{
		ID:   before + "-gap",
		Type: analytics.FeedGap,
		Time: now,
		Attributes: map[string]string{
			"lost": strconv.FormatInt(lost, 10),
			"feed": strconv.Itoa(partition),
		},
	}}
}

// share is how many entries are to be read from one partition.
type share struct {
	partition int
	count     int64
}

// unread shares out a limit among the partitions with entries that the group
// has not had, from another partition on each time. It also returns those that
// do not know the group.
func (r *Redis) unread(ctx context.Context, group string, limit int) (plan, missing []share, err error) {
	if limit <= 0 {
		return nil, nil, nil
	}
	n := r.keys.partitions()
	pipe := r.client.Pipeline()
	cmds := make([]*redis.XInfoGroupsCmd, n)
	for p := range cmds {
		cmds[p] = pipe.XInfoGroups(ctx, r.keys.parts[p].feed)
	}
	if _, err := pipe.Exec(ctx); err != nil && !noStream(err) {
		return nil, nil, failed("read", err)
	}
	start := int(r.turn.Add(1))
	for i := range n {
		p := (start + i) % n
		groups, err := cmds[p].Result()
		if err != nil && !noStream(err) {
			return nil, nil, failed("read", err)
		}
		at := slices.IndexFunc(groups, func(g redis.XInfoGroup) bool { return g.Name == group })
		if at < 0 {
			missing = append(missing, share{p, 0})
			continue
		}
		lag := groups[at].Lag
		if lag < 0 {
			lag = int64(limit) // Redis does not know
		}
		if lag = min(lag, int64(limit)); lag > 0 {
			plan = append(plan, share{p, lag})
			limit -= int(lag)
		}
	}
	return plan, missing, nil
}

// noStream reports whether err says that there is no such feed.
func noStream(err error) bool { return err != nil && redis.HasErrorPrefix(err, "no such key") }

// claimDue reports whether to look for entries that dead consumers hold.
func (r *Redis) claimDue(group string) bool {
	s := &r.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, ok := s.claimed[group]; ok && now.Sub(last) < min(r.feed.ClaimAfter/4, 5*time.Second) {
		return false
	}
	s.claimed[group] = now
	return true
}

// claim takes over entries that were handed out long ago and not acknowledged.
func (r *Redis) claim(ctx context.Context, group, consumer string, limit int) ([]analytics.Entry, error) {
	pending, err := r.pending(ctx, group)
	if err != nil {
		return nil, err
	}
	var entries, gaps []analytics.Entry
	for _, p := range pending {
		left := limit - len(entries)
		if left <= 0 {
			break
		}
		reply, err := r.client.Do(ctx, "xautoclaim", r.keys.parts[p].feed, group, consumer,
			r.feed.ClaimAfter.Milliseconds(), "0", "COUNT", left).Slice()
		if err != nil {
			if redis.HasErrorPrefix(err, "NOGROUP") {
				continue
			}
			return nil, failed("claim", err)
		}
		if len(reply) < 2 {
			return nil, errReply
		}
		entries = append(entries, decodeEntries(p, reply[1])...)
		if len(reply) > 2 {
			if dropped, _ := reply[2].([]any); len(dropped) > 0 { // no list is an empty one
				gaps = append(gaps, r.gap(ctx, p, position(p, word(dropped, 0)), int64(len(dropped))))
			}
		}
	}
	return append(gaps, entries...), nil
}

// pending returns the partitions in which the group has entries that were
// handed out and not acknowledged.
func (r *Redis) pending(ctx context.Context, group string) ([]int, error) {
	n := r.keys.partitions()
	pipe := r.client.Pipeline()
	cmds := make([]*redis.XPendingCmd, n)
	for p := range cmds {
		cmds[p] = pipe.XPending(ctx, r.keys.parts[p].feed, group)
	}
	if _, err := pipe.Exec(ctx); err != nil && !redis.HasErrorPrefix(err, "NOGROUP") {
		return nil, failed("claim", err)
	}
	var held []int
	for p, cmd := range cmds {
		pending, err := cmd.Result()
		switch {
		case err == nil:
			if pending.Count > 0 {
				held = append(held, p)
			}
		case !redis.HasErrorPrefix(err, "NOGROUP"):
			return nil, failed("claim", err)
		}
	}
	return held, nil
}

// Ack implements [analytics.Feed].
func (r *Redis) Ack(ctx context.Context, group string, positions []string) error {
	if err := r.ready(ctx); err != nil {
		return err
	}
	grouped := map[int][]string{}
	for _, at := range positions {
		if p, entry, ok := r.parsePosition(at); ok && validEntry(entry) {
			grouped[p] = append(grouped[p], entry)
		}
	}
	if len(grouped) == 0 {
		return nil
	}
	pipe := r.client.Pipeline()
	for p, entries := range grouped {
		pipe.XAck(ctx, r.keys.parts[p].feed, group, entries...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return failed("ack", err)
	}
	return nil
}

// validEntry reports whether s is the ID of a stream's entry.
func validEntry(s string) bool {
	dash := false
	for i := range len(s) {
		switch {
		case s[i] >= '0' && s[i] <= '9':
		case s[i] == '-' && i > 0 && i < len(s)-1 && !dash:
			dash = true
		default:
			return false
		}
	}
	return dash && len(s) < 40
}
