package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean returns s without what steers a terminal or the order of writing: control
// characters, and invisible ones of formatting, which have those of bidirectional
// text among them.
func (o Options) clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return -1
		case o.ASCII && r >= utf8.RuneSelf:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// length returns how many characters s takes up; combining marks take none.
func length(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			n++
		}
	}
	return n
}

// shorten cuts s so that it takes up no more than width, which is at least 3.
func (o Options) shorten(s string, width int) string {
	if length(s) <= width {
		return s
	}
	mark := "…"
	if o.ASCII {
		mark = "..."
	}
	room := width - length(mark)
	for i, r := range s {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			continue
		}
		if room == 0 {
			return s[:i] + mark
		}
		room--
	}
	return s
}
