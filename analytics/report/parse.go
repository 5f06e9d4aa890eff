package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The bounds of a text that [ParseFilter] reads.
const (
	maxFilterLength = 16 << 10 // bytes
	maxFilterDepth  = 32       // of parentheses and nots in one another
)

// FilterError is why a text is no filter. It wraps [ErrQuestion].
type FilterError struct {
	Text    string
	Offset  int    // in bytes, of what is wrong in Text
	Problem string // such as `unknown field "sorce"`
}

// Error returns the problem and its place, counted in characters from 1.
func (e *FilterError) Error() string {
	at := utf8.RuneCountInString(e.Text[:e.Offset]) + 1
	return fmt.Sprintf("report: filter, at character %d: %s", at, e.Problem)
}

// Unwrap returns [ErrQuestion].
func (e *FilterError) Unwrap() error { return ErrQuestion }

// ParseFilter reads a filter, such as
//
//	source is google and (device is mobile, tablet or not duration at least 60)
//
// A condition is a [Field], a comparison (see [Op]) and a value, or several with
// commas between them where one of them is enough. Conditions are joined by "and"
// and "or", of which "and" binds closer, turned round by "not", and grouped by
// parentheses; "()" lets every visit through, as does an empty text. Words other
// than letters, digits and /._-*:+%@?&=#~, and those of the language itself, stand
// in double quotes, with backslashes as in Go: page is "/a b". Words of the
// language may be in capitals. Text is 16 KiB at most, with up to 32 groups and nots
// inside one another. An error is a [*FilterError].
func ParseFilter(s string) (Filter, error) {
	if len(s) > maxFilterLength {
		return Filter{}, &FilterError{Text: s, Problem: fmt.Sprintf("the text has %d bytes, more than %d", len(s), maxFilterLength)}
	}
	p := parser{text: s}
	if err := p.next(); err != nil {
		return Filter{}, err
	}
	if p.token.kind == endToken {
		return Filter{}, nil
	}
	f, err := p.either(0)
	if err != nil {
		return Filter{}, err
	}
	if p.token.kind != endToken {
		return Filter{}, p.fail("expected and, or, or the end, found %s", p.token)
	}
	return f, nil
}

type tokenKind int

const (
	endToken tokenKind = iota
	wordToken
	quotedToken
	markToken // a parenthesis or comma
)

type token struct {
	kind   tokenKind
	text   string
	offset int
}

func (t token) String() string {
	if t.kind == endToken {
		return "the end"
	}
	return strconv.Quote(t.text)
}

// is reports whether t is this word of the language.
func (t token) is(word string) bool { return t.kind == wordToken && strings.EqualFold(t.text, word) }

func (t token) mark(m string) bool { return t.kind == markToken && t.text == m }

// parser reads by recursive descent; token is what comes next.
type parser struct {
	text   string
	offset int
	token  token
}

func (p *parser) fail(format string, args ...any) error {
	return &FilterError{Text: p.text, Offset: p.token.offset, Problem: fmt.Sprintf(format, args...)}
}

func (p *parser) next() error {
	rest := strings.TrimLeft(p.text[p.offset:], " \t\r\n")
	p.offset = len(p.text) - len(rest)
	p.token = token{offset: p.offset}
	switch {
	case rest == "":
		return nil
	case strings.ContainsRune("(),", rune(rest[0])):
		p.token.kind, p.token.text = markToken, rest[:1]
		p.offset++
		return nil
	case rest[0] == '"':
		literal, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return p.fail("the quotes are not closed, or hold a faulty backslash")
		}
		unquoted, err := strconv.Unquote(literal)
		if err != nil {
			return p.fail("faulty quotes: %v", err)
		}
		p.token.kind, p.token.text = quotedToken, unquoted
		p.offset += len(literal)
		return nil
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return !bare(r) })
	if end < 0 {
		end = len(rest)
	}
	if end == 0 {
		r, _ := utf8.DecodeRuneInString(rest)
		return p.fail("%q must be in double quotes", r)
	}
	p.token.kind, p.token.text = wordToken, rest[:end]
	p.offset += end
	return nil
}

func (p *parser) either(depth int) (Filter, error) {
	list, err := p.list(depth, "or", p.both)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return Filter{Any: list}, nil
}

func (p *parser) both(depth int) (Filter, error) {
	list, err := p.list(depth, "and", p.operand)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return Filter{All: list}, nil
}

func first(list []Filter) Filter {
	if len(list) == 0 {
		return Filter{}
	}
	return list[0]
}

func (p *parser) list(depth int, between string, operand func(int) (Filter, error)) ([]Filter, error) {
	var list []Filter
	for {
		f, err := operand(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
		if !p.token.is(between) {
			return list, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) operand(depth int) (Filter, error) {
	group, negation := p.token.mark("("), p.token.is("not")
	if !group && !negation {
		return p.condition()
	}
	if depth == maxFilterDepth {
		return Filter{}, p.fail("more than %d groups inside one another", maxFilterDepth)
	}
	if err := p.next(); err != nil {
		return Filter{}, err
	}
	if negation {
		f, err := p.operand(depth + 1)
		return Filter{Not: &f}, err
	}
	if p.token.mark(")") {
		return Filter{}, p.next()
	}
	f, err := p.either(depth + 1)
	if err != nil {
		return Filter{}, err
	}
	if !p.token.mark(")") {
		return Filter{}, p.fail("expected ), found %s", p.token)
	}
	return f, p.next()
}
