package report

import (
	"slices"
	"strconv"
	"strings"
)

func (p *parser) condition() (Filter, error) {
	if p.token.kind != wordToken && p.token.kind != quotedToken || p.word() {
		return Filter{}, p.fail("expected a field, found %s", p.token)
	}
	f := Filter{Field: Field(p.token.text)}
	kind := fieldKind(f.Field)
	if kind == noField {
		return Filter{}, p.fail("unknown field %q", f.Field)
	}
	if err := p.next(); err != nil {
		return Filter{}, err
	}
	var err error
	if f.Op, err = p.comparison(kind, f.Field); err != nil {
		return Filter{}, err
	}
	for {
		value, err := p.value(kind)
		if err != nil {
			return Filter{}, err
		}
		f.Values = append(f.Values, value)
		if !p.token.mark(",") {
			return f, nil
		}
		if kind == numberField {
			return Filter{}, p.fail("%s takes one number", f.Op)
		}
		if err := p.next(); err != nil {
			return Filter{}, err
		}
	}
}

// comparison reads an Op, which must be one that goes with the field.
func (p *parser) comparison(kind kindOfField, field Field) (Op, error) {
	at := p.token
	var op Op
	switch {
	case p.token.is("is"):
		op = Is
	case p.token.is("matches"):
		op = Matches
	case p.token.is("at"):
		op = AtLeast
	case p.token.is("less"):
		op = LessThan
	default:
		return "", p.fail("expected is, is not, matches, at least or less than, found %s", p.token)
	}
	if err := p.next(); err != nil {
		return "", err
	}
	second := ""
	switch {
	case op == Is && p.token.is("not"):
		op, second = IsNot, "not"
	case op == AtLeast:
		second = "least"
	case op == LessThan:
		second = "than"
	}
	if second != "" {
		if !p.token.is(second) {
			return "", p.fail("expected %s, found %s", second, p.token)
		}
		if err := p.next(); err != nil {
			return "", err
		}
	}
	if numeric := op == AtLeast || op == LessThan; numeric != (kind == numberField) {
		p.token = at
		if kind == numberField {
			return "", p.fail("%s is a number: compare it with at least or less than", field)
		}
		return "", p.fail("%s is text: compare it with is, is not or matches", field)
	}
	return op, nil
}

func (p *parser) value(kind kindOfField) (string, error) {
	if p.token.kind != quotedToken && p.token.kind != wordToken {
		return "", p.fail("expected a value, found %s", p.token)
	}
	if p.word() {
		return "", p.fail("%q is a word of the language: as a value it must be in double quotes", p.token.text)
	}
	value := p.token.text
	if kind == numberField && !isDecimal(value) {
		return "", p.fail("%q is no decimal number", value)
	}
	return value, p.next()
}

// word reports whether the token is a word of the language.
func (p *parser) word() bool {
	return p.token.kind == wordToken && slices.Contains(filterWords, strings.ToLower(p.token.text))
}

// isDecimal reports whether s is a decimal number as conditions take it: digits
// with a sign and a point, and no exponent.
func isDecimal(s string) bool {
	if strings.Trim(s, "-0123456789.") != "" {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}
