package accesslog

import (
	"container/heap"
	"iter"
	"time"
)

// maxHeld bounds the lines that wait for earlier ones.
const maxHeld = 100_000

// InOrder puts lines in the order of their times, as far as they are out of it by no
// more than window: servers write a line when the answer is out, and some give it
// the time at which the request came in. Errors go through at once. Logs know
// seconds only; lines of one second are spread over it evenly, in their order, so
// that what came first stays first.
func InOrder(lines iter.Seq2[Line, error], window time.Duration) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		var h held
		var newest time.Time
		number := 0
		for l, err := range lines {
			if err != nil {
				if !yield(Line{}, err) {
					return
				}
				continue
			}
			number++
			heap.Push(&h, numbered{l, number})
			if l.Time.After(newest) {
				newest = l.Time
			}
			for len(h) > maxHeld || len(h) > 0 && newest.Sub(h[0].Time) > window {
				if !h.second(yield) {
					return
				}
			}
		}
		for len(h) > 0 {
			if !h.second(yield) {
				return
			}
		}
	}
}

type numbered struct {
	Line

	number int
}

// held is a heap of lines by time, and by their place in the log.
type held []numbered

// second yields the lines of the earliest second.
func (h *held) second(yield func(Line, error) bool) bool {
	at := (*h)[0].Time
	var same []Line
	for len(*h) > 0 && (*h)[0].Time.Equal(at) {
		if n, ok := heap.Pop(h).(numbered); ok {
			same = append(same, n.Line)
		}
	}
	for i, l := range same {
		l.Time = at.Add(time.Duration(i) * time.Second / time.Duration(len(same)))
		if !yield(l, nil) {
			return false
		}
	}
	return true
}

func (h *held) Len() int { return len(*h) }

func (h *held) Less(i, j int) bool {
	a, b := &(*h)[i], &(*h)[j]
	if !a.Time.Equal(b.Time) {
		return a.Time.Before(b.Time)
	}
	return a.number < b.number
}

func (h *held) Swap(i, j int) { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }

// Push implements [heap.Interface].
func (h *held) Push(x any) {
	if n, ok := x.(numbered); ok {
		*h = append(*h, n)
	}
}

// Pop implements [heap.Interface].
func (h *held) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
