package columns

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// share is how many visits make it worth while to go through them in another
// goroutine.
const share = 4096

// scan calls visit for each segment with visits in the selection, and with these,
// from several goroutines at once. Each of them has a part of its own, which make
// returns, told how many visits to expect; scan returns all parts. At is the
// segment's place in the set.
func scan[P any](ctx context.Context, sel *selection, make func(visits int) P, visit func(part P, at int, s *Segment, visits []uint32)) ([]P, error) {
	segments := sel.set.Segments
	all := 0
	for _, s := range segments {
		if err := sel.set.holds(s); err != nil {
			return nil, err
		}
		if sel.reaches(s) {
			all += s.Len()
		}
	}
	parts := []P{}
	goroutines := workers(all / share)
	expected := 0 // with conditions nobody knows
	if sel.test == nil {
		expected = all / goroutines * 9 / 8
	}
	for range goroutines {
		parts = append(parts, make(expected))
	}
	var next atomic.Int64
	together(len(parts), func(worker int) {
		var visits []uint32
		for ctx.Err() == nil {
			at := int(next.Add(1)) - 1
			if at >= len(segments) {
				return
			}
			s := segments[at]
			if !sel.reaches(s) {
				continue
			}
			if visits = sel.visits(s, visits[:0]); len(visits) > 0 {
				visit(parts[worker], at, s, visits)
			}
		}
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("columns: %w", context.Cause(ctx))
	}
	return parts, nil
}

// workers returns how many goroutines so many pieces of work are worth.
func workers(pieces int) int { return max(1, min(runtime.GOMAXPROCS(0), pieces)) }

// together calls do n times at once, and waits. The last is called here.
func together(n int, do func(worker int)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for worker := range n - 1 {
		wg.Go(func() { do(worker) })
	}
	do(n - 1)
}

// each calls do for every index below n, from so many goroutines at most. Each of
// them has a worker number of its own.
func each(n, goroutines int, do func(worker, i int)) {
	var next atomic.Int64
	together(min(goroutines, max(n, 1)), func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(worker, i)
		}
	})
}

// holds returns an error if a code of s is beyond the lists of the set.
func (set *Set) holds(s *Segment) error {
	for _, c := range []struct {
		what string
		code uint32
		n    int
	}{
		{"visitor", s.most.visitor, len(set.First)},
		{"user", s.most.user, len(set.Users)},
		{"origin", s.most.origin, len(set.Origins)},
		{"page", s.most.page, len(set.Pages)},
		{"action", s.most.action, len(set.Actions)},
		{"currency", s.most.currency, len(set.Currencies)},
		{"arm", s.most.arm, len(set.Arms)},
		{"end", uint32(s.most.end), len(set.Ends)},
	} {
		if int64(c.code) >= int64(c.n) {
			return fmt.Errorf("columns: segment of hour %d has %s %d, of which there are %d", s.hour, c.what, c.code, c.n)
		}
	}
	return nil
}
