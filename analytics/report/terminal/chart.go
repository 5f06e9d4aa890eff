package terminal

import (
	"math"
	"strings"
)

// sparkline draws values, of which nil is not known, in as many characters at most;
// of more values, neighbours are put together by their mean. The lowest mark is 0,
// the highest the largest value.
func (o Options) sparkline(values []*float64, width int) string {
	marks, unknown := []rune("▁▂▃▄▅▆▇█"), " "
	if o.ASCII {
		marks = []rune("_.-:=+*#")
	}
	values = condense(values, width)
	largest := 0.0
	for _, v := range values {
		if v != nil {
			largest = max(largest, *v)
		}
	}
	var b strings.Builder
	for _, v := range values {
		switch {
		case v == nil:
			b.WriteString(unknown)
		case largest == 0:
			b.WriteRune(marks[0])
		default:
			b.WriteRune(marks[int(math.Round(*v/largest*float64(len(marks)-1)))])
		}
	}
	return b.String()
}

// condense returns no more values than width.
func condense(values []*float64, width int) []*float64 {
	if len(values) <= width {
		return values
	}
	condensed := make([]*float64, width)
	for i := range condensed {
		sum, n := 0.0, 0
		for _, v := range values[i*len(values)/width : (i+1)*len(values)/width] {
			if v != nil {
				sum += *v
				n++
			}
		}
		if n > 0 {
			condensed[i] = new(sum / float64(n))
		}
	}
	return condensed
}

// bar draws a share of a full bar of width characters, to an eighth of one.
func (o Options) bar(share float64, width int) string {
	share = min(max(share, 0), 1)
	if o.ASCII {
		return strings.Repeat("#", int(math.Round(share*float64(width))))
	}
	eighths := int(math.Round(share * float64(width) * 8))
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar
}
