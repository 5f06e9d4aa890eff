package middleware

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/mileusna/useragent"

	"github.com/sojourn-go/sojourn/sessionstore"
)

const (
	maxAgentRead  = 512 // bytes of a User-Agent looked at; those of browsers are shorter
	maxAgentLabel = 64  // bytes, see sessionstore.Device
)

// deviceOf describes the client for people to recognise it by. Both halves are
// claims, fit for a list of devices and for nothing that has to be true.
func deviceOf(r *http.Request, trusted []netip.Prefix) sessionstore.Device {
	d := sessionstore.Device{Agent: agentLabel(r.Header.Get("User-Agent"))}
	if addr := clientAddress(r, trusted); addr.IsValid() {
		d.Address = addr.String()
	}
	return d
}

// agentLabel returns a short form of a User-Agent, such as "Firefox 130 on
// Linux". It is printable ASCII, so that it cannot forge a line of a log or the
// direction of a text (ASVS 16.4.1). Keeping less than the whole header is also
// what privacy asks for.
func agentLabel(header string) string {
	text := printable(header[:min(len(header), maxAgentRead)])
	if text == "" {
		return ""
	}
	ua := useragent.Parse(text)
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
	return strings.TrimSpace(label[:min(len(label), maxAgentLabel)])
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
