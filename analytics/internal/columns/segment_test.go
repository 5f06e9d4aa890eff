package columns

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// segmentsOfAnything draws segments with values from all that their types can hold.
func segmentsOfAnything(t *rapid.T) *Segment {
	at := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "hour")
	code := rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32())
	moment := rapid.OneOf(rapid.Int64Range(at*hour, at*hour+2*day), rapid.Int64())
	visits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Visit {
		v := Visit{
			ID: rapid.Int64().Draw(t, "id"), Visitor: code.Draw(t, "visitor"), User: code.Draw(t, "user"), Origin: code.Draw(t, "origin"),
			Start: at*hour + rapid.Int64Range(0, hour-1).Draw(t, "start"), End: End(rapid.Byte().Draw(t, "end")),
		}
		v.Last = moment.Draw(t, "last")
		for range rapid.IntRange(0, 3).Draw(t, "views") {
			v.Views = append(v.Views, View{Time: moment.Draw(t, "time"), Page: code.Draw(t, "page"), Engaged: rapid.Int32().Draw(t, "engaged")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "actions") {
			v.Actions = append(v.Actions, Action{
				Time: moment.Draw(t, "time"), Name: code.Draw(t, "name"), Currency: code.Draw(t, "currency"), Value: rapid.Int64().Draw(t, "value"),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "exposures") {
			v.Exposures = append(v.Exposures, Exposure{Time: moment.Draw(t, "time"), Arm: code.Draw(t, "arm")})
		}
		return v
	}), 0, 20).Draw(t, "visits")
	return Build(at, visits)
}

func TestDecode_returnsWhatWasEncoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := segmentsOfAnything(t)
		b, err := s.AppendBinary([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(b[len("before"):]); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("Decode = %+v, %v, want %+v", got, err, s)
		}
	})
}

// What was cut or changed anywhere is not taken for a segment.
func TestDecode_refusesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	b := encoded(t)
	for i := range b {
		if _, err := Decode(b[:i]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("of the first %d bytes: %v", i, err)
		}
		b[i] ^= 0x20
		if _, err := Decode(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("with another byte %d: %v", i, err)
		}
		b[i] ^= 0x20
	}
}

// A segment that claims to hold more than it can is refused before there is room
// for it, which there could not be.
func TestDecode_makesRoomForWhatIsThereOnly(t *testing.T) {
	t.Parallel()
	for name, counts := range map[string][4]uint64{
		"visits": {1 << 40, 0, 0, 0}, "views": {1, math.MaxUint64, 0, 0}, "actions": {1, 1, 1 << 33, 0}, "exposures": {0, 0, 0, 1 << 62},
	} {
		b := append([]byte{layout}, 0)
		for _, n := range counts {
			b = binary.AppendUvarint(b, n)
		}
		b = sealed(append(b, make([]byte, 100)...))
		if _, err := Decode(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("too many %s: %v", name, err)
		}
	}
}

func encoded(t testing.TB) []byte {
	t.Helper()
	b, err := Build(5, []Visit{
		{
			ID: 7, Visitor: 300, User: 2, Origin: 70_000, Start: 5*hour + 3, Last: 6 * hour, End: 1,
			Views:     []View{{Time: 5*hour + 3, Page: 1, Engaged: -1}, {Time: 5*hour + 9, Page: 2, Engaged: 100}},
			Actions:   []Action{{Time: 6 * hour, Name: 1, Currency: 1, Value: 999}},
			Exposures: []Exposure{{Time: 5*hour + 3, Arm: 1}},
		},
		{ID: 8, Visitor: 5, Start: 5*hour + 4, Last: 5*hour + 4},
	}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sealed returns b as Decode expects its end.
func sealed(b []byte) []byte {
	b = append(b, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func FuzzDecode(f *testing.F) {
	b := encoded(f)
	f.Add(b[:len(b)-8])
	f.Add([]byte{layout, 0, 1, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Decode(b); err == nil && len(b) < 8 {
			t.Fatal("a segment of less than its end")
		}
		// Behind a checksum that is right, every byte may be wrong still.
		s, err := Decode(sealed(b))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if s.Bytes() > 1000+100*len(b) {
			t.Fatalf("%d bytes became %d", len(b), s.Bytes())
		}
		again, err := s.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(again); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%+v became %+v, %v", s, got, err)
		}
	})
}

// The order of visits, and of what happened in them, is not that in which they
// come.
func TestBuild_putsThingsInOrder(t *testing.T) {
	t.Parallel()
	given := []Visit{
		{ID: 2, Start: 10, Last: 10},
		{ID: 3, Start: 5, Last: 90, Views: []View{{Key: 9, Time: 20, Page: 4}, {Key: -1, Time: 20, Page: 3}, {Key: 50, Time: 7, Page: 1}}},
		{ID: 1, Start: 10, Last: 10, Actions: []Action{{Key: 2, Time: 10, Name: 2}, {Key: 1, Time: 10, Name: 1}}},
	}
	s := Build(0, given)
	if want := []int64{3, 1, 2}; !reflect.DeepEqual(s.id, want) {
		t.Errorf("visits %v, want %v", s.id, want)
	}
	if want := []uint32{1, 3, 4}; !reflect.DeepEqual(s.pagesOf(0), want) {
		t.Errorf("pages %v, want %v", s.pagesOf(0), want)
	}
	if want := []uint32{1, 2}; !reflect.DeepEqual(s.actionsOf(1), want) {
		t.Errorf("actions %v, want %v", s.actionsOf(1), want)
	}
	if given[0].ID != 2 || given[1].Views[0].Page != 4 {
		t.Error("Build changed what it was given")
	}
	if s.Hour() != 0 || s.Len() != 3 || s.Bytes() < 3*57 {
		t.Errorf("hour %d, %d visits, %d bytes", s.Hour(), s.Len(), s.Bytes())
	}
}
