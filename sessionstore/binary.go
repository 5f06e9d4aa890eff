package sessionstore

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// recordVersion is the first byte of an encoded record.
const recordVersion = 1

var errBadRecord = errors.New("sessionstore: not an encoded record")

// AppendBinary appends the whole record, what it does not export too, for those
// who write a store. The form begins with its version. It implements
// [encoding.BinaryAppender] and never fails.
func (r *Record) AppendBinary(b []byte) ([]byte, error) {
	w := binaryWriter{b: append(b, recordVersion)}
	w.b = append(w.b, r.ID[:]...)
	w.times(r.Created, r.Seen, r.Until)
	w.int(int64(r.Idle))
	w.credential(&r.Credential)
	w.strings(r.Owner, r.Device.Agent, r.Device.Address, r.Client.ID, r.Client.Key)
	if w.bool(r.Login != nil); r.Login != nil {
		l := r.Login
		w.strings(l.ID, l.User, l.ACR)
		w.times(l.Started, l.Authenticated, l.Until)
		w.int(int64(l.Idle))
		w.list(l.AMR)
	}
	if w.bool(r.Visit != nil); r.Visit != nil {
		w.strings(r.Visit.ID)
		w.times(r.Visit.Started, r.Visit.Until)
		w.int(int64(r.Visit.Idle))
	}
	w.list(r.refused)
	w.int(int64(len(r.Values)))
	for k, v := range r.Values {
		w.strings(k, v)
	}
	w.int(int64(len(r.Cart)))
	for k, n := range r.Cart {
		w.strings(k)
		w.int(n)
	}
	return w.b, nil
}

// UnmarshalBinary reads what [Record.AppendBinary] wrote, also by earlier
// versions of this package. It implements [encoding.BinaryUnmarshaler].
func (r *Record) UnmarshalBinary(data []byte) error {
	if len(data) < 1+len(r.ID) || data[0] != recordVersion {
		return errBadRecord
	}
	*r = Record{ID: ID(data[1:])}
	w := binaryReader{s: string(data[1+len(r.ID):])}
	w.times(&r.Created, &r.Seen, &r.Until)
	r.Idle = time.Duration(w.int())
	w.credential(&r.Credential)
	w.strings(&r.Owner, &r.Device.Agent, &r.Device.Address, &r.Client.ID, &r.Client.Key)
	if w.bool() {
		l := &Login{}
		w.strings(&l.ID, &l.User, &l.ACR)
		w.times(&l.Started, &l.Authenticated, &l.Until)
		l.Idle = time.Duration(w.int())
		l.AMR = w.list()
		r.Login = l
	}
	if w.bool() {
		v := &Visit{}
		w.strings(&v.ID)
		w.times(&v.Started, &v.Until)
		v.Idle = time.Duration(w.int())
		r.Visit = v
	}
	r.refused = w.list()
	if n := w.count(); n > 0 {
		r.Values = make(map[string]string, n)
		for range n {
			var k, v string
			w.strings(&k, &v)
			r.Values[k] = v
			r.size += len(k) + len(v)
		}
	}
	if n := w.count(); n > 0 {
		r.Cart = make(map[string]int64, n)
		for range n {
			var k string
			w.strings(&k)
			r.Cart[k] = w.int()
		}
	}
	if w.bad || w.s != "" {
		return errBadRecord
	}
	return nil
}

type binaryWriter struct{ b []byte }

func (w *binaryWriter) int(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *binaryWriter) bool(is bool) {
	if is {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *binaryWriter) strings(list ...string) {
	for _, s := range list {
		w.b = append(binary.AppendUvarint(w.b, uint64(len(s))), s...)
	}
}

func (w *binaryWriter) list(list []string) {
	w.int(int64(len(list)))
	w.strings(list...)
}

// times writes moments as milliseconds and the nanoseconds beyond, which a limit
// of an odd length may have.
func (w *binaryWriter) times(list ...time.Time) {
	for _, t := range list {
		if w.bool(!t.IsZero()); !t.IsZero() {
			w.int(t.UnixMilli())
			w.int(int64(t.Nanosecond() % int(time.Millisecond)))
		}
	}
}

func (w *binaryWriter) credential(c *Credential) {
	w.int(c.Epoch)
	w.b = append(w.b, c.Current[:]...)
	if w.bool(c.Previous != Hash{}); c.Previous != (Hash{}) {
		w.b = append(w.b, c.Previous[:]...)
	}
	w.times(c.Since, c.Used)
	w.strings(string(c.Sealed))
	w.int(int64(len(c.spent)))
	for _, s := range c.spent {
		w.strings(s.hash)
		w.bool(s.superseded)
	}
}

// binaryReader reads what a binaryWriter wrote. After something that cannot be,
// bad is set and there is nothing more to read.
type binaryReader struct {
	s   string
	bad bool
}

func (w *binaryReader) fail() { w.s, w.bad = "", true }

// take returns the next n bytes.
func (w *binaryReader) take(n uint64) string {
	if n > uint64(len(w.s)) {
		w.fail()
		return ""
	}
	taken := w.s[:n]
	w.s = w.s[n:]
	return taken
}

func (w *binaryReader) uint() uint64 {
	var n uint64
	for i := range len(w.s) {
		if i == binary.MaxVarintLen64 {
			break
		}
		n |= uint64(w.s[i]&0x7f) << (7 * i)
		if w.s[i] < 0x80 {
			w.s = w.s[i+1:]
			return n
		}
	}
	w.fail()
	return 0
}

func (w *binaryReader) int() int64 {
	n := w.uint()
	return int64(n>>1) ^ -int64(n&1) // as encoding/binary has it
}

// count is the length of a list, each entry of which takes a byte at least.
func (w *binaryReader) count() int {
	n := w.int()
	if n < 0 || n > int64(len(w.s)) || n > math.MaxInt32 {
		w.fail()
		return 0
	}
	return int(n)
}

func (w *binaryReader) bool() bool { return w.take(1) == "\x01" }

func (w *binaryReader) strings(list ...*string) {
	for _, s := range list {
		*s = w.take(w.uint())
	}
}

func (w *binaryReader) list() []string {
	n := w.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		w.strings(&list[i])
	}
	return list
}

func (w *binaryReader) times(list ...*time.Time) {
	for _, t := range list {
		if w.bool() {
			ms := w.int()
			*t = time.UnixMilli(ms).Add(time.Duration(w.int())).UTC()
		}
	}
}

func (w *binaryReader) credential(c *Credential) {
	c.Epoch = w.int()
	copy(c.Current[:], w.take(uint64(len(c.Current))))
	if w.bool() {
		copy(c.Previous[:], w.take(uint64(len(c.Previous))))
	}
	w.times(&c.Since, &c.Used)
	var sealed string
	if w.strings(&sealed); sealed != "" {
		c.Sealed = []byte(sealed)
	}
	n := w.count()
	if n > 0 {
		c.spent = make([]spentSecret, n)
	}
	for i := range n {
		w.strings(&c.spent[i].hash)
		c.spent[i].superseded = w.bool()
	}
}
