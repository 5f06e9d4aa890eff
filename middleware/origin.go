package middleware

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/agent"
)

const (
	maxOriginValue = 128     // bytes
	maxQueryRead   = 8 << 10 // bytes of a query looked at

	platformHeader = "Sojourn-Platform" // "app" is what apps may send that hold a cookie
)

// originOf tells where a visit comes from that begins with r, and on what it is
// made. A client that holds tokens is taken for an app.
func originOf(r *http.Request, tokens bool) analytics.Origin {
	o := touchOf(r)
	a := agent.Parse(r.Header.Get("User-Agent"))
	o.Device, o.Browser, o.OS, o.Bot = a.Device, a.Browser, a.OS, a.Bot
	o.Language = languageOf(r.Header.Get("Accept-Language"))
	switch {
	case tokens, r.Header.Get(platformHeader) == "app":
		o.Platform = "app"
	case a.Browser != "" && a.Bot == "":
		o.Platform = "web"
	}
	return o
}

// touchOf tells of the campaign that led to a request, and of the site.
func touchOf(r *http.Request) analytics.Origin {
	o := analytics.Origin{Referrer: referrerOf(r)}
	query := r.URL.RawQuery
	for param := range strings.SplitSeq(query[:min(len(query), maxQueryRead)], "&") {
		name, value, _ := strings.Cut(param, "=")
		field := (*string)(nil)
		switch name {
		case "utm_source":
			field = &o.Source
		case "utm_medium":
			field = &o.Medium
		case "utm_campaign":
			field = &o.Campaign
		case "utm_term":
			field = &o.Term
		case "utm_content":
			field = &o.Content
		case "gclid", "gbraid", "wbraid", "msclkid", "fbclid", "ttclid", "twclid", "li_fat_id", "yclid", "dclid":
			if o.Click == "" {
				o.Click = strings.Clone(name) // a part of the query, which would live on with it
			}
			continue
		default:
			continue
		}
		if *field == "" {
			*field = originValue(value)
		}
	}
	return o
}

// originValue returns what a parameter says, decoded, printable and cut.
func originValue(escaped string) string {
	const read = 4 * maxOriginValue
	if len(escaped) > read {
		escaped = escaped[:read]
		if i := strings.LastIndexByte(escaped, '%'); i > read-3 {
			escaped = escaped[:i] // it was cut in two
		}
	}
	value, err := url.QueryUnescape(escaped)
	if err != nil {
		value = escaped
	}
	value = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, value)
	return strings.Clone(strings.TrimSpace(cut(strings.TrimSpace(value), maxOriginValue)))
}

// cut returns the beginning of s, whole runes of up to limit bytes.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// referrerOf returns the host of the page that led to a request, in lower case
// and without "www." and port, or nothing if it is the request's own.
func referrerOf(r *http.Request) string {
	header := r.Header["Referer"]
	if len(header) == 0 {
		return ""
	}
	scheme, rest, ok := strings.Cut(header[0], "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if rest == r.Host { // as nearly always
		return ""
	}
	host := hostName(rest[strings.LastIndexByte(rest, '@')+1:])
	if host == hostName(r.Host) || len(host) > maxOriginValue || !isHostName(host) {
		return ""
	}
	return strings.Clone(host)
}

// hostName returns a host in lower case, without "www.", port and final dot.
func hostName(host string) string {
	if name, port, found := strings.Cut(host, ":"); found && !strings.Contains(port, ":") {
		host = name
	} else if inner, ok := strings.CutPrefix(host, "["); ok { // an IPv6 address
		host, _, _ = strings.Cut(inner, "]")
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(host), "."), "www.")
}

// isHostName reports whether s can be a host that a browser names: letters,
// digits, '-', '_' and dots, or an address.
func isHostName(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return s != ""
}

// languageOf returns the primary subtag (RFC 5646 §2.2.1) of the first language
// in an Accept-Language header.
func languageOf(header string) string {
	tag, _, _ := strings.Cut(header[:min(len(header), maxOriginValue)], ",")
	tag, _, _ = strings.Cut(tag, ";")
	tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
	if len(tag) < 2 || len(tag) > 8 {
		return ""
	}
	for i := range len(tag) {
		if c := tag[i] | 0x20; c < 'a' || c > 'z' {
			return ""
		}
	}
	return strings.Clone(strings.ToLower(tag))
}
