package columns

import (
	"math"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// milliseconds are durations. Those that are bounded take half the memory.
type milliseconds interface{ int32 | int64 }

// sum is how many values of some milliseconds there are, and what they come to.
type sum struct{ n, total int64 }

func (s *sum) add(ms int64) {
	s.n++
	s.total += ms
}

func (s *sum) merge(t sum) {
	s.n += t.n
	s.total += t.total
}

// duration returns what some milliseconds are, or the longest that there is: the
// sum over ten million visits can be longer.
func duration(ms int64) time.Duration {
	if ms > math.MaxInt64/int64(time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(ms) * time.Millisecond
}

// spread returns how values of that sum lie. It puts them in another order. Without
// quantiles the values are not needed.
func spread[T milliseconds](s sum, values []T, at []float64) report.Spread {
	r := report.Spread{N: s.n, Sum: duration(s.total)}
	if s.n > 0 && len(at) > 0 {
		r.At = quantiles(values, at)
	}
	return r
}

// quantiles returns the quantiles of values, of which there is one at least, by
// Hyndman and Fan's definition 7. It puts values in another order.
//
// R. J. Hyndman, Y. Fan: Sample Quantiles in Statistical Packages. The American
// Statistician 50 (1996), 361-365.
func quantiles[T milliseconds](values []T, at []float64) []time.Duration {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, at[a]-at[b])) })
	found := make([]time.Duration, len(at))
	done := 0 // so many of the least values are in their places
	for _, i := range order {
		rank := at[i] * float64(len(values)-1)
		below := int(rank)
		for r := below; r <= min(below+1, len(values)-1); r++ {
			if r >= done {
				place(values[done:], r-done)
				done = r + 1
			}
		}
		low, high := values[below], values[min(below+1, len(values)-1)]
		found[i] = duration(int64(math.Floor(float64(low) + (rank-float64(below))*float64(high-low) + 0.5)))
	}
	return found
}

// place puts the value of that rank where it belongs, and all that are less before
// it. It takes linear time, but for values that lie as if to prevent that.
func place[T milliseconds](values []T, rank int) {
	for tries := 64; len(values) > 32 && tries > 0; tries-- {
		n := len(values)
		pivot := median(values[n/4], values[n/2], values[3*n/4])
		// Less than the pivot, like it, not looked at yet, more.
		less, same, more := 0, 0, n
		for same < more {
			switch v := values[same]; {
			case v < pivot:
				values[less], values[same] = v, values[less]
				less++
				same++
			case v > pivot:
				more--
				values[same], values[more] = values[more], v
			default:
				same++
			}
		}
		switch {
		case rank < less:
			values = values[:less]
		case rank < more:
			return
		default:
			values, rank = values[more:], rank-more
		}
	}
	slices.Sort(values)
}

func median[T milliseconds](a, b, c T) T { return max(min(a, b), min(max(a, b), c)) }
