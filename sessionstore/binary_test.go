package sessionstore

import (
	"reflect"
	"testing"
	"time"
)

func fullRecord() *Record {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC)
	r := &Record{
		ID: NewID(), Created: at, Seen: at.Add(time.Minute), Idle: time.Hour, Until: at.AddDate(400, 0, 0).Add(1),
		Owner: "ann\xff\x00", Device: Device{"agent", "::1"}, Client: Client{"app", "key"},
		Login: &Login{ID: "l", User: "ann\xff\x00", Started: at, Authenticated: at, Idle: 1, AMR: []string{"pwd", "otp"}, ACR: "high"},
		Visit: &Visit{ID: "v", Started: at, Idle: time.Minute, Until: at.Add(time.Hour)},
		Credential: Credential{
			Epoch: 7, Current: hashOf(1), Since: at, Previous: hashOf(2), Sealed: []byte("sealed"), Used: at,
			spent: []spentSecret{{hashOf(3).short(), true}, {hashOf(4).short(), false}},
		},
		Values:  map[string]string{"": "", "key": "value", "long": string(make([]byte, 300))},
		Cart:    map[string]int64{"apple": 1, "pear": 1 << 40},
		refused: []string{"x", "y"},
	}
	for k, v := range r.Values {
		r.size += len(k) + len(v)
	}
	return r
}

func TestRecord_binary(t *testing.T) {
	t.Parallel()
	for _, rec := range []*Record{fullRecord(), {}, {ID: NewID(), Idle: time.Hour}} {
		b, err := rec.AppendBinary([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		var got Record
		if err := got.UnmarshalBinary(b[len("before"):]); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&got, rec) {
			t.Errorf("read back as\n%+v\nwant\n%+v", &got, rec)
		}
	}
}

// What is no record is refused, and never brings the process down.
func TestRecord_UnmarshalBinary_damaged(t *testing.T) {
	t.Parallel()
	b, _ := fullRecord().AppendBinary(nil)
	for n := range b {
		var r Record
		if err := r.UnmarshalBinary(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are taken for a record", n, len(b))
		}
	}
	if err := new(Record).UnmarshalBinary(append(b, 0)); err == nil {
		t.Error("a byte too many is taken for a record")
	}
	for i := range b {
		for _, to := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			c := append([]byte(nil), b...)
			c[i] = to
			_ = new(Record).UnmarshalBinary(c) // may be another record; must not panic
		}
	}
}
