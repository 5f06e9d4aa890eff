package accesslog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

const maxLine = 64 << 10 // bytes

// Read returns the lines of a log, which may be compressed with gzip. With a line
// that is junk it yields a [JunkError] and goes on; any other error is the last.
// Blank lines are passed over.
func Read(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		plain, err := decompressed(r)
		if err != nil {
			yield(Line{}, err)
			return
		}
		for {
			text, err := nextLine(plain)
			if err == nil && strings.TrimSpace(text) == "" {
				continue
			}
			var l Line
			if err == nil {
				l, err = Parse(text)
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if _, junk := errors.AsType[JunkError](err); err != nil && !junk {
				yield(Line{}, fmt.Errorf("reading the log: %w", err))
				return
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

// decompressed looks for the magic number of gzip (RFC 1952 §2.3.1).
func decompressed(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, maxLine)
	if magic, err := b.Peek(2); err != nil || !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil //nolint:nilerr // what is too short is not compressed; reading it tells of any error
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("reading the log: %w", err)
	}
	return bufio.NewReaderSize(z, maxLine), nil
}

// nextLine returns the next line without its end, or ErrTooLong in place of one that
// does not fit the buffer.
func nextLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && (len(line) > 0 || long) {
		err = nil
	}
	switch {
	case err != nil:
		return "", err
	case long:
		return "", ErrTooLong
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}
