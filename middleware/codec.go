package middleware

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrUnsupportedValue is returned for a session value of a type that is kept
// only under a typed key: all but string, bool, the integers and floats, []byte,
// []string, [time.Time] and [time.Duration]. Types defined by these are not
// these.
var ErrUnsupportedValue = errors.New("middleware: unsupported type of session value")

var errUndecodable = errors.New("middleware: undecodable session value")

// encodedJSON is the value of a typed key as JSON. The key decodes it, when it
// is asked for.
type encodedJSON string

// encodeValue returns the form of v in a store: readable there, and keeping the
// Go type. An int is bare, so that stores can count with it; every other type
// has a tag in front.
func encodeValue(v any) (string, error) {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v), nil
	case string:
		return "s:" + v, nil
	case bool:
		return "b:" + strconv.FormatBool(v), nil
	case int8:
		return "i8:" + strconv.FormatInt(int64(v), 10), nil
	case int16:
		return "i16:" + strconv.FormatInt(int64(v), 10), nil
	case int32:
		return "i32:" + strconv.FormatInt(int64(v), 10), nil
	case int64:
		return "i64:" + strconv.FormatInt(v, 10), nil
	case uint:
		return "u:" + strconv.FormatUint(uint64(v), 10), nil
	case uint8:
		return "u8:" + strconv.FormatUint(uint64(v), 10), nil
	case uint16:
		return "u16:" + strconv.FormatUint(uint64(v), 10), nil
	case uint32:
		return "u32:" + strconv.FormatUint(uint64(v), 10), nil
	case uint64:
		return "u64:" + strconv.FormatUint(v, 10), nil
	case float32:
		return "f32:" + strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case float64:
		return "f64:" + strconv.FormatFloat(v, 'g', -1, 64), nil
	case []byte:
		return "b64:" + base64.StdEncoding.EncodeToString(v), nil
	case []string:
		return encodeStrings(v)
	case time.Time:
		return encodeTime(v)
	case time.Duration:
		return "d:" + v.String(), nil
	case encodedJSON:
		return "j:" + string(v), nil
	default:
		return "", fmt.Errorf("%w: %T: declare a typed key", ErrUnsupportedValue, v)
	}
}

// encodeStrings writes JSON, as far as JSON can hold the strings: text that is
// not UTF-8 would come back changed, so it goes in base64.
func encodeStrings(v []string) (string, error) {
	if slices.ContainsFunc(v, func(s string) bool { return !utf8.ValidString(s) }) {
		raw := make([][]byte, len(v))
		for i, s := range v {
			raw[i] = []byte(s)
		}
		text, err := json.Marshal(raw)
		return "l64:" + string(text), err
	}
	var b bytes.Buffer
	b.WriteString("l:")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // it is read by people
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// encodeTime writes RFC 3339 to the nanosecond, with the offset but without the
// name of the location. It has years 0 to 9999 only, and offsets of whole minutes;
// with other offsets the same moment is written in UTC.
func encodeTime(t time.Time) (string, error) {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC()
	}
	b, err := t.AppendText([]byte("t:"))
	if err != nil {
		return "", fmt.Errorf("%w: time.Time: %w", ErrUnsupportedValue, err)
	}
	return string(b), nil
}

// decodeValue returns the value that encodeValue wrote. Its errors do not
// contain the value.
func decodeValue(s string) (any, error) {
	tag, text, tagged := strings.Cut(s, ":")
	if !tagged {
		return decoded(strconv.Atoi(s))
	}
	switch tag {
	case "s":
		return text, nil
	case "b":
		return decoded(strconv.ParseBool(text))
	case "i8":
		return decodeInt[int8](text, 8)
	case "i16":
		return decodeInt[int16](text, 16)
	case "i32":
		return decodeInt[int32](text, 32)
	case "i64":
		return decodeInt[int64](text, 64)
	case "u":
		return decodeUint[uint](text, strconv.IntSize)
	case "u8":
		return decodeUint[uint8](text, 8)
	case "u16":
		return decodeUint[uint16](text, 16)
	case "u32":
		return decodeUint[uint32](text, 32)
	case "u64":
		return decodeUint[uint64](text, 64)
	case "f32":
		f, err := strconv.ParseFloat(text, 32)
		return decoded(float32(f), err)
	case "f64":
		return decoded(strconv.ParseFloat(text, 64))
	case "b64":
		return decoded(base64.StdEncoding.DecodeString(text))
	case "l":
		var v []string
		err := json.Unmarshal([]byte(text), &v)
		return decoded(v, err)
	case "l64":
		return decodeRawStrings(text)
	case "t":
		var t time.Time
		err := t.UnmarshalText([]byte(text))
		return decoded(t, err)
	case "d":
		return decoded(time.ParseDuration(text))
	case "j":
		return encodedJSON(text), nil
	default:
		return nil, errUndecodable
	}
}

func decodeInt[T int8 | int16 | int32 | int64](text string, bits int) (any, error) {
	n, err := strconv.ParseInt(text, 10, bits)
	return decoded(T(n), err)
}

func decodeUint[T uint | uint8 | uint16 | uint32 | uint64](text string, bits int) (any, error) {
	n, err := strconv.ParseUint(text, 10, bits)
	return decoded(T(n), err)
}

func decodeRawStrings(text string) (any, error) {
	var raw [][]byte
	err := json.Unmarshal([]byte(text), &raw)
	v := make([]string, len(raw))
	for i, b := range raw {
		v[i] = string(b)
	}
	return decoded(v, err)
}

// decoded drops the cause of an error, which would quote the value, but for the
// type that was asked for.
func decoded[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: not a %T", errUndecodable, v)
	}
	return v, nil
}
