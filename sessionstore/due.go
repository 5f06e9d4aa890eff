package sessionstore

import (
	"container/heap"
	"time"
)

// dueQueue orders what has an ID by a moment at which it may want a look. An ID
// may stand in it several times: whoever takes it out knows which entry counts.
type dueQueue[T any] struct{ items dueItems[T] }

type dueItem[T any] struct {
	id T
	at int64 // Unix milliseconds
}

// push puts an ID in and returns the moment it will be taken out with: at,
// or the next millisecond if at has a fraction.
func (q *dueQueue[T]) push(id T, at time.Time) time.Time {
	ms := at.Add(time.Millisecond - 1).UnixMilli()
	heap.Push(&q.items, dueItem[T]{id, ms})
	return time.UnixMilli(ms)
}

// pop takes out an ID that was due by the given moment.
func (q *dueQueue[T]) pop(by time.Time) (id T, at time.Time, ok bool) {
	if len(q.items) == 0 || q.items[0].at > by.UnixMilli() {
		return id, time.Time{}, false
	}
	item, ok := heap.Pop(&q.items).(dueItem[T])
	return item.id, time.UnixMilli(item.at), ok
}

// dueItems implements [heap.Interface].
type dueItems[T any] []dueItem[T]

func (d dueItems[T]) Len() int           { return len(d) }
func (d dueItems[T]) Less(i, j int) bool { return d[i].at < d[j].at }
func (d dueItems[T]) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push is for package heap.
func (d *dueItems[T]) Push(x any) { *d = append(*d, x.(dueItem[T])) } //nolint:errcheck // only dueQueue pushes

// Pop is for package heap.
func (d *dueItems[T]) Pop() any {
	last := len(*d) - 1
	item := (*d)[last]
	*d = (*d)[:last]
	return item
}
