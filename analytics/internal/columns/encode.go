package columns

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// The encoding of a segment:
//
//	byte      layout, here 1
//	varint    hour
//	uvarint   visits, views, actions, exposures: how many
//	columns   in the order of AppendBinary
//	[4]byte   zero, so that eight bytes can be read from any place in a column
//	uint32    CRC-32C of all that
//
// A column is a byte that says how many bytes a value takes, a varint that is to be
// added to each, and the values, in little endian order. Moments are told from the
// start of the visit, starts from that of the hour.
const layout = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendBinary appends s to b in a form that Decode reads. The error is always nil.
func (s *Segment) AppendBinary(b []byte) ([]byte, error) {
	begin := len(b)
	b = append(b, layout)
	b = binary.AppendVarint(b, s.hour)
	for _, n := range []int{len(s.id), len(s.viewTime), len(s.actionTime), len(s.exposureTime)} {
		b = binary.AppendUvarint(b, uint64(n)) //nolint:gosec // a length is not negative (G115)
	}
	w := columnWriter{b: b}
	// Those that would let a few bytes stand for many values take a byte at least.
	appendColumn(&w, s.id, 1)
	appendColumn(&w, s.visitor, 0)
	appendColumn(&w, s.user, 0)
	appendColumn(&w, s.origin, 0)
	w.since(s.start, func(int) int64 { return s.hour * hour })
	w.since(s.last, func(i int) int64 { return s.start[i] })
	appendColumn(&w, s.end, 0)
	w.lengths(s.views)
	w.lengths(s.actions)
	w.lengths(s.exposures)
	w.sinceStart(s, s.views, s.viewTime)
	appendColumn(&w, s.viewPage, 0)
	appendColumn(&w, s.viewEngaged, 0)
	w.sinceStart(s, s.actions, s.actionTime)
	appendColumn(&w, s.actionName, 0)
	appendColumn(&w, s.actionCurrency, 0)
	appendColumn(&w, s.actionValue, 0)
	w.sinceStart(s, s.exposures, s.exposureTime)
	appendColumn(&w, s.exposureArm, 0)
	b = append(w.b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[begin:], castagnoli)), nil
}

// columnWriter appends columns to b.
type columnWriter struct {
	b       []byte
	scratch []int64
}

// number is what a column is made of.
type number interface {
	~int64 | ~int32 | ~uint32 | ~uint8
}

// appendColumn appends values, of width bytes at least.
func appendColumn[T number](w *columnWriter, values []T, width int) {
	w.b = append(w.b, 0)
	at := len(w.b) - 1
	if len(values) == 0 {
		w.b = append(w.b, 0)
		return
	}
	least, most := int64(values[0]), int64(values[0])
	for _, v := range values {
		least, most = min(least, int64(v)), max(most, int64(v))
	}
	width = max(width, (bits.Len64(uint64(most-least))+7)/8) //nolint:gosec // wraps as it should (G115)
	w.b[at] = byte(width)                                    //nolint:gosec // at most 8 (G115)
	w.b = binary.AppendVarint(w.b, least)
	for _, v := range values {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], uint64(int64(v)-least)) //nolint:gosec // wraps as it should (G115)
		w.b = append(w.b, eight[:width]...)
	}
}

// since appends moments, told from those that base returns.
func (w *columnWriter) since(moments []int64, base func(int) int64) {
	w.scratch = w.scratch[:0]
	for i, t := range moments {
		w.scratch = append(w.scratch, t-base(i))
	}
	appendColumn(w, w.scratch, 1)
}

// sinceStart appends the moments of visits, told from their starts.
func (w *columnWriter) sinceStart(s *Segment, bounds []uint32, moments []int64) {
	w.scratch = w.scratch[:0]
	for i, start := range s.start {
		for _, t := range moments[bounds[i]:bounds[i+1]] {
			w.scratch = append(w.scratch, t-start)
		}
	}
	appendColumn(w, w.scratch, 1)
}

// lengths appends how far the bounds are apart.
func (w *columnWriter) lengths(bounds []uint32) {
	w.scratch = w.scratch[:0]
	for i, b := range bounds[1:] {
		w.scratch = append(w.scratch, int64(b)-int64(bounds[i]))
	}
	appendColumn(w, w.scratch, 0)
}
