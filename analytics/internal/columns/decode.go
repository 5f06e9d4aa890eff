package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrCorrupt is wrapped by the errors of Decode for what is no segment, or not any
// longer.
var ErrCorrupt = errors.New("columns: corrupt segment")

// Decode returns the segment that AppendBinary made b of. It keeps no part of b.
func Decode(b []byte) (*Segment, error) {
	if len(b) < 8 || binary.LittleEndian.Uint32(b[len(b)-4:]) != crc32.Checksum(b[:len(b)-4], castagnoli) {
		return nil, fmt.Errorf("%w: checksum", ErrCorrupt)
	}
	return decode(b)
}

// decode is Decode for what has the right checksum.
func decode(b []byte) (*Segment, error) {
	if b[0] != layout {
		return nil, fmt.Errorf("%w: layout %d", ErrCorrupt, b[0])
	}
	r := columnReader{b: b, at: 1}
	s := &Segment{hour: r.varint()}
	visits, views, actions, exposures := r.count(), r.count(), r.count(), r.count()
	if r.err != nil {
		return nil, r.err
	}
	s.id = readColumn[int64](&r, visits, 1)
	s.visitor = readColumn[uint32](&r, visits, 0)
	s.user = readColumn[uint32](&r, visits, 0)
	s.origin = readColumn[uint32](&r, visits, 0)
	s.start = readColumn[int64](&r, visits, 1)
	s.last = readColumn[int64](&r, visits, 1)
	s.end = readColumn[End](&r, visits, 0)
	s.views = r.bounds(visits, views)
	s.actions = r.bounds(visits, actions)
	s.exposures = r.bounds(visits, exposures)
	s.viewTime = readColumn[int64](&r, views, 1)
	s.viewPage = readColumn[uint32](&r, views, 0)
	s.viewEngaged = readColumn[int32](&r, views, 0)
	s.actionTime = readColumn[int64](&r, actions, 1)
	s.actionName = readColumn[uint32](&r, actions, 0)
	s.actionCurrency = readColumn[uint32](&r, actions, 0)
	s.actionValue = readColumn[int64](&r, actions, 0)
	s.exposureTime = readColumn[int64](&r, exposures, 1)
	s.exposureArm = readColumn[uint32](&r, exposures, 0)
	if r.err == nil && r.at != len(b)-8 {
		r.fail("length")
	}
	if r.err != nil {
		return nil, r.err
	}
	for i := range s.start {
		if s.start[i] < 0 || s.start[i] >= hour {
			return nil, fmt.Errorf("%w: start outside of the hour", ErrCorrupt)
		}
		s.start[i] += s.hour * hour
		s.last[i] += s.start[i]
	}
	s.fromStart(s.views, s.viewTime)
	s.fromStart(s.actions, s.actionTime)
	s.fromStart(s.exposures, s.exposureTime)
	s.derive()
	return s, nil
}

// fromStart turns what is told from the start of a visit into moments.
func (s *Segment) fromStart(bounds []uint32, times []int64) {
	for i, start := range s.start {
		for j := bounds[i]; j < bounds[i+1]; j++ {
			times[j] += start
		}
	}
}

// columnReader reads columns from b, up to the first fault.
type columnReader struct {
	b   []byte // ends with eight bytes that belong to no column
	at  int
	err error
}

func (r *columnReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s at byte %d", ErrCorrupt, what, r.at)
	}
}

// left returns how many bytes of columns there are still.
func (r *columnReader) left() int { return len(r.b) - 8 - r.at }

func (r *columnReader) varint() int64 {
	v, n := binary.Varint(r.b[r.at:])
	if n <= 0 || n > r.left() {
		r.fail("number")
		return 0
	}
	r.at += n
	return v
}

// count reads how many of something there are, each of which takes a byte at
// least.
func (r *columnReader) count() int {
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 || n > r.left() || v > uint64(len(r.b)) {
		r.fail("count")
		return 0
	}
	r.at += n
	return int(v) //nolint:gosec // as many as there are bytes (G115)
}

// readColumn reads n values, each of which takes so many bytes at least.
func readColumn[T number](r *columnReader, n, least int) []T {
	if r.err != nil {
		return nil
	}
	if r.left() < 1 {
		r.fail("column")
		return nil
	}
	width := int(r.b[r.at])
	r.at++
	base := r.varint()
	if r.err != nil {
		return nil
	}
	if width > 8 || n*width > r.left() || n > 0 && width < least {
		r.fail("column")
		return nil
	}
	values := make([]T, n)
	mask := ^uint64(0) >> (64 - 8*width)
	b := r.b[r.at:]
	for i := range values {
		values[i] = T(base + int64(binary.LittleEndian.Uint64(b)&mask)) //nolint:gosec // wraps as it was written (G115)
		b = b[width:]
	}
	r.at += n * width
	return values
}

// bounds reads the numbers of values of n visits, which have all of them together.
func (r *columnReader) bounds(n, all int) []uint32 {
	lengths := readColumn[uint32](r, n, 0)
	bounds := make([]uint32, 1, n+1)
	sum := uint64(0)
	for _, l := range lengths {
		sum += uint64(l)
		if sum > uint64(all) { //nolint:gosec // a length is not negative (G115)
			break
		}
		bounds = append(bounds, uint32(sum)) //nolint:gosec // not above all (G115)
	}
	if r.err == nil && sum != uint64(all) { //nolint:gosec // as above (G115)
		r.fail("lengths")
	}
	return bounds
}
