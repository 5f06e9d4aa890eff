package columns

import "slices"

// owned is something that belongs to a visitor, to a user, or to another code.
type owned[T any] struct {
	who  uint32
	what T
}

// byOwner puts what was found, by segment, in the order of owners, of which there
// are n. That of an owner stays in the order of segments and visits.
func byOwner[T any](n int, found [][]owned[T]) grouped[T] {
	bounds := make([]int, n+1)
	for _, list := range found {
		for i := range list {
			bounds[list[i].who+1]++
		}
	}
	for i := range n {
		bounds[i+1] += bounds[i]
	}
	g := grouped[T]{bounds: bounds, values: make([]T, bounds[n])}
	place := slices.Clone(bounds[:n])
	for _, list := range found {
		for i := range list {
			at := &place[list[i].who]
			g.values[*at] = list[i].what
			*at++
		}
	}
	return g
}

// block is how many owners are looked at in one go.
const block = 1024

// eachOwner calls do for every owner that has something, from several goroutines.
// Worker is a number below that of goroutines.
func eachOwner[T any](g *grouped[T], goroutines int, do func(worker, who int, what []T)) {
	n := len(g.bounds) - 1
	each((n+block-1)/block, goroutines, func(worker, i int) {
		for who := i * block; who < min(n, (i+1)*block); who++ {
			if what := g.of(who); len(what) > 0 {
				do(worker, who, what)
			}
		}
	})
}
