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
	b := make([]byte, 0, 64*len(values))
	var faults []error
	for key, v := range values {
		text, err := encodeValue(v)
		if err != nil {
			faults = append(faults, fmt.Errorf("session value %q: %w", key, err))
			continue
		}
		b = appendPacked(b, key, text)
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		return nil, errors.Join(faults...)
	}
	return b, nil
}

// Decode implements [scs.Codec]. The deadline it returns is far in the future.
func (scsCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	values := make(map[string]any)
	err := eachPacked(b, func(key, text string) error {
		v, err := decodeValue(text)
		if err != nil {
			return fmt.Errorf("session value %q: %w", key, err)
		}
		values[key] = v
		return nil
	})
	if err != nil {
		return time.Time{}, nil, err
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
		b = appendPacked(b, key, v)
	}
	return b
}

func appendPacked(b []byte, key, value string) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(key))), key...)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// unpackValues returns what packValues packed.
func unpackValues(b []byte) (map[string]string, error) {
	values := make(map[string]string)
	err := eachPacked(b, func(key, value string) error {
		if _, twice := values[key]; twice {
			return errMalformed
		}
		values[key] = value
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// eachPacked hands over key after value until there are no more, or yield fails.
// All are parts of one string: none of them outlives the request for long.
func eachPacked(b []byte, yield func(key, value string) error) error {
	text := string(b)
	for len(b) > 0 {
		var pair [2]string
		for i := range pair {
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) { //nolint:gosec // n is at most len(b) (G115)
				return errMalformed
			}
			end := n + int(size) //nolint:gosec // likewise
			pair[i], text, b = text[n:end], text[end:], b[end:]
		}
		if err := yield(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}
