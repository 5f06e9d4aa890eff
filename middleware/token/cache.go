package token

import (
	"crypto/sha256"
	"sync"
)

// cache remembers verified tokens by the hash of their text. It holds two
// generations: when the young one is full it becomes the old one, and what was
// the old one is dropped. An entry of the old one that is asked for moves to
// the young one. That is nearly as good as dropping the least recently used,
// and a lookup only reads.
type cache struct {
	shards []shard
	half   int // entries of one generation of one shard
}

type shard struct {
	mu    sync.RWMutex
	young map[cacheKey]*entry
	old   map[cacheKey]*entry
}

// cacheKey is the SHA-256 of a token: a cache that leaks gives no token away.
type cacheKey = [sha256.Size]byte

const (
	shards  = 16
	sharded = 1024 // entries from which several shards are worth it
)

func newCache(size int) *cache {
	n := 1
	if size >= sharded {
		n = shards
	}
	c := &cache{shards: make([]shard, n), half: size / (2 * n)}
	for i := range c.shards {
		c.shards[i].young = map[cacheKey]*entry{}
	}
	return c
}

func (c *cache) shard(k *cacheKey) *shard { return &c.shards[int(k[0])%len(c.shards)] }

// get returns nil for a token that is not there.
func (c *cache) get(k cacheKey) *entry {
	s := c.shard(&k)
	s.mu.RLock()
	e, young := s.young[k]
	if !young {
		e = s.old[k]
	}
	s.mu.RUnlock()
	if e != nil && !young {
		c.put(k, e)
	}
	return e
}

func (c *cache) put(k cacheKey, e *entry) {
	s := c.shard(&k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= c.half {
		if _, ok := s.young[k]; !ok {
			s.old, s.young = s.young, make(map[cacheKey]*entry, len(s.young)/2)
		}
	}
	s.young[k] = e
}
