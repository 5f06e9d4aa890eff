package agent

import "sync"

const generation = 2048 // headers; two generations are kept

var known = cache{young: map[string]Agent{}}

// cache keeps the answers for the headers seen last, in two generations: when the
// young one is full it becomes the old one, and what was old and not asked for since
// is forgotten. A hit thus writes nothing, unless it saves an answer from the old.
type cache struct {
	mu         sync.RWMutex
	young, old map[string]Agent
}

func (c *cache) get(header string) (Agent, bool) {
	c.mu.RLock()
	a, ok := c.young[header]
	rescue := false
	if !ok {
		a, ok = c.old[header]
		rescue = ok
	}
	c.mu.RUnlock()
	if rescue {
		c.put(header, a)
	}
	return a, ok
}

func (c *cache) put(header string, a Agent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= generation {
		c.young, c.old = make(map[string]Agent, generation), c.young
	}
	c.young[header] = a
}
