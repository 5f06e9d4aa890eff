package token

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	errScheme    = errors.New("not an absolute http or https URL without user information")
	errAuthority = errors.New("a malformed host or port")
	errPath      = errors.New("a malformed path")
)

// authority is a host and an optional port. There is no percent-encoding and
// nothing but ASCII in it, which is what the Host header of a real client looks
// like; so nothing folds into another name (U+212A, the Kelvin sign, is a "k" in
// lower case, and also to a pattern with the flag i).
var authority = regexp.MustCompile(`^([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?$`)

// targetOf reads an htu claim and returns its target. Query and fragment do not
// belong there (RFC 9449 §4.2) but are to be ignored (§4.3, no. 9), and the
// conformance suite of the OpenID Foundation sends them to see it done.
func targetOf(htu string) (string, error) {
	if i := strings.IndexAny(htu, "?#"); i >= 0 {
		htu = htu[:i]
	}
	u, err := url.Parse(htu)
	if err != nil {
		return "", errScheme // url.Parse quotes what it was given
	}
	return target(u)
}

// target returns the normal form of a URL without query and fragment. Two URLs
// have the same one only if RFC 3986 §6.2.2 and §6.2.3 call them equal: scheme
// and host in lower case, no default port, an empty path as "/", and in the path
// the percent-encoding decoded where it is not needed and in upper case
// elsewhere. Dot segments are refused, not removed (§6.2.2.3): clients resolve
// them before they send, and servers differ in what they take them for.
func target(u *url.URL) (string, error) {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "https" && scheme != "http" || u.Opaque != "" || u.User != nil {
		return "", errScheme
	}
	parts := authority.FindStringSubmatch(u.Host)
	if parts == nil {
		return "", errAuthority
	}
	host, port := strings.ToLower(parts[1]), parts[2]
	if port != "" && scheme+port != "https443" && scheme+port != "http80" {
		host += ":" + port
	}
	path := u.EscapedPath()
	if u.RawPath != "" && u.RawPath != path {
		// net/url has re-encoded a path that is no URI, and lost the difference
		// between "/" and "%2F" on the way.
		return "", errPath
	}
	path, err := normalPath(path)
	if err != nil {
		return "", err
	}
	return scheme + "://" + host + path, nil
}

func normalPath(path string) (string, error) {
	if path == "" {
		return "/", nil
	}
	if path[0] != '/' {
		return "", errPath
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c == '%':
			if i+3 > len(path) {
				return "", errPath
			}
			code, err := strconv.ParseUint(path[i+1:i+3], 16, 8)
			if err != nil {
				return "", errPath
			}
			if c := byte(code); unreserved(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			i += 2
		case unreserved(c) || strings.IndexByte("/:@!$&'()*+,;=", c) >= 0:
			b.WriteByte(c)
		default:
			return "", errPath
		}
	}
	path = b.String()
	if s := strings.Split(path, "/"); slices.Contains(s, ".") || slices.Contains(s, "..") {
		return "", errors.New("a path with dot segments")
	}
	return path, nil
}

// unreserved reports whether a character means the same encoded or not (RFC
// 3986 §2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
