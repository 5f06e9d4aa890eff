package middleware

import (
	"net/http"
	"strings"
)

// showing says whether a response shows a page.
type showing int

const (
	nothing    showing = iota
	page               // to somebody
	prefetched         // maybe never
	unknown            // which the beginning of the body will tell
)

// shows says what a response with this status, these headers and this beginning of
// the body shows. It asks the cheapest first: most requests are no navigations.
func (st *state) shows(status int, body opening) showing {
	r := st.request
	if st.bearer || st.aside || r.Method != http.MethodGet || !isShown(status) || !navigates(r.Header) {
		return nothing
	}
	is := nothing
	h := st.writer.under.Header()
	switch types, declared := h["Content-Type"]; {
	case declared && len(types) > 0:
		if isHTML(types[0]) {
			is = page
		}
	case status == http.StatusNotModified: // which leaves it out
		is = page
	case declared, first(h, "Content-Encoding") != "": // net/http does not sniff then
	case body.isEmpty():
		return unknown
	case isHTML(body.contentType()):
		is = page
	}
	if is == page && prefetches(r.Header) {
		is = prefetched
	}
	return is
}

// isShown reports whether browsers show what comes with a status as a new page.
func isShown(status int) bool {
	switch status {
	case http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent:
		return false
	case http.StatusNotModified:
		return true
	}
	return status >= 200 && status < 300
}

// navigates reports whether a browser opens a document. Those that do not say so,
// older than 2023, ask for HTML before all else.
func navigates(h http.Header) bool {
	if dest := h["Sec-Fetch-Dest"]; len(dest) > 0 {
		return dest[0] == "document"
	}
	return strings.Contains(first(h, "Accept"), "text/html")
}

// prefetches reports whether a browser fetches what may never be shown; what is
// rendered before it is shown counts as that, too.
func prefetches(h http.Header) bool {
	return strings.HasPrefix(first(h, "Sec-Purpose"), "prefetch") || first(h, "Purpose") == "prefetch" || first(h, "X-Moz") == "prefetch"
}

func isHTML(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.TrimSpace(media)
	return strings.EqualFold(media, "text/html") || strings.EqualFold(media, "application/xhtml+xml")
}

// opening is the beginning of a body, in the form in which the handler wrote it.
type opening struct {
	bytes []byte
	text  string
}

func (o opening) isEmpty() bool { return len(o.bytes) == 0 && o.text == "" }

// contentType returns what net/http takes the body for if the handler does not say.
func (o opening) contentType() string {
	const sniffed = 512 // bytes that matter
	if o.text != "" {
		return http.DetectContentType([]byte(o.text[:min(len(o.text), sniffed)]))
	}
	return http.DetectContentType(o.bytes)
}
