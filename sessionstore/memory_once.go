package sessionstore

import (
	"context"
	"sync"
	"time"
)

// onceWords are the words that a [Memory] store remembers, by their hashes.
type onceWords struct {
	mu    sync.Mutex
	until map[Hash]time.Time
	due   dueQueue[Hash]
}

// Remember implements [Store].
func (m *Memory) Remember(_ context.Context, word string, ttl time.Duration) (bool, error) {
	if err := CheckWord(word, ttl); err != nil {
		return false, err
	}
	return m.once.first(HashSecret([]byte(word)), m.moment(), ttl), nil
}

func (o *onceWords) first(word Hash, now time.Time, ttl time.Duration) bool {
	o.forget(now, 2) // one more than comes in: what is over goes sooner or later
	o.mu.Lock()
	defer o.mu.Unlock()
	if until, known := o.until[word]; known && now.Before(until) {
		return false
	}
	o.until[word] = o.due.push(word, now.Add(ttl))
	return true
}

// forget removes up to n words whose time is over.
func (o *onceWords) forget(now time.Time, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range n {
		word, at, ok := o.due.pop(now)
		if !ok {
			return
		}
		if o.until[word].Equal(at) { // else it has been noted again
			delete(o.until, word)
		}
	}
}
