// Package terminal prints reports as text for people: in columns that line up, with
// small charts. What visitors sent, such as paths and sources, is stripped of
// everything that could steer a terminal.
package terminal

import "cmp"

// Options says what the terminal is like. The zero value suits any that shows UTF-8.
type Options struct {
	// Width is how many characters fit in a line, at least 40. What does not fit is
	// shortened, if it is a name, or goes on in a table below; numbers are whole
	// always. Characters count as one each, also those that are shown wider.
	// Default: 80.
	Width int

	// Color allows colours, by the escape sequences of ECMA-48. They tell nothing
	// that words and signs do not tell too. Set it only where the output is a terminal
	// and the environment variable NO_COLOR is empty (no-color.org).
	Color bool

	// ASCII keeps to ASCII; other characters become question marks.
	ASCII bool
}

const minWidth = 40

func (o Options) width() int { return max(minWidth, cmp.Or(o.Width, 80)) }

func (o Options) paint(s, code string) string {
	if !o.Color || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// The colours, as parameters of SGR.
const (
	bold  = "1"
	red   = "31"
	green = "32"
)
