package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is a [Store] in a Redis server or cluster of version 7 or newer, shared
// by any number of processes. Make one with [NewRedis].
//
// A load is one command, and a change one script that checks, writes and
// appends the events atomically. Commands of concurrent requests share round
// trips. Those that must not be sent twice, because the server may have
// executed them before the connection broke, are not: the error then says that
// the store failed, and the outcome is unknown.
//
// If Redis evicts or loses data, people are logged out; nobody is let in.
type Redis struct {
	client redis.UniversalClient
	keys   redisKeys
	limits Limits
	feed   FeedOptions
	wait   replicas
	clock  redisClock

	fixed   string // what the scripts that change sessions are told each time
	streams redisStreams
	shared  atomic.Pointer[redis.AutoPipeliner]
	flying  atomic.Int32 // commands under way
	checked atomic.Bool
	skew    atomic.Int64  // of tests: see moment
	turn    atomic.Uint32 // of the partitions, to be read from
	nobodys atomic.Uint32 // to take events of no session and no user
	trims   atomic.Uint32 // and to be trimmed
}

// RedisOptions configures [NewRedis]. The zero value is good.
type RedisOptions struct {
	// Prefix begins the name of every key, so that several stores can share a
	// server: 1 to 32 letters, digits, "_" or "-"; default "sj".
	Prefix string

	// Partitions is among how many parts of the key space the sessions are
	// spread, which a cluster then spreads among its nodes: a power of two up to
	// 4096; default 128. It is fixed for the life of the data: the store notes it
	// in Redis, and refuses to work with another number.
	Partitions int

	Limits Limits

	// Feed bounds the log of events. Each partition keeps its share of the Cap.
	Feed FeedOptions

	// WaitReplicas is how many replicas must have acknowledged the end of a
	// session or login before it is reported as done; default 0. If fewer do
	// within WaitTimeout, default 1 s, the end has been made all the same, but
	// might be forgotten in a failover, and the error says so. WaitTimeout must
	// be shorter than the client's ReadTimeout.
	WaitReplicas int
	WaitTimeout  time.Duration
}

const (
	defaultPrefix     = "sj"
	defaultPartitions = 128
	maxPartitions     = 4096
	maxPrefixLen      = 32
)

// NewRedis returns a store that uses the client, which stays the caller's to
// close. It does no I/O. The error names all faults in the options.
//
// The client must read from primaries only, and cannot be a [redis.Ring]. It
// should have a ReadTimeout: it bounds what has no deadline in its ctx. Whether a
// change that ran into a deadline was made is unknown.
func NewRedis(client redis.UniversalClient, o RedisOptions) (*Redis, error) {
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if o.Partitions == 0 {
		o.Partitions = defaultPartitions
	}
	if o.WaitTimeout == 0 {
		o.WaitTimeout = time.Second
	}
	o.Limits, o.Feed = o.Limits.WithDefaults(), o.Feed.WithDefaults()
	if err := o.check(client); err != nil {
		return nil, err
	}
	r := &Redis{
		client:  client,
		keys:    newRedisKeys(o.Prefix, o.Partitions),
		limits:  o.Limits,
		feed:    o.Feed,
		wait:    replicas{o.WaitReplicas, o.WaitTimeout},
		streams: newRedisStreams(o.Feed, o.Partitions),
	}
	r.clock.start = time.Now()
	r.fixed = fmt.Sprintf(" %d %s %d %d %d", r.streams.limit, r.streams.exact(), o.Limits.TotalBytes, o.Limits.CartLines, o.Limits.Quantity)
	return r, nil
}

func (o *RedisOptions) check(client redis.UniversalClient) error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("sessionstore: "+format, args...))
	}
	switch c := client.(type) {
	case nil:
		fault("NewRedis needs a client")
	case *redis.Ring:
		fault("a redis.Ring is not supported: it has no channel that all processes share")
	case *redis.ClusterClient:
		if c.Options().ReadOnly {
			fault("the client reads from replicas, where sessions that ended are still found")
		}
	}
	if len(o.Prefix) > maxPrefixLen || !plain(o.Prefix) {
		fault("Prefix %q: want 1 to %d letters, digits, '_' or '-'", o.Prefix, maxPrefixLen)
	}
	if o.Partitions < 1 || o.Partitions > maxPartitions || o.Partitions&(o.Partitions-1) != 0 {
		fault("Partitions %d: want a power of two up to %d", o.Partitions, maxPartitions)
	}
	if l := o.Limits; l.ValueBytes < 0 || l.TotalBytes < 0 || l.CartLines < 0 || l.Quantity < 0 {
		fault("Limits %+v: want positive numbers", l)
	} else if l.Quantity > maxExact/int64(max(l.CartLines, 1)) {
		fault("Limits %+v: want at most 2^53 items in a cart", l)
	}
	if f := o.Feed; f.Cap < 0 || f.Keep < 0 || f.ClaimAfter < 0 {
		fault("Feed %+v: want positive numbers", f)
	}
	if o.WaitReplicas < 0 || o.WaitTimeout < 0 {
		fault("WaitReplicas %d, WaitTimeout %v: want positive numbers", o.WaitReplicas, o.WaitTimeout)
	}
	return errors.Join(faults...)
}

// maxExact is up to where the scripts count without error.
const maxExact = 1 << 53

// plain reports whether s consists of letters, digits, '_' and '-'.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// Ping implements [Store].
func (r *Redis) Ping(ctx context.Context) error {
	if err := r.client.Ping(ctx).Err(); err != nil {
		return failed("ping", err)
	}
	return nil
}

// ready checks once that the data is partitioned as this store assumes.
func (r *Redis) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return failed("wait for the store", err)
	}
	if r.checked.Load() {
		return nil
	}
	want := strconv.Itoa(r.keys.partitions())
	if err := r.client.HSetNX(ctx, r.keys.meta, "partitions", want).Err(); err != nil {
		return failed("check the partitions", err)
	}
	got, err := r.client.HGet(ctx, r.keys.meta, "partitions").Result()
	if err != nil {
		return failed("check the partitions", err)
	}
	if got != want {
		return fmt.Errorf("sessionstore: the data under the prefix %q is in %s partitions, and the store was made with %s", r.keys.prefix, got, want)
	}
	r.checked.Store(true)
	return nil
}

// failed says what the store failed at. Redis' own errors name no values.
func failed(what string, err error) error {
	return fmt.Errorf("sessionstore: %s: %w", what, err)
}

var _ Store = (*Redis)(nil)
