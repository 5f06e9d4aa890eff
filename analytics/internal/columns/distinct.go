package columns

import (
	"math"
	"slices"
)

// pairs are values of groups, in the order in which they came.
type pairs[T any] struct {
	groups []uint32
	values []T
}

func (p *pairs[T]) add(group uint32, value T) {
	p.groups = append(p.groups, group)
	p.values = append(p.values, value)
}

// grow makes room for n values.
func (p *pairs[T]) grow(n int) {
	p.groups = slices.Grow(p.groups, n)
	p.values = slices.Grow(p.values, n)
}

// leftOut is the number of a group that is not gathered.
const leftOut = math.MaxUint32

// grouped are values in the order of their groups: those of a group lie from its
// bound on and before the next.
type grouped[T any] struct {
	bounds []int
	values []T
}

// gather puts the values of all parts in the order of n groups. Within a group they
// stay in the order in which they came. Of part i, renumber[i] says what its groups
// are called in the whole, or that they are leftOut; nil: as they are.
func gather[T any](n int, parts []*pairs[T], renumber [][]uint32) grouped[T] {
	g := grouped[T]{bounds: make([]int, n+1)}
	// Where each part puts its first value of a group.
	places := make([][]int, len(parts))
	together(len(parts), func(at int) {
		counts := make([]int, n)
		for _, c := range parts[at].groups {
			if renumber != nil {
				c = renumber[at][c]
			}
			if c != leftOut {
				counts[c]++
			}
		}
		places[at] = counts
	})
	sum := 0
	for c := range n {
		g.bounds[c] = sum
		for _, counts := range places {
			counts[c], sum = sum, sum+counts[c]
		}
	}
	g.bounds[n] = sum
	g.values = make([]T, sum)
	together(len(parts), func(at int) {
		place := places[at]
		for i, c := range parts[at].groups {
			if renumber != nil {
				c = renumber[at][c]
			}
			if c != leftOut {
				g.values[place[c]] = parts[at].values[i]
				place[c]++
			}
		}
	})
	return g
}

// of returns the values of a group.
func (g *grouped[T]) of(group int) []T { return g.values[g.bounds[group]:g.bounds[group+1]] }

// distinct returns how many different codes each group has, all of which are below
// codes.
func distinct(g grouped[uint32], codes int) []int64 {
	counts := make([]int64, len(g.bounds)-1)
	goroutines := workers(len(g.values) / share)
	seen := make([]bitmap, goroutines)
	each(len(counts), goroutines, func(worker, i int) {
		if seen[worker] == nil {
			seen[worker] = newBitmap(codes)
		}
		values := g.of(i)
		for _, v := range values {
			if seen[worker].add(v) {
				counts[i]++
			}
		}
		seen[worker].remove(values)
	})
	return counts
}

// bitmap is a set of codes.
type bitmap []uint64

func newBitmap(codes int) bitmap { return make(bitmap, (codes+63)/64) }

// add reports whether code is new to b.
func (b bitmap) add(code uint32) bool {
	word, bit := &b[code/64], uint64(1)<<(code%64)
	is := *word&bit == 0
	*word |= bit
	return is
}

func (b bitmap) has(code uint32) bool { return b[code/64]>>(code%64)&1 != 0 }

// remove empties b, which holds nothing but codes.
func (b bitmap) remove(codes []uint32) {
	if len(codes) >= len(b) {
		clear(b)
		return
	}
	for _, c := range codes {
		b[c/64] = 0
	}
}
