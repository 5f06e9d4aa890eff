// Package agent reads what a User-Agent header claims: the browser, the system, the
// kind of device, and whether a program sent it that no person sits behind.
//
// All of it is claimed by the client: good for counting and for a list of devices,
// and for nothing that has to be true.
package agent

import (
	"strings"

	"github.com/mileusna/useragent"
)

const (
	maxRead  = 512 // bytes of a header looked at; those of browsers are shorter
	maxLabel = 64  // bytes
)

// Agent is what a User-Agent header claims. Fields that it does not tell are empty.
// All are printable ASCII of at most 64 bytes.
type Agent struct {
	// Label is a short form for people to recognise a device by, such as "Firefox
	// 130 on Linux". It cannot forge a line of a log or the direction of a text
	// (ASVS 16.4.1). Keeping less than the whole header is also what privacy asks
	// for.
	Label string

	Browser string // family, such as Firefox, or the name that an app or a program gives itself
	OS      string // family, such as Android
	Device  string // Desktop, Mobile or Tablet; empty for the rest, such as televisions

	// Bot is why the client is taken for a program without a person: Declared,
	// Headless, Tool or None; empty for a browser or an app.
	Bot string
}

// Parse returns what header, the value of a User-Agent, claims. It looks at the first
// 512 bytes. Answers are kept for up to 4096 different headers. It is safe for
// concurrent use.
func Parse(header string) Agent {
	header = header[:min(len(header), maxRead)]
	if a, ok := known.get(header); ok {
		return a
	}
	a := parse(header)
	known.put(strings.Clone(header), a)
	return a
}

func parse(header string) Agent {
	text := printable(header)
	if text == "" {
		return Agent{Bot: None}
	}
	ua := useragent.Parse(text)
	return Agent{
		Label:   label(text, &ua),
		Browser: browser(text, &ua),
		OS:      system(text, &ua),
		Device:  device(text, &ua),
		Bot:     reason(text),
	}
}

// label returns the browser with its major version, and the system.
func label(text string, ua *useragent.UserAgent) string {
	label := ua.Name
	if label == "" || label == text { // nothing recognised
		label, _, _ = strings.Cut(text, "(")
		label, _ = strings.CutPrefix(label, "Mozilla/5.0 ")
		if label = strings.TrimSpace(label); label == "" {
			label = text
		}
	} else if major, _, _ := strings.Cut(ua.Version, "."); major != "" {
		label += " " + major
	}
	if ua.OS != "" {
		label += " on " + ua.OS
	}
	return strings.TrimSpace(label[:min(len(label), maxLabel)])
}

// printable drops all but printable ASCII, and white space at both ends.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, s))
}
