package middleware

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// scsCodec is how scs hands values over. It asks for one byte slice; this one
// is only carried from one function to the next in memory, while stores keep
// the values one by one.
type scsCodec struct{}

var _ scs.Codec = scsCodec{}

// scsDeadline satisfies scs, which wants a deadline. The record's limits count.
var scsDeadline = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Encode implements [scs.Codec]. It ignores the deadline.
func (scsCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	encoded := make(map[string]string, len(values))
	var faults []error
	for key, v := range values {
		text, err := encodeValue(v)
		if err != nil {
			faults = append(faults, fmt.Errorf("session value %q: %w", key, err))
			continue
		}
		encoded[key] = text
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, errors.Join(faults...)
	}
	return packValues(encoded), nil
}

// Decode implements [scs.Codec]. The deadline it returns is far in the future.
func (scsCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	encoded, err := unpackValues(b)
	if err != nil {
		return time.Time{}, nil, err
	}
	values := make(map[string]any, len(encoded))
	for key, text := range encoded {
		v, err := decodeValue(text)
		if err != nil {
			return time.Time{}, nil, fmt.Errorf("session value %q: %w", key, err)
		}
		values[key] = v
	}
	return scsDeadline, values, nil
}

var errMalformed = errors.New("middleware: malformed block of session values")

// packValues returns the values as one block: key after value after key, each
// behind its length. An empty map is an empty block, not nil.
func packValues(values map[string]string) []byte {
	size := 0
	for key, v := range values {
		size += len(key) + len(v) + 2*binary.MaxVarintLen32
	}
	b := make([]byte, 0, size)
	for key, v := range values {
		b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
		b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
	}
	return b
}

// unpackValues returns what packValues packed. The strings are copies, so that
// keeping one of them does not keep the block.
func unpackValues(b []byte) (map[string]string, error) {
	values := make(map[string]string)
	for len(b) > 0 {
		var key, v string
		var ok bool
		if key, b, ok = cutPacked(b); !ok {
			return nil, errMalformed
		}
		if v, b, ok = cutPacked(b); !ok {
			return nil, errMalformed
		}
		if _, twice := values[key]; twice {
			return nil, errMalformed
		}
		values[key] = v
	}
	return values, nil
}

func cutPacked(b []byte) (s string, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 {
		return "", nil, false
	}
	if b = b[n:]; size > uint64(len(b)) {
		return "", nil, false
	}
	return string(b[:size]), b[size:], true
}
