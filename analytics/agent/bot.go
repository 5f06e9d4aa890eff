package agent

import (
	_ "embed"
	"strings"
	"sync"
)

// Why a client is taken for a program, see [Agent]. An app of a platform's own HTTP
// library, such as okhttp, is not: people use apps.
const (
	Declared = "declared" // it says so: a crawler, a link preview, a monitor, an assistant that fetches pages
	Headless = "headless" // a browser without a screen, or one under the control of a program
	Tool     = "tool"     // a command-line tool or an HTTP library
	None     = "none"     // no User-Agent at all
)

//go:embed crawlers.txt
var crawlers string

//go:embed programs.txt
var programs string

// names returns the texts of both lists by the three bytes they begin with, so that
// a header is compared with few of them.
var names = sync.OnceValue(func() map[[3]byte][]name {
	index := map[[3]byte][]name{}
	var reason string
	for line := range strings.Lines(crawlers + programs) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if inner, ok := strings.CutPrefix(line, "["); ok {
			reason = strings.TrimSuffix(inner, "]")
			continue
		}
		text, first := strings.CutPrefix(line, "^")
		key := [3]byte([]byte(text))
		index[key] = append(index[key], name{text, reason, first})
	}
	return index
})

type name struct {
	text   string
	reason string
	first  bool // found only where the header begins
}

// reason returns why text, which is not empty, is taken for a program's. What a
// program says of itself goes before what it was made with: a crawler is Declared
// also when it drives a browser without a screen. An address of a page alone says
// less than either, for libraries give their home pages.
func reason(text string) string {
	if saysBot(strings.ToLower(text)) {
		return Declared
	}
	var headless, tool bool
	index := names()
	for i := range len(text) - 2 {
		for _, n := range index[[3]byte([]byte(text[i:i+3]))] {
			if n.first && i > 0 || !strings.HasPrefix(text[i:], n.text) {
				continue
			}
			switch n.reason {
			case Declared:
				return Declared
			case Headless:
				headless = true
			case Tool:
				tool = true
			}
		}
	}
	switch {
	case headless:
		return Headless
	case tool:
		return Tool
	case strings.Contains(text, "://"):
		return Declared
	}
	return ""
}

// saysBot reports whether one of the words that crawlers call themselves by is in
// lower.
func saysBot(lower string) bool {
	for _, word := range []string{"crawl", "spider", "scrape", "scraping", "slurp"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	for rest := lower; ; {
		before, after, found := strings.Cut(rest, "bot")
		if !found {
			return false
		}
		ends := strings.TrimPrefix(after, "s")
		if (ends == "" || ends[0] < 'a' || ends[0] > 'z') && !strings.HasSuffix(before, "cu") { // Cubot makes phones
			return true
		}
		rest = after
	}
}
