package sessionstore

import (
	"encoding/binary"
	"testing"
	"time"
)

// A store must not grow with the words that it has forgotten, whether it is
// swept or not.
func TestOnceWords_bounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := onceWords{until: map[Hash]time.Time{}}
	n := uint64(0)
	note := func(ttl time.Duration) {
		n++
		if !o.first(HashSecret(binary.BigEndian.AppendUint64(nil, n)), now, ttl) {
			t.Fatalf("word %d is known", n)
		}
	}
	held := func() int { return max(len(o.until), len(o.due.items)) }
	for range 1000 {
		note(time.Minute)
	}
	if got := held(); got != 1000 {
		t.Fatalf("%d words are held, want the 1000", got)
	}
	now = now.Add(time.Minute)
	for range 500 {
		note(time.Minute)
	}
	if got := held(); got != 500 {
		t.Errorf("%d words are held, want the 500 that count", got)
	}
	now = now.Add(time.Minute)
	o.forget(now, 1000)
	if got := held(); got != 0 {
		t.Errorf("%d words are held after a sweep, want none", got)
	}
}

// A word that is noted again before the first time is cleared away stays for
// the second.
func TestOnceWords_again(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := onceWords{until: map[Hash]time.Time{}}
	others := [][]byte{{1}, {2}, {3}, {4}} // that are due before it
	for _, w := range others {
		o.first(HashSecret(w), now, time.Second)
	}
	word := HashSecret([]byte("word"))
	o.first(word, now, 2*time.Second)
	now = now.Add(2 * time.Second)
	if !o.first(word, now, time.Hour) {
		t.Error("a word is known when its time is over")
	}
	o.forget(now, 100)
	if o.first(word, now, time.Hour) {
		t.Error("the end of the first time made it new")
	}
	if got := len(o.until); got != 1 {
		t.Errorf("%d words are held, want 1", got)
	}
}
