package drive

import (
	"container/heap"
	"time"
)

// queue keeps visitors by the moment of their next step. Those in the middle of a
// visit go before those whose next visit is to begin: a visit would end while they
// wait, and a beginning can wait.
type queue struct {
	going, coming line

	most int // visitors who are in a visit at the same time
}

func (q *queue) add(v *visitor) {
	if v.fresh {
		heap.Push(&q.coming, v)
	} else {
		heap.Push(&q.going, v)
	}
}

// next takes out the visitor whose turn it is, while so many others are busy with a
// step; if it is nobody's, nil and the time until it is somebody's. forever means that
// nobody's turn comes by itself.
func (q *queue) next(now time.Duration, busy int) (*visitor, time.Duration) {
	wait := forever
	for _, l := range []*line{&q.going, &q.coming} {
		if len(*l) == 0 || l == &q.coming && busy+len(q.going) >= q.most {
			continue
		}
		if due := (*l)[0].due; due > now {
			wait = min(wait, due-now)
			continue
		}
		v, _ := heap.Pop(l).(*visitor)
		return v, 0
	}
	return nil, wait
}

const forever = time.Duration(1<<63 - 1)

// line is a heap by the due moment, and by number where that is the same.
type line []*visitor

func (l *line) Len() int { return len(*l) }

func (l *line) Less(i, j int) bool {
	a, b := (*l)[i], (*l)[j]
	if a.due != b.due {
		return a.due < b.due
	}
	return a.number < b.number
}

func (l *line) Swap(i, j int) { (*l)[i], (*l)[j] = (*l)[j], (*l)[i] }

// Push implements [heap.Interface].
func (l *line) Push(x any) {
	if v, ok := x.(*visitor); ok {
		*l = append(*l, v)
	}
}

// Pop implements [heap.Interface].
func (l *line) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
