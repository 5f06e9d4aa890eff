package accesslog

import (
	"strconv"
	"strings"
)

// fields takes a line apart, from left to right. Once it has failed, what it returns
// is empty.
type fields struct {
	rest   string
	failed bool
}

// word returns what goes up to the next space, or to the end.
func (f *fields) word() string {
	word, rest, _ := strings.Cut(f.rest, " ")
	if word == "" || strings.ContainsAny(word, "\"[]") && !isAddress(word) {
		f.failed = true
	}
	f.rest = rest
	return word
}

// isAddress lets the brackets of an IPv6 address through.
func isAddress(word string) bool {
	return strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]") && strings.Contains(word, ":") && !strings.Contains(word, "/")
}

func (f *fields) between(left, right byte) string {
	if f.rest == "" || f.rest[0] != left {
		f.failed = true
		return ""
	}
	inner, rest, found := strings.Cut(f.rest[1:], string(right))
	f.failed = f.failed || !found
	f.next(rest)
	return inner
}

// quoted returns what is between quotes. What servers escape is put right: nginx
// writes \x22 for a quote, Apache \" (and \t and the like for control characters).
func (f *fields) quoted() string {
	if f.rest == "" || f.rest[0] != '"' {
		f.failed = true
		return ""
	}
	for i := 1; i < len(f.rest); i++ {
		switch f.rest[i] {
		case '\\':
			i++
		case '"':
			inner := f.rest[1:i]
			f.next(f.rest[i+1:])
			return unescape(inner)
		}
	}
	f.failed = true
	return ""
}

// next goes on behind a field, and the space that ends it.
func (f *fields) next(rest string) {
	after, found := strings.CutPrefix(rest, " ")
	if !found && rest != "" {
		f.failed = true
	}
	f.rest = after
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for s != "" {
		c, rest, found := strings.Cut(s, `\`)
		b.WriteString(c)
		if !found {
			break
		}
		s = unescapeOne(&b, rest)
	}
	return b.String()
}

// unescapeOne puts right what comes behind a backslash, and returns what is left.
func unescapeOne(b *strings.Builder, s string) string {
	if len(s) >= 3 && s[0] == 'x' {
		if n, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			b.WriteByte(byte(n))
			return s[3:]
		}
	}
	if s == "" {
		return s
	}
	const from, to = "nrtbvf", "\n\r\t\b\v\f"
	if i := strings.IndexByte(from, s[0]); i >= 0 {
		b.WriteByte(to[i])
	} else {
		b.WriteByte(s[0])
	}
	return s[1:]
}
