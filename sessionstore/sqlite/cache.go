package sqlite

import (
	"sync"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// entry is a session as the file has it. It is never changed in place.
type entry struct {
	n     int64 // names the row; 0: there is none
	due   int64 // Unix milliseconds, as the row has it; 0: never
	rec   *sessionstore.Record
	ended *sessionstore.EndedError
	size  int // of the encoded record
}

// cache holds the entries that were used last. What it holds is what was
// committed last: the writer puts it in before it answers, and what a reader
// found is taken only if no commit touched the session meanwhile.
type cache struct {
	mu    sync.Mutex
	limit int // of size
	size  int
	items map[sessionstore.ID]*item
	ring  item // its next is the item that was used last
	loads map[sessionstore.ID]*load
}

type item struct {
	entry
	id         sessionstore.ID
	prev, next *item
}

// load is a read of a session that several may wait for.
type load struct {
	done chan struct{}
	entry
	err error
}

func newCache(limit int) *cache {
	c := &cache{limit: limit, items: map[sessionstore.ID]*item{}, loads: map[sessionstore.ID]*load{}}
	c.ring.prev, c.ring.next = &c.ring, &c.ring
	return c
}

// get returns what is held of a session. If that is nothing and read is asked
// for it returns the load to wait for, which is the caller's to make if it is
// new.
func (c *cache) get(id sessionstore.ID, read bool) (e entry, l *load, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it := c.items[id]; it != nil {
		it.unlink()
		it.linkAfter(&c.ring)
		return it.entry, nil, false
	}
	if !read {
		return entry{}, nil, false
	}
	l = c.loads[id]
	if isNew = l == nil; isNew {
		l = &load{done: make(chan struct{})}
		c.loads[id] = l
	}
	return entry{}, l, isNew
}

// finish tells those who wait for a load what it found.
func (c *cache) finish(id sessionstore.ID, l *load, e entry, err error) {
	c.mu.Lock()
	if c.loads[id] == l { // else a commit overtook it
		delete(c.loads, id)
		if err == nil && e.n != 0 {
			c.put(id, e)
		}
	}
	c.mu.Unlock()
	l.entry, l.err = e, err
	close(l.done)
}

// publish makes a commit visible. What it touched is held if it was already, or
// is to be.
func (c *cache) publish(rows map[sessionstore.ID]*row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, r := range rows {
		if !r.dirty {
			continue
		}
		delete(c.loads, id)
		switch held := c.items[id]; {
		case r.deleted && held != nil:
			c.drop(held)
		case !r.deleted && (r.hot || held != nil):
			c.put(id, r.entry)
		}
	}
}

// put holds an entry while the lock is held.
func (c *cache) put(id sessionstore.ID, e entry) {
	it := c.items[id]
	if it == nil {
		it = &item{id: id}
		c.items[id] = it
	} else {
		it.unlink()
		c.size -= it.cost()
	}
	it.entry = e
	it.linkAfter(&c.ring)
	c.size += it.cost()
	for c.size > c.limit && c.ring.prev != &c.ring {
		c.drop(c.ring.prev)
	}
}

func (c *cache) drop(it *item) {
	it.unlink()
	c.size -= it.cost()
	delete(c.items, it.id)
}

// cost is the memory that an item takes, roughly: what is encoded lies in the
// memory with pointers, lengths and the gaps of maps.
func (it *item) cost() int { return 600 + 2*it.size }

func (it *item) unlink() { it.prev.next, it.next.prev = it.next, it.prev }

func (it *item) linkAfter(at *item) {
	it.prev, it.next = at, at.next
	at.next.prev, at.next = it, it
}
