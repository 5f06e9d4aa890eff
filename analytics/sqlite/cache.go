package sqlite

import (
	"container/list"
	"sync"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// cache keeps the segments that were used last, up to so many bytes.
type cache struct {
	mu     sync.Mutex
	most   int64
	bytes  int64
	byHour map[int64]*list.Element
	used   *list.List // of *cached, the latest first
}

// cached is a segment as of a version of its hour.
type cached struct {
	version int64
	segment *columns.Segment
}

func newCache(most int64) *cache {
	return &cache{most: most, byHour: map[int64]*list.Element{}, used: list.New()}
}

// get returns the segment of an hour if it is of that version.
func (c *cache) get(of hourVersion) *columns.Segment {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.byHour[of.hour]
	if element == nil {
		return nil
	}
	held := element.Value.(*cached) //nolint:errcheck // all are
	if held.version != of.version {
		return nil
	}
	c.used.MoveToFront(element)
	return held.segment
}

// put keeps a segment, unless a later one is held.
func (c *cache) put(version int64, s *columns.Segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.byHour[s.Hour()]; element != nil {
		if element.Value.(*cached).version >= version { //nolint:errcheck // as above
			return
		}
		c.drop(element)
	}
	c.byHour[s.Hour()] = c.used.PushFront(&cached{version, s})
	c.bytes += int64(s.Bytes())
	for c.bytes > c.most {
		c.drop(c.used.Back())
	}
}

func (c *cache) drop(element *list.Element) {
	s := c.used.Remove(element).(*cached).segment //nolint:errcheck // as above
	delete(c.byHour, s.Hour())
	c.bytes -= int64(s.Bytes())
}
