package sessionstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Remember implements [Store]. If Redis evicts or loses data, words are
// forgotten early.
func (r *Redis) Remember(ctx context.Context, word string, ttl time.Duration) (bool, error) {
	if err := CheckWord(word, ttl); err != nil {
		return false, err
	}
	if err := r.ready(ctx); err != nil {
		return false, err
	}
	// A second attempt would find the word that the first has noted.
	set := call{words: []any{"set", r.keys.once(word), "1", "nx", "px", ms(ttl)}}
	_, _, err := once(ctx, r, set, newOnceCmd)
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, failed("remember", err)
	}
	return true, nil
}
