package sqlite

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// all returns the events in the spans, and when they were delivered.
func (l spans) all() map[int64]int64 {
	m := map[int64]int64{}
	for _, s := range l {
		for n := s.from; n < s.to; n++ {
			m[n] = s.since
		}
	}
	return m
}

func TestSpans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var l spans
		want := map[int64]int64{}
		next := int64(1)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			now := int64(rapid.IntRange(1, 3).Draw(rt, "now"))
			n := rapid.Int64Range(1, 60).Draw(rt, "n")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0: // delivers new events
				to := next + n%9 + 1
				l = l.add(span{next, to, now})
				for ; next < to; next++ {
					want[next] = now
				}
			case 1: // delivers again
				if _, ok := want[n]; ok {
					l = l.remove(n).add(span{n, n + 1, now})
					want[n] = now
				}
			case 2:
				l = l.remove(n)
				delete(want, n)
			case 3:
				var lost int64
				l, lost = l.dropBefore(n / 4)
				before := len(want)
				maps.DeleteFunc(want, func(i, _ int64) bool { return i < n/4 })
				if int(lost) != before-len(want) {
					rt.Fatalf("dropBefore(%d) counts %d, want %d", n/4, lost, before-len(want))
				}
			}
			l = parseSpans(l.encode())
			if got := l.all(); !maps.Equal(got, want) {
				rt.Fatalf("%v, want %v", l, want)
			}
			stale := slices.Sorted(maps.Keys(want))
			stale = slices.DeleteFunc(stale, func(i int64) bool { return want[i] > 2 })
			if got := l.stale(2, 5); !slices.Equal(got, stale[:min(len(stale), 5)]) {
				rt.Fatalf("stale = %v, want the first five of %v", got, stale)
			}
		}
	})
}
