package accesslog

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLinesAreReadFieldByField(t *testing.T) {
	at := time.Date(2026, 3, 1, 11, 30, 5, 0, time.UTC)
	const head = `192.0.2.7 - - [01/Mar/2026:12:30:05 +0100] `
	tests := map[string]struct {
		text string
		want Line
	}{
		"common": {
			`2001:db8::1 - frank [01/Mar/2026:11:30:05 +0000] "GET /tea/sencha?x=1 HTTP/1.1" 200 2326`,
			Line{Address: "2001:db8::1", User: "frank", Time: at, Method: "GET", Protocol: "HTTP/1.1", Status: 200, Bytes: 2326, URL: &url.URL{Path: "/tea/sencha", RawQuery: "x=1"}},
		},
		"combined": {
			head + `"POST / HTTP/2.0" 303 - "https://www.google.com/" "Mozilla/5.0 (X11)"`,
			Line{
				Address: "192.0.2.7", Time: at, Method: "POST", Protocol: "HTTP/2.0", Status: 303, URL: &url.URL{Path: "/"},
				Referrer: "https://www.google.com/", Agent: "Mozilla/5.0 (X11)",
			},
		},
		"no referrer, no agent": {
			head + `"GET / HTTP/1.0" 200 5 "-" "-"`,
			Line{Address: "192.0.2.7", Time: at, Method: "GET", Protocol: "HTTP/1.0", Status: 200, Bytes: 5, URL: &url.URL{Path: "/"}},
		},
		"quotes as Apache escapes them": {
			head + `"GET / HTTP/1.1" 200 5 "-" "a \"b\" \\ c\tt"`,
			Line{Address: "192.0.2.7", Time: at, Method: "GET", Protocol: "HTTP/1.1", Status: 200, Bytes: 5, URL: &url.URL{Path: "/"}, Agent: "a \"b\" \\ c\tt"},
		},
		"quotes as nginx does": {
			head + `"GET / HTTP/1.1" 200 5 "-" "a \x22b\x22"`,
			Line{Address: "192.0.2.7", Time: at, Method: "GET", Protocol: "HTTP/1.1", Status: 200, Bytes: 5, URL: &url.URL{Path: "/"}, Agent: `a "b"`},
		},
		"more fields behind": {
			head + `"GET / HTTP/1.1" 200 5 "-" "curl/8" "10.0.0.1" 0.003`,
			Line{Address: "192.0.2.7", Time: at, Method: "GET", Protocol: "HTTP/1.1", Status: 200, Bytes: 5, URL: &url.URL{Path: "/"}, Agent: "curl/8"},
		},
	}
	for name, tt := range tests {
		got, err := Parse(tt.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.URL.String() != tt.want.URL.String() {
			t.Errorf("%s: %v, want %v", name, got.URL, tt.want.URL)
		}
		got.URL, tt.want.URL = nil, nil
		if got != tt.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, tt.want)
		}
	}
}

func TestJunkIsToldByReason(t *testing.T) {
	const good = `192.0.2.7 - - [01/Mar/2026:12:30:05 +0100] "GET / HTTP/1.1" 200 5 "-" "curl/8"`
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	tests := map[string]error{
		"":                                      ErrFormat,
		"junk":                                  ErrFormat,
		good[:40]:                               ErrFormat,
		good[1:20]:                              ErrFormat,
		strings.TrimSuffix(good, `"`):           ErrFormat,
		strings.Replace(good, `"GET`, `GET`, 1): ErrFormat,
		strings.Replace(good, `200 5`, `200  5`, 1):            ErrFormat,
		strings.Replace(good, `"-" `, `"-"`, 1):                ErrFormat,
		strings.Replace(good, "01/Mar", "31/Feb", 1):           ErrTime,
		strings.Replace(good, ":05 ", ":05.5 ", 1):             ErrTime,
		strings.Replace(good, ":05 ", " ", 1):                  ErrTime,
		strings.Replace(good, "GET / HTTP/1.1", "-", 1):        ErrRequest,
		strings.Replace(good, "GET / HTTP/1.1", `\x16\x03`, 1): ErrRequest,
		strings.Replace(good, "GET / HTTP/1.1", "GET /", 1):    ErrRequest,
		strings.Replace(good, "GET / ", "GET a ", 1):           ErrRequest,
		strings.Replace(good, "GET / ", "CONNECT a:1 ", 1):     ErrRequest,
		strings.Replace(good, "GET / ", "GET /a b ", 1):        ErrRequest,
		strings.Replace(good, " 200 ", " 20 ", 1):              ErrStatus,
		strings.Replace(good, " 200 ", " +20 ", 1):             ErrStatus,
		strings.Replace(good, " 200 ", " 999 ", 1):             ErrStatus,
		strings.Replace(good, " 5 ", " five ", 1):              ErrLength,
		strings.Replace(good, " 5 ", " -5 ", 1):                ErrLength,
	}
	for text, want := range tests {
		if l, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%s\nis read as %+v, %v; want %v", text, l, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`192.0.2.7 - - [01/Mar/2026:12:30:05 +0100] "GET / HTTP/1.1" 200 5 "-" "curl/8"`)
	f.Add(`[::1] - frank [01/Mar/2026:12:30:05 -0930] "GET /\x22?q=\"a\" HTTP/2" 304 - "http://a\\" "\x"`)
	f.Add(`a b c [] "" 1 1`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse(text)
		if err != nil {
			if _, ok := errors.AsType[JunkError](err); !ok || l.URL != nil {
				t.Errorf("%+v, %v", l, err)
			}
			return
		}
		if l.Address == "" || l.Method == "" || l.URL == nil || l.Time.IsZero() || l.Time.Location() != time.UTC ||
			l.Status < 100 || l.Status > 599 || l.Bytes < 0 {
			t.Errorf("%+v", l)
		}
	})
}
