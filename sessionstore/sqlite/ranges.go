package sqlite

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// span is events from one number up to another, without that, which a group was
// delivered at a moment (Unix milliseconds) and has not acknowledged.
type span struct{ from, to, since int64 }

// spans are in order, and apart.
type spans []span

func parseSpans(b []byte) spans {
	var list spans
	at := int64(0)
	for len(b) > 0 {
		var v [3]int64
		for i := range v {
			n, size := binary.Varint(b)
			if size <= 0 {
				return list // damaged: what is delivered again is no harm
			}
			v[i], b = n, b[size:]
		}
		s := span{at + v[0], at + v[0] + v[1], v[2]}
		list, at = append(list, s), s.to
	}
	return list
}

func (l spans) encode() []byte {
	var b []byte
	at := int64(0)
	for _, s := range l {
		b = binary.AppendVarint(b, s.from-at)
		b = binary.AppendVarint(b, s.to-s.from)
		b = binary.AppendVarint(b, s.since)
		at = s.to
	}
	return b
}

// add puts in events that are in no span, or in one that take has shortened.
func (l spans) add(s span) spans {
	i, _ := slices.BinarySearchFunc(l, s.from, func(s span, n int64) int { return cmp.Compare(s.from, n) })
	l = slices.Insert(l, i, s)
	if i+1 < len(l) && l[i+1].from == s.to && l[i+1].since == s.since {
		l[i].to = l[i+1].to
		l = slices.Delete(l, i+1, i+2)
	}
	if i > 0 && l[i-1].to == s.from && l[i-1].since == s.since {
		l[i-1].to = l[i].to
		l = slices.Delete(l, i, i+1)
	}
	return l
}

// remove takes one event out.
func (l spans) remove(n int64) spans {
	i := slices.IndexFunc(l, func(s span) bool { return s.from <= n && n < s.to })
	if i < 0 {
		return l
	}
	switch s := l[i]; {
	case s.to-s.from == 1:
		return slices.Delete(l, i, i+1)
	case n == s.from:
		l[i].from++
	case n == s.to-1:
		l[i].to--
	default:
		l[i].to = n
		return slices.Insert(l, i+1, span{n + 1, s.to, s.since})
	}
	return l
}

// dropBefore takes out what is older than an event, and counts it.
func (l spans) dropBefore(n int64) (rest spans, lost int64) {
	for len(l) > 0 && l[0].from < n {
		gone := min(l[0].to, n) - l[0].from
		lost += gone
		if l[0].from += gone; l[0].from == l[0].to {
			l = l[1:]
		}
	}
	return l, lost
}

// stale returns up to limit events that were delivered by a moment.
func (l spans) stale(by int64, limit int) []int64 {
	var list []int64
	for _, s := range l {
		if s.since > by {
			continue
		}
		for n := s.from; n < s.to && len(list) < limit; n++ {
			list = append(list, n)
		}
	}
	return list
}
