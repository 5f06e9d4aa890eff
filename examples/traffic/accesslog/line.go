// Package accesslog reads the access logs of web servers: the Common and the
// Combined Log Format, as Apache and nginx write them.
package accesslog

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Line is one request.
type Line struct {
	Address  string // of the client: an IP address, or a name
	User     string // as HTTP authentication has it; empty: none
	Time     time.Time
	Method   string
	URL      *url.URL
	Protocol string
	Status   int
	Bytes    int64
	Referrer string // empty: none
	Agent    string // empty: none
}

// JunkError says in a few words why a line is none of a log's.
type JunkError string

// Error implements error.
func (e JunkError) Error() string { return string(e) }

// Why a line is junk.
const (
	ErrFormat  JunkError = "not in a log format"
	ErrTooLong JunkError = "longer than 64 KiB"
	ErrTime    JunkError = "no such time"
	ErrRequest JunkError = "not a request of HTTP"
	ErrStatus  JunkError = "no such status"
	ErrLength  JunkError = "no such length"
)

// Parse reads one line, without its end. The errors are those above. What some
// servers write behind the User-Agent is not looked at.
func Parse(text string) (Line, error) {
	var l Line
	f := fields{rest: text}
	l.Address = f.word()
	f.word() // the identity of RFC 1413, which nobody has
	l.User = none(f.word())
	at := f.between('[', ']')
	request := f.quoted()
	status, length := f.word(), f.word()
	if f.failed || l.Address == "" {
		return Line{}, ErrFormat
	}
	if f.rest != "" {
		l.Referrer, l.Agent = none(f.quoted()), none(f.quoted())
	}
	if f.failed {
		return Line{}, ErrFormat
	}
	for _, err := range []error{l.setTime(at), l.setRequest(request), l.setStatus(status), l.setBytes(length)} {
		if err != nil {
			return Line{}, err
		}
	}
	return l, nil
}

const timeFormat = "02/Jan/2006:15:04:05 -0700"

func (l *Line) setTime(text string) error {
	at, err := time.Parse(timeFormat, text)
	if err != nil || len(text) != len(timeFormat) { // time.Parse takes fractions, too
		return ErrTime
	}
	l.Time = at.UTC()
	return nil
}

// setRequest reads a request line (RFC 9112 §3).
func (l *Line) setRequest(text string) error {
	method, rest, _ := strings.Cut(text, " ")
	target, protocol, _ := strings.Cut(rest, " ")
	if !isToken(method) || method == http.MethodConnect {
		return ErrRequest
	}
	if _, _, ok := http.ParseHTTPVersion(protocol); !ok && protocol != "HTTP/2" && protocol != "HTTP/3" {
		return ErrRequest
	}
	to, err := url.ParseRequestURI(target)
	if err != nil {
		return ErrRequest
	}
	l.Method, l.URL, l.Protocol = method, to, protocol
	return nil
}

func (l *Line) setStatus(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || len(text) != 3 || n < 100 || n > 599 {
		return ErrStatus
	}
	l.Status = n
	return nil
}

func (l *Line) setBytes(text string) error {
	if text == "-" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return ErrLength
	}
	l.Bytes = n
	return nil
}

// none returns a field, empty where the log has a dash.
func none(field string) string {
	if field == "-" {
		return ""
	}
	return field
}

// isToken reports whether s is a token of RFC 9110 §5.6.2, as methods are.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c)
	})
}
