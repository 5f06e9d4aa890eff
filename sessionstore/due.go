package sessionstore

import (
	"container/heap"
	"time"
)

// dueQueue orders sessions by a moment at which they may want a look. A session
// may stand in it several times: whoever takes it out knows which entry counts.
type dueQueue struct{ items dueItems }

type dueItem struct {
	id ID
	at int64 // Unix milliseconds
}

// push puts a session in and returns the moment it will be taken out with: at,
// or the next millisecond if at has a fraction.
func (q *dueQueue) push(id ID, at time.Time) time.Time {
	ms := at.Add(time.Millisecond - 1).UnixMilli()
	heap.Push(&q.items, dueItem{id, ms})
	return time.UnixMilli(ms)
}

// pop takes out a session that was due by the given moment.
func (q *dueQueue) pop(by time.Time) (id ID, at time.Time, ok bool) {
	if len(q.items) == 0 || q.items[0].at > by.UnixMilli() {
		return ID{}, time.Time{}, false
	}
	item, ok := heap.Pop(&q.items).(dueItem)
	return item.id, time.UnixMilli(item.at), ok
}

// dueItems implements [heap.Interface].
type dueItems []dueItem //nolint:recvcheck // as container/heap wants it

func (d dueItems) Len() int           { return len(d) }
func (d dueItems) Less(i, j int) bool { return d[i].at < d[j].at }
func (d dueItems) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push is for package heap.
func (d *dueItems) Push(x any) { *d = append(*d, x.(dueItem)) } //nolint:errcheck // only dueQueue pushes

// Pop is for package heap.
func (d *dueItems) Pop() any {
	last := len(*d) - 1
	item := (*d)[last]
	*d = (*d)[:last]
	return item
}
