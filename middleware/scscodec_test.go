package middleware

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPackValues(t *testing.T) {
	if b := packValues(nil); b == nil || len(b) != 0 {
		t.Errorf("no values: %v", b)
	}
	if values, err := unpackValues(nil); err != nil || values == nil || len(values) != 0 {
		t.Errorf("nothing: %v, %v", values, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "values")
		got, err := unpackValues(packValues(want))
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestUnpackValuesRefuses(t *testing.T) {
	whole := packValues(map[string]string{"key": strings.Repeat("v", 300)})
	for n := 1; n < len(whole); n++ {
		if v, err := unpackValues(whole[:n]); !errors.Is(err, errMalformed) {
			t.Errorf("cut after %d bytes: %v, %v", n, v, err)
		}
	}
	for name, b := range map[string]string{
		"huge length":      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"length overflows": "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"twice":            "\x01a\x00\x01a\x00",
	} {
		if v, err := unpackValues([]byte(b)); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestScsCodec(t *testing.T) {
	want := map[string]any{
		"int": 1, "int64": int64(2), "string": "x", "bytes": []byte{3}, "time": time.Unix(4, 5).UTC(),
		"strings": []string{"a"}, "json": encodedJSON("{}"), "": true, "nan": 1.5,
	}
	b, err := scsCodec{}.Encode(time.Now(), want)
	if err != nil {
		t.Fatal(err)
	}
	deadline, got, err := scsCodec{}.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if time.Until(deadline) < 100*365*24*time.Hour {
		t.Errorf("deadline %v would end sessions", deadline)
	}
	if !maps.EqualFunc(got, want, sameValue) {
		t.Errorf("got %v", got)
	}

	b, err = scsCodec{}.Encode(time.Time{}, nil)
	if err != nil || b == nil {
		t.Errorf("no values: %v, %v", b, err)
	}
	if _, got, err = (scsCodec{}).Decode(b); err != nil || got == nil {
		t.Errorf("no values: %v, %v", got, err) // scs writes into the map
	}
}

func TestScsCodecNamesTheKey(t *testing.T) {
	_, err := scsCodec{}.Encode(time.Time{}, map[string]any{"good": 1, "user": testUser{"hunter2"}, "nothing": nil})
	if !errors.Is(err, ErrUnsupportedValue) {
		t.Fatal(err)
	}
	want := `session value "nothing": middleware: unsupported type of session value: <nil>: declare a typed key
session value "user": middleware: unsupported type of session value: middleware.testUser: declare a typed key`
	if err.Error() != want {
		t.Errorf("got %s", err)
	}
	_, _, err = scsCodec{}.Decode(packValues(map[string]string{"broken": "i8:hunter2"}))
	if !errors.Is(err, errUndecodable) || !strings.Contains(err.Error(), `"broken"`) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if _, _, err = (scsCodec{}).Decode([]byte{9}); !errors.Is(err, errMalformed) {
		t.Errorf("got %v", err)
	}
}

func FuzzUnpackValues(f *testing.F) {
	f.Add(packValues(map[string]string{"a": "b", "": "cd"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		values, err := unpackValues(b)
		if err != nil {
			return
		}
		if again, err := unpackValues(packValues(values)); err != nil || !maps.Equal(again, values) {
			t.Fatalf("%q, %v", again, err)
		}
	})
}
