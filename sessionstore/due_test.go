package sessionstore

import (
	"testing"
	"time"
)

func TestDueQueue(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var q dueQueue[ID]
	if _, _, ok := q.pop(start); ok {
		t.Fatal("an empty queue has something due")
	}
	ids := []ID{{1}, {2}, {3}}
	for i, ms := range []int{30, 10, 20} {
		q.push(ids[i], start.Add(time.Duration(ms)*time.Millisecond))
	}
	if id, _, ok := q.pop(start.Add(9 * time.Millisecond)); ok {
		t.Errorf("%v is due too early", id)
	}
	for _, want := range []ID{ids[1], ids[2]} {
		if id, _, ok := q.pop(start.Add(20 * time.Millisecond)); !ok || id != want {
			t.Errorf("pop = %v, %v, want %v, the earliest", id, ok, want)
		}
	}
	if id, _, ok := q.pop(start.Add(20 * time.Millisecond)); ok {
		t.Errorf("%v is due ten milliseconds early", id)
	}
}

// A session is taken out with the moment that push returned, which is not
// before its deadline: else it would be looked at in vain, or not found.
func TestDueQueue_fractions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 345_600, time.UTC)
	var q dueQueue[ID]
	due := q.push(ID{1}, at)
	if due.Before(at) || due.Sub(at) >= time.Millisecond {
		t.Errorf("push = %v, want the millisecond after %v", due, at)
	}
	if _, _, ok := q.pop(at); ok {
		t.Error("due before the millisecond is over")
	}
	if _, got, ok := q.pop(due); !ok || !got.Equal(due) {
		t.Errorf("pop = %v, %v, want %v", got, ok, due)
	}
}
