package plan

import (
	"math"
	"math/rand/v2"
	"time"
)

// chance is what a plan is drawn with.
type chance struct{ *rand.Rand }

// of is true with the given probability.
func (c chance) of(p float64) bool { return c.Float64() < p }

// upTo returns a number from 1 to n, small ones more often.
func (c chance) upTo(n int) int {
	k := 1
	for k < n && c.of(0.6) {
		k++
	}
	return k
}

// think returns how long a person looks before the next step: half of them less
// than 9 s, none more than [MaxThink].
func (c chance) think() time.Duration {
	d := time.Duration(9 * math.Exp(c.NormFloat64()) * float64(time.Second))
	return min(max(d, time.Second), MaxThink).Round(time.Millisecond)
}

// MaxThink is the longest pause between two steps of one visit.
const MaxThink = 2 * time.Minute

func one[T any](c chance, of []T) T { return of[c.IntN(len(of))] }

// weighted returns one of the choices, each as often as its weight says.
func weighted[T interface{ weigh() int }](c chance, choices []T) T {
	sum := 0
	for _, choice := range choices {
		sum += choice.weigh()
	}
	at := c.IntN(sum)
	for _, choice := range choices {
		if at -= choice.weigh(); at < 0 {
			return choice
		}
	}
	return choices[len(choices)-1]
}
