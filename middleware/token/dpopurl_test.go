package token

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTarget(t *testing.T) {
	for _, c := range []struct{ htu, want string }{
		{"https://h", "https://h/"},
		{"https://h/", "https://h/"},
		{"HTTP://H.Example:80/A", "http://h.example/A"},
		{"https://h:443/a", "https://h/a"},
		{"https://h:/a", "https://h/a"},
		{"https://h:80/a", "https://h:80/a"},
		{"http://h:443/a", "http://h:443/a"},
		{"https://h:0443/a", "https://h:0443/a"},
		{"https://h:8443/a", "https://h:8443/a"},
		{"https://h./a", "https://h./a"},
		{"https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"},
		{"https://[::1]:8443/a", "https://[::1]:8443/a"},
		{"https://h/%7euser/%41%2d%2E%5F", "https://h/~user/A-._"},
		{"https://h/%e2%82%ac", "https://h/%E2%82%AC"},
		{"https://h/a%2fb", "https://h/a%2Fb"},
		{"https://h/a%252fb", "https://h/a%252fb"},
		{"https://h/a+b", "https://h/a+b"},
		{"https://h/a%2Bb", "https://h/a%2Bb"},
		{"https://h//a//b/", "https://h//a//b/"},
		{"https://h/a;b=c,d:e@f!$&'()*", "https://h/a;b=c,d:e@f!$&'()*"},
		{"https://h/...", "https://h/..."},
		{"https://h/..%2fa", "https://h/..%2Fa"},
		{"https://h/%00", "https://h/%00"},
		{"https://h?q", "https://h/"},
		{"https://h/a?b/../c", "https://h/a"},
		{"https://h/a#b?c", "https://h/a"},
		{"https://h/a?", "https://h/a"},
	} {
		if got, err := targetOf(c.htu); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", c.htu, got, err)
		}
	}
}

func TestTargetRefused(t *testing.T) {
	for _, htu := range []string{
		"", "/a", "//h/a", "h/a", "https", "https:", "https://", "https:///a", "https:h/a", "https:/h/a", "ftp://h/a", "wss://h/a",
		"https://user@h/a", "https://user:secret@h/a", "https://@h/a", "https://h@evil/a", "https://h:443@evil/a",
		"https://h:x/a", "https://h:-1/a", "https://h:123456/a", "https://h:443:443/a", "https://[::1/a", "https://::1/a",
		"https://[::1%25eth0]/a", "https://%68/a", "https://h%2Fa/b", "https://h\\a", "https://h\\@evil/a",
		"https://h\u00e9/a", "https://e\u212a/a", "https://h,h/a", "https://h h/a",
		"https://h/a b", "https://h/\u00e9", "https://h/a\\b", "https://h/a\"", "https://h/<a>", "https://h/a|b", "https://h/[a]",
		"https://h/%", "https://h/%4", "https://h/%zz", "https://h/%+1", "https://h/a%2Fb c", "https://h/a%2Fb\u00e9",
		" https://h/a", "https://h/a ", "https://h/a\n", "https://h/a\x00", "https://h/\xff",
		"https://h/.", "https://h/..", "https://h/a/.", "https://h/a/..", "https://h/a/./b", "https://h/a/../b",
		"https://h/a/%2e%2e/b", "https://h/a/.%2E/b", "https://h/%2e/a", "https://h/a/..?q",
	} {
		if got, err := targetOf(htu); err == nil {
			t.Errorf("%q: %s", htu, got)
		} else if strings.Contains(err.Error(), "evil") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", htu, err)
		}
	}
}

// The request's own URL is read as strictly: these reach a handler, but a URL
// that a client means has no such path.
func TestTargetOfRequest(t *testing.T) {
	for path, want := range map[string]string{
		"/a%2fb":       "https://h/a%2Fb",
		"/a/b?c":       "https://h/a/b",
		"//evil/a":     "https://h//evil/a",
		"/a/../b":      "",
		"/a%2Fb\"c":    "",
		"/a%2Fb\u00e9": "",
	} {
		raw := "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := target(&url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, u := range []*url.URL{
		{},
		{Scheme: "https"},
		{Host: "h"},
		{Scheme: "https", Host: "h", Path: "a"},
		{Scheme: "https", Host: "h", Path: "*"},
		{Scheme: "https", Host: "h\u212a"},
		{Scheme: "https", Host: "h", Opaque: "//h/a"},
		{Scheme: "https", Host: "h", User: url.User("u")},
		{Scheme: "https", Host: "h", Path: "/a/b", RawPath: "/a%2Fc"},
	} {
		if got, err := target(u); err == nil {
			t.Errorf("%#v: %s", u, got)
		}
	}
}

// urlPieces are the pieces of URLs, and what is apt to be mistaken for them.
var urlPieces = rapid.SliceOfN(rapid.OneOf(
	rapid.SampledFrom([]string{
		"https://", "http://", "HTTPS://", "h", "H", "example.com", ".", "..", "/", "//", ":", ":443", ":80", "@", "a", "A", "%",
		"%2F", "%2f", "%2e", "%2E", "%61", "%41", "%7E", "~", "%25", "%00", ";", "+", "%20", " ", "?", "#", "[::1]", "\\", "\u00e9", "\u212a",
	}),
	rapid.StringN(0, 2, 4),
), 0, 12)

func drawURL(t *rapid.T, label string) []string {
	host := rapid.SampledFrom([]string{"https://h", "http://h", "https://H:443", "https://h:80", "https://h:", ""}).Draw(t, label+" host")
	return append([]string{host, "/"}, urlPieces.Draw(t, label)...)
}

// Two URLs have the same target if and only if they name the same resource, the
// target being one of its own names.
func TestTargetProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawURL(t, "a")
		b := slices.Clone(a) // but for a piece or two
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			b = slices.Replace(b, i, i+1, urlPieces.Draw(t, "piece")...)
			if len(b) == 0 {
				return
			}
		}
		one, other := strings.Join(a, ""), strings.Join(b, "")
		target, err := targetOf(one)
		if err != nil {
			return
		}
		if again, err := targetOf(target); err != nil || again != target {
			t.Fatalf("%q: %q, and again %q, %v", one, target, again, err)
		}
		if strings.ContainsAny(target, "?# \\") || strings.Contains(target+"/", "/../") {
			t.Fatalf("%q: %q", one, target)
		}
		if second, err := targetOf(other); err == nil && (target == second) != sameResource(t, one, other) {
			t.Fatalf("%q and %q: %q, %q", one, other, target, second)
		}
	})
}

// However a URL is spelled, its target is the same.
func TestTargetSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spell := rapid.IntRange(0, 2)
		path := "/" + rapid.StringMatching(`[a-zA-Z0-9~_/:@!;=+-]{0,20}(%(2F|C3|00|25|3B)){0,3}`).Draw(t, "path")
		want := "https://api.example.com" + path
		var b strings.Builder
		for i, c := range []byte("https://api.example.com") {
			if spell.Draw(t, "case") == 0 {
				c = strings.ToUpper(want[i : i+1])[0]
			}
			b.WriteByte(c)
		}
		b.WriteString(rapid.SampledFrom([]string{"", ":", ":443"}).Draw(t, "port"))
		for i := 0; i < len(path); i++ {
			switch c := path[i]; {
			case c == '%':
				code := path[i : i+3]
				if spell.Draw(t, "hex") == 0 {
					code = strings.ToLower(code)
				}
				b.WriteString(code)
				i += 2
			case unreserved(c) && spell.Draw(t, "encode") == 0:
				fmt.Fprintf(&b, rapid.SampledFrom([]string{"%%%02x", "%%%02X"}).Draw(t, "hex"), c)
			default:
				b.WriteByte(c)
			}
		}
		b.WriteString(rapid.SampledFrom([]string{"", "?", "?a=/../b", "#c", "?d#e"}).Draw(t, "query"))
		if got, err := targetOf(b.String()); err != nil || got != want {
			t.Fatalf("%s: %q, %v, want %q", b.String(), got, err, want)
		}
	})
}

// sameResource compares two URLs in another way: net/url takes them apart, and a
// path is compared by what its characters are, data or delimiters.
func sameResource(t *rapid.T, a, b string) bool {
	read := func(s string) (*url.URL, string, []int) {
		if i := strings.IndexAny(s, "?#"); i >= 0 {
			s = s[:i]
		}
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
		}
		path := u.EscapedPath()
		if path == "" {
			path = "/"
		}
		var units []int
		for len(path) > 0 {
			n := 1
			if path[0] == '%' {
				n = 3
			}
			data, err := url.PathUnescape(path[:n])
			if err != nil {
				t.Fatal(err)
			}
			unit := int(data[0])
			if n == 1 && strings.ContainsAny(data, ":/?#[]@!$&'()*+,;=") { // RFC 3986 §2.2
				unit += 256
			}
			units, path = append(units, unit), path[n:]
		}
		return u, port, units
	}
	ua, pa, ca := read(a)
	ub, pb, cb := read(b)
	return ua.Scheme == ub.Scheme && strings.EqualFold(ua.Hostname(), ub.Hostname()) && pa == pb && slices.Equal(ca, cb)
}
