package middleware

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEncodedForms(t *testing.T) {
	berlin := time.FixedZone("CEST", 2*60*60)
	tests := []struct {
		value any
		want  string
	}{
		{42, "42"},
		{-7, "-7"},
		{0, "0"},
		{math.MinInt32, "-2147483648"},
		{"", "s:"},
		{"42", "s:42"},
		{"s:x", "s:s:x"},
		{"\x00\xff\r\n", "s:\x00\xff\r\n"},
		{true, "b:true"},
		{false, "b:false"},
		{int8(-128), "i8:-128"},
		{int16(16), "i16:16"},
		{int32(32), "i32:32"},
		{int64(math.MinInt64), "i64:-9223372036854775808"},
		{uint(1), "u:1"},
		{uint8(255), "u8:255"},
		{uint16(16), "u16:16"},
		{uint32(32), "u32:32"},
		{uint64(math.MaxUint64), "u64:18446744073709551615"},
		{float32(0.1), "f32:0.1"},
		{0.1, "f64:0.1"},
		{math.Inf(-1), "f64:-Inf"},
		{math.Copysign(0, -1), "f64:-0"},
		{[]byte("\x00\xff"), "b64:AP8="},
		{[]byte{}, "b64:"},
		{[]string{"a", "<b> & \"c\""}, `l:["a","<b> & \"c\""]`},
		{[]string{}, "l:[]"},
		{[]string(nil), "l:null"},
		{[]string{"\xff", "a"}, `l64:["/w==","YQ=="]`},
		{time.Date(2026, 11, 21, 20, 30, 0, 5, time.UTC), "t:2026-11-21T20:30:00.000000005Z"},
		{time.Date(2026, 7, 1, 0, 0, 0, 0, berlin), "t:2026-07-01T00:00:00+02:00"},
		{time.Time{}, "t:0001-01-01T00:00:00Z"},
		{90 * time.Minute, "d:1h30m0s"},
		{time.Duration(math.MinInt64), "d:-2562047h47m16.854775808s"},
		{encodedJSON(`{"a":1}`), `j:{"a":1}`},
	}
	for _, tt := range tests {
		got, err := encodeValue(tt.value)
		if err != nil || got != tt.want {
			t.Errorf("encodeValue(%T %v) = %q, %v; want %q", tt.value, tt.value, got, err, tt.want)
		}
		back, err := decodeValue(got)
		if err != nil || !sameValue(back, tt.value) {
			t.Errorf("decodeValue(%q) = %T %v, %v", got, back, back, err)
		}
	}
}

// sameValue compares as the codec promises: type and content, a time's moment
// and offset, any NaN with any other.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case float32:
		b, ok := b.(float32)
		return ok && (math.Float32bits(a) == math.Float32bits(b) || a != a && b != b)
	case float64:
		b, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(b) || a != a && b != b)
	case time.Time:
		b, ok := b.(time.Time)
		_, offsetA := a.Zone()
		_, offsetB := b.Zone()
		return ok && a.Equal(b) && offsetA == offsetB
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	default:
		return reflect.DeepEqual(a, b)
	}
}

func TestCodecKeepsEveryValue(t *testing.T) {
	rawString := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	minutes := rapid.IntRange(-14*60, 14*60)
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		seconds := rapid.Int64Range(-62_000_000_000, 253_000_000_000).Draw(t, "seconds")
		nanos := rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")
		return time.Unix(seconds, nanos).In(time.FixedZone("", 60*minutes.Draw(t, "offset")))
	})
	values := rapid.OneOf(
		rapid.Int().AsAny(), rapid.String().AsAny(), rawString.AsAny(), rapid.Bool().AsAny(),
		rapid.Int8().AsAny(), rapid.Int16().AsAny(), rapid.Int32().AsAny(), rapid.Int64().AsAny(),
		rapid.Uint().AsAny(), rapid.Uint8().AsAny(), rapid.Uint16().AsAny(), rapid.Uint32().AsAny(), rapid.Uint64().AsAny(),
		rapid.Map(rapid.Uint32(), math.Float32frombits).AsAny(), rapid.Map(rapid.Uint64(), math.Float64frombits).AsAny(),
		rapid.SliceOf(rapid.Byte()).AsAny(), rapid.SliceOf(rapid.String()).AsAny(), rapid.SliceOf(rawString).AsAny(),
		moment.AsAny(), rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) }).AsAny(),
		rapid.Map(rapid.String(), func(s string) encodedJSON { return encodedJSON(s) }).AsAny(),
	)
	rapid.Check(t, func(t *rapid.T) {
		want := values.Draw(t, "value")
		text, err := encodeValue(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeValue(text)
		if err != nil || !sameValue(got, want) {
			t.Fatalf("%T %v came back from %q as %T %v, %v", want, want, text, got, got, err)
		}
		// What was not changed must not look changed when it is stored again.
		if again, err := encodeValue(got); err != nil || again != text {
			t.Fatalf("%q became %q, %v", text, again, err)
		}
	})
}

func TestCodecTimes(t *testing.T) {
	now := time.Now() // with a monotonic reading
	text, err := encodeValue(now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeValue(text)
	if err != nil || got != any(now.Round(0)) && !got.(time.Time).Equal(now) {
		t.Errorf("%v came back as %v, %v", now, got, err)
	}

	// Amsterdam before 1937 was 19 min 32 s ahead, which RFC 3339 cannot say.
	odd := time.Date(1920, 1, 1, 0, 0, 0, 0, time.FixedZone("AMT", 19*60+32))
	text, err = encodeValue(odd)
	if err != nil || text != "t:1919-12-31T23:40:28Z" {
		t.Errorf("odd offset: %q, %v", text, err)
	}

	for _, bad := range []time.Time{
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2000, 1, 1, 0, 0, 0, 0, time.FixedZone("", 24*60*60)),
	} {
		if text, err := encodeValue(bad); !errors.Is(err, ErrUnsupportedValue) {
			t.Errorf("%v: %q, %v", bad, text, err)
		}
	}
}

type testUser struct{ Password string }

type testName string

func TestUnsupportedValues(t *testing.T) {
	for want, v := range map[string]any{
		"<nil>":               nil,
		"middleware.testUser": testUser{"hunter2"},
		"*middleware.testUser": &testUser{
			"hunter2",
		},
		"middleware.testName":    testName("hunter2"),
		"map[string]interface":   map[string]any{"a": "hunter2"},
		"[]interface":            []any{"hunter2"},
		"complex128":             complex(1, 2),
		"*errors.errorString":    errors.New("hunter2"),
		"chan int":               make(chan int),
		"func()":                 func() {},
		"[]int":                  []int{1},
		"time.Month":             time.May,
		"[]middleware.testUser":  []testUser{{"hunter2"}},
		"struct { Token string ": struct{ Token string }{"hunter2"},
	} {
		text, err := encodeValue(v)
		if !errors.Is(err, ErrUnsupportedValue) || text != "" {
			t.Errorf("%s: %q, %v", want, text, err)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, want) || !strings.Contains(msg, "declare a typed key") || strings.Contains(msg, "hunter2") {
			t.Errorf("%s: %s", want, msg)
		}
	}
}

func TestUndecodableValues(t *testing.T) {
	for _, s := range []string{
		"", "x", "4 2", "0x2a", "4.2", "99999999999999999999", "hunter2",
		"zz:hunter2", ":", "i:42", "b:hunter2", "i8:128", "i8:hunter2", "u:-1", "u8:256", "f32:hunter2", "f32:1e99", "f64:1e999",
		"b64:hunter2!", "b64:AP8", "l:hunter2", "l:{}", "l:[1]", `l:["a"]x`, "l64:[\"hunter2!\"]", "t:hunter2", "t:2026-11-21", "d:hunter2", "d:1",
	} {
		v, err := decodeValue(s)
		if !errors.Is(err, errUndecodable) || v != nil {
			t.Errorf("%q: %v, %v", s, v, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error quotes the value: %v", s, err)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, s := range []string{
		"42", "+1", "s:x", "b:T", "i8:1", "u64:1", "f32:NaN", "f64:0x1p-2", "b64:AP8=", "l:[\"a\"]", "l:null",
		"l64:[\"/w==\",null]", "t:2026-11-21T20:30:00.5+02:00", "d:1h", "j:{}", "t:0000-01-01T00:00:00-23:59", "d:.1us", "l:[\"\\ud800\"]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := decodeValue(s)
		if err != nil {
			return
		}
		text, err := encodeValue(v)
		if err != nil {
			t.Fatalf("%q was decoded but is not encoded again: %v", s, err)
		}
		if again, err := decodeValue(text); err != nil || !sameValue(again, v) {
			t.Fatalf("%q: %T %v became %T %v, %v", s, v, v, again, again, err)
		}
	})
}

func BenchmarkEncodeValue(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		encodeValue("a string of some length")
	}
}
