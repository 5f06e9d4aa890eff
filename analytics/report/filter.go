package report

import (
	"slices"
	"strconv"
	"strings"
)

// String returns the filter in the language of [ParseFilter], which reads it back
// as the same condition. The zero Filter is the empty text, and "()" within
// another. Of a filter with a fault, the text is for people alone.
func (f Filter) String() string {
	if f.zero() {
		return ""
	}
	var b strings.Builder
	f.write(&b)
	return b.String()
}

func (f Filter) zero() bool {
	return len(f.All) == 0 && len(f.Any) == 0 && f.Not == nil && f.Field == "" && f.Op == "" && len(f.Values) == 0
}

func (f Filter) write(b *strings.Builder) {
	switch {
	case f.zero():
		b.WriteString("()")
	case len(f.All) > 0:
		writeList(b, f.All, " and ")
	case len(f.Any) > 0:
		writeList(b, f.Any, " or ")
	case f.Not != nil:
		b.WriteString("not ")
		writeOperand(b, *f.Not)
	default:
		b.WriteString(quoted(string(f.Field)) + " " + string(f.Op) + " ")
		for i, v := range f.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoted(v))
		}
	}
}

func writeList(b *strings.Builder, list []Filter, between string) {
	if len(list) == 1 {
		list[0].write(b)
		return
	}
	for i, f := range list {
		if i > 0 {
			b.WriteString(between)
		}
		writeOperand(b, f)
	}
}

// writeOperand writes f in parentheses where it is a list of its own.
func writeOperand(b *strings.Builder, f Filter) {
	for len(f.All) == 1 || len(f.All) == 0 && len(f.Any) == 1 {
		f = slices.Concat(f.All, f.Any)[0]
	}
	if len(f.All) > 1 || len(f.Any) > 1 {
		b.WriteString("(")
		f.write(b)
		b.WriteString(")")
		return
	}
	f.write(b)
}

// The words of the language, which a value has to be quoted to be.
var filterWords = []string{"and", "or", "not", "is", "matches", "at", "least", "less", "than"}

// quoted returns s as a word of the language.
func quoted(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool { return !bare(r) }) < 0 &&
		!slices.Contains(filterWords, strings.ToLower(s))
	if plain {
		return s
	}
	return strconv.Quote(s)
}

// bare reports whether r may stand in a word without quotes.
func bare(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-*:+%@?&=#~", r)
}

// kindOfField tells which comparisons go with a field.
type kindOfField int

const (
	noField kindOfField = iota
	textField
	numberField
)

func fieldKind(f Field) kindOfField {
	if slices.Contains(numberFields, f) {
		return numberField
	}
	if slices.Contains(textFields, f) || slices.Contains(dimensions, Dimension(f)) {
		return textField
	}
	if name, ok := strings.CutPrefix(string(f), string(FieldArm)); ok && name != "" {
		return textField
	}
	return noField
}

// The fields beside the dimensions and arms, and the dimensions.
var (
	numberFields = []Field{FieldViews, FieldActions, FieldDuration, FieldEngagement}
	textFields   = []Field{FieldUser, FieldSession, FieldPage, FieldRoute, FieldScreen, FieldAction}
	dimensions   = []Dimension{
		BySource, ByMedium, ByCampaign, ByTerm, ByContent, ByChannel, ByReferrer, ByPlatform, ByDevice, ByBrowser, ByOS,
		ByLanguage, ByBot, ByEntry, ByExit, ByVisitor, ByLogin, ByEnd, ByHour, ByDay, ByWeek, ByMonth,
	}
)
