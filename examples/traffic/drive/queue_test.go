package drive

import (
	"slices"
	"testing"
	"time"
)

func TestWhoIsInAVisitGoesBeforeWhoComes(t *testing.T) {
	q := &queue{most: 100}
	for i, v := range []visitor{
		{fresh: true, due: 0},
		{fresh: true, due: time.Second},
		{due: 3 * time.Second},
		{due: 2 * time.Second},
		{due: 2 * time.Second},
	} {
		v.number = i
		q.add(&v)
	}
	var order []int
	for {
		v, wait := q.next(2*time.Second, 0)
		if v == nil {
			if wait != time.Second {
				t.Errorf("waits %v for the next, want 1s", wait)
			}
			break
		}
		order = append(order, v.number)
	}
	if want := []int{3, 4, 0, 1}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
	if v, _ := q.next(3*time.Second, 0); v == nil || v.number != 2 {
		t.Error("nobody at 3s")
	}
	if v, wait := q.next(time.Hour, 0); v != nil || wait != forever {
		t.Error("somebody in an empty queue")
	}
}

func TestNobodyComesWhileTooManyAreThere(t *testing.T) {
	q := &queue{most: 3}
	q.add(&visitor{fresh: true})
	q.add(&visitor{due: time.Minute})
	if v, wait := q.next(0, 2); v != nil || wait != time.Minute {
		t.Errorf("with three inside: %v, waits %v", v, wait)
	}
	if v, _ := q.next(0, 1); v == nil || !v.fresh {
		t.Error("with two inside nobody comes")
	}
}
