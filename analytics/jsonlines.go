package analytics

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONLines is a [Recorder] that writes each event as one line of JSON, in the
// form of [Event]'s JSON tags.
//
// A batch is one call of Write, so that several processes may append to one
// local file without mixing their lines. A line is safe to show in a terminal
// whatever the event holds: control and format characters, the bidirectional
// ones among them, are escaped. Characters such as < and & are not. Bytes that
// are not UTF-8 become U+FFFD.
//
// A JSONLines is safe for concurrent use. It does not sync: with a file, what
// was recorded last can be lost in a power failure.
type JSONLines struct {
	mu   sync.Mutex
	w    io.Writer
	torn bool // the last write ended inside a line
}

// NewJSONLines returns a JSONLines that writes to w. It never closes w.
func NewJSONLines(w io.Writer) *JSONLines {
	return &JSONLines{w: w}
}

// Record writes events. It returns w's error, [io.ErrShortWrite] if w took only
// a part without saying why, or an error for an event that has no JSON form (a
// time past the year 9999), in which case nothing was written. Lines that did
// get through before a failure are there twice when the batch comes again; a
// line that was cut off stays behind as a line of its own.
func (j *JSONLines) Record(ctx context.Context, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	lines, err := encode(events)
	if err != nil {
		return err
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("analytics: write events: %w", err)
	}
	if j.torn {
		lines = append([]byte{'\n'}, lines...)
	}
	n, err := j.w.Write(lines)
	if n > 0 && n <= len(lines) {
		j.torn = lines[n-1] != '\n'
	}
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("analytics: write events: %w", err)
	}
	return nil
}

// encode returns events as lines of JSON.
func encode(events []Event) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return nil, fmt.Errorf("analytics: encode event %s: %w", e.ID, err)
		}
	}
	return escape(buf.Bytes()), nil
}

// escape rewrites what encoding/json lets through but a terminal would act on
// (DEL, the C1 controls, the bidirectional and other format characters) as \u
// escapes, which mean the same. Beyond ASCII there is nothing in JSON but the
// inside of strings, so that it need not parse.
func escape(lines []byte) []byte {
	hostile := func(r rune) bool { return r >= 0x7f && !unicode.IsPrint(r) }
	if bytes.IndexFunc(lines, hostile) < 0 {
		return lines
	}
	escaped := make([]byte, 0, len(lines)+64)
	for len(lines) > 0 {
		r, size := utf8.DecodeRune(lines)
		if hostile(r) {
			for _, unit := range utf16.AppendRune(nil, r) {
				escaped = fmt.Appendf(escaped, `\u%04x`, unit)
			}
		} else {
			escaped = append(escaped, lines[:size]...)
		}
		lines = lines[size:]
	}
	return escaped
}
