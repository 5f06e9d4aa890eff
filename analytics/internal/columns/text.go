package columns

import (
	"cmp"
	"slices"
	"strings"
)

// dictionary gives texts codes, in the order in which they come.
type dictionary struct {
	texts []string
	codes map[string]uint32
}

// code returns the code of text.
func (d *dictionary) code(text string) uint32 {
	code, ok := d.codes[text]
	if !ok {
		if d.codes == nil {
			d.codes = map[string]uint32{}
		}
		code = uint32(len(d.texts)) //nolint:gosec // as many as there are codes in a set (G115)
		d.codes[text] = code
		d.texts = append(d.texts, text)
	}
	return code
}

// ranks returns the place of each text in the order of texts, by code.
func (d *dictionary) ranks() []uint64 {
	order := make([]int, len(d.texts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(d.texts[a], d.texts[b]) })
	ranks := make([]uint64, len(order))
	for rank, code := range order {
		ranks[code] = uint64(rank)
	}
	return ranks
}

// matches reports whether text is pattern, where * is any run of characters.
func matches(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(text, part)
		}
		// The earliest place leaves the most for the parts to come.
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], more
	}
}
