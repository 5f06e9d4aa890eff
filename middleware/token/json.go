package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of a JSON object. That of the members bounds the work to find a
// name that occurs twice.
const (
	maxDepth   = 8
	maxMembers = 64 // of one object
)

// members are the members of a JSON object, by their names.
type members map[string]json.RawMessage

// text returns a member that must be a string.
func (m members) text(name string) (string, error) {
	raw, ok := m[name]
	if !ok {
		return "", fmt.Errorf("%s is missing", name)
	}
	s, ok := unquote(raw)
	if !ok {
		return "", fmt.Errorf("%s is not a string", name)
	}
	return s, nil
}

// unquote returns what a JSON string says.
func unquote(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if inside := string(raw[1 : len(raw)-1]); !strings.Contains(inside, `\`) {
		return inside, true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// object returns the members of a JSON object that has no name twice, however
// deep, and nothing behind it. It keeps parts of b. Names that differ in case
// only count as the same, because encoding/json takes them for one another.
func object(b []byte) (members, error) {
	// Decoders replace what is not UTF-8, each in its own way.
	if !utf8.Valid(b) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(b) {
		return nil, errors.New("not JSON")
	}
	w := walker{text: b}
	if w.skip(""); w.text[w.at] != '{' {
		return nil, errors.New("not a JSON object")
	}
	return w.object(0)
}

// walker walks over text that is known to be valid JSON, so that it need not
// look for what cannot be there.
type walker struct {
	text []byte
	at   int
}

// skip goes to the next byte that is neither a space nor one of the others.
func (w *walker) skip(others string) {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n"+others, w.text[w.at]) >= 0 {
		w.at++
	}
}

func (w *walker) object(depth int) (members, error) {
	m := members{}
	for w.at++; ; {
		w.skip(",")
		if w.text[w.at] == '}' {
			w.at++
			return m, nil
		}
		name, ok := unquote(w.string())
		if !ok || len(m) == maxMembers {
			return nil, errors.New("too many members")
		}
		for other := range m {
			if strings.EqualFold(name, other) {
				return nil, errors.New("a name occurs twice")
			}
		}
		w.skip(":")
		start := w.at
		if err := w.value(depth + 1); err != nil {
			return nil, err
		}
		m[name] = w.text[start:w.at:w.at]
	}
}

func (w *walker) value(depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deeply")
	}
	switch w.text[w.at] {
	case '{':
		_, err := w.object(depth)
		return err
	case '[':
		for w.at++; ; {
			w.skip(",")
			if w.text[w.at] == ']' {
				w.at++
				return nil
			}
			if err := w.value(depth + 1); err != nil {
				return err
			}
		}
	case '"':
		w.string()
	default: // a number, true, false or null
		for w.at < len(w.text) && strings.IndexByte(" \t\r\n,]}", w.text[w.at]) < 0 {
			w.at++
		}
	}
	return nil
}

// string returns a string with its quotes.
func (w *walker) string() []byte {
	start := w.at
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	return w.text[start:w.at]
}
