package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// Cookie says how the session cookie is set. The zero value is right for
// production: a cookie named __Host-Http-session with Secure, HttpOnly,
// SameSite=Lax, Path=/ and no Domain (ASVS 3.3.1 to 3.3.4).
type Cookie struct {
	// Name is a token of at most 256 bytes (RFC 6265 §4.1.1). Empty means
	// "__Host-Http-session": browsers let neither a subdomain nor a script create
	// a cookie of such a name, and those that do not know __Host-Http- still apply
	// the rule for __Host-. With DangerouslyInsecure, empty means "session".
	Name string

	// SameSite is Lax if it is zero or [http.SameSiteDefaultMode]. It is never
	// left out: browsers may then send the cookie with cross-site POST requests
	// for two minutes (RFC 6265bis, "Lax-allowing-unsafe").
	SameSite http.SameSite

	// Partitioned gives the cookie a jar of its own under each top-level site,
	// for pages embedded in other sites (CHIPS).
	Partitioned bool

	// DangerouslyInsecure allows plain HTTP, for development: the cookie goes
	// without Secure, and only requests for a loopback host are served, which is
	// localhost, a name under it, 127.0.0.0/8 or [::1].
	DangerouslyInsecure bool
}

const (
	defaultCookieName  = "__Host-Http-session"
	insecureCookieName = "session"

	// maxCookieName keeps the whole cookie, attributes included, far below the
	// 4096 bytes that RFC 6265 §6.1 guarantees.
	maxCookieName = 256

	// maxCookieAge is the most that browsers honour (RFC 6265bis §5.5).
	maxCookieAge = 400 * 24 * time.Hour

	// maxCookies is how many cookies net/http reads; given more, it returns none.
	maxCookies = 3000
)

// presented says what a request carries in the place of a token.
type presented int

const (
	absent      presented = iota
	valid                 // one token, well formed
	junk                  // something, but no token
	conflicting           // two different tokens
)

// cookieCarrier reads and writes the session cookie.
type cookieCarrier struct {
	name        string
	insecure    bool
	sameSite    http.SameSite
	partitioned bool
}

// newCarrier returns the carrier that c describes, or all that is wrong with c.
func newCarrier(c Cookie) (*cookieCarrier, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("middleware: "+format, args...))
	}

	name := c.Name
	switch {
	case name == "" && c.DangerouslyInsecure:
		name = insecureCookieName
	case name == "":
		name = defaultCookieName
	}
	probe := http.Cookie{Name: name, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if probe.Valid() != nil || len(name) > maxCookieName {
		fault("Cookie.Name %.*q is not a token of at most %d bytes", maxCookieName, name, maxCookieName)
	}

	switch c.SameSite {
	case 0, http.SameSiteDefaultMode:
		c.SameSite = http.SameSiteLaxMode
	case http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode:
	default:
		fault("Cookie.SameSite %d is unknown", c.SameSite)
	}

	if c.DangerouslyInsecure { // browsers drop such cookies if Secure is missing
		if hasSecurePrefix(name) {
			fault("Cookie.Name %q needs Secure, which DangerouslyInsecure leaves out", name)
		}
		if c.SameSite == http.SameSiteNoneMode {
			fault("Cookie.SameSite None needs Secure, which DangerouslyInsecure leaves out")
		}
		if c.Partitioned {
			fault("Cookie.Partitioned needs Secure, which DangerouslyInsecure leaves out")
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &cookieCarrier{name, c.DangerouslyInsecure, c.SameSite, c.Partitioned}, nil
}

// hasSecurePrefix reports whether browsers take a cookie of this name only with
// Secure. They ignore case (RFC 6265bis §5.4).
func hasSecurePrefix(name string) bool {
	for _, prefix := range []string{"__Secure-", "__Host-", "__Http-"} {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// read returns the token that r carries. It looks at all cookies of the name,
// as the order in which browsers send them can be arranged by a neighbour
// (RFC 6265bis §5.8.3): junk beside a token is ignored, two different tokens are
// a conflict. ID and secret are set only with valid.
func (c *cookieCarrier) read(r *http.Request) (id sessionstore.ID, s secret, found presented) {
	lines := r.Header["Cookie"]
	if len(lines) == 0 {
		return id, s, absent
	}
	cookies := r.CookiesNamed(c.name)
	if len(cookies) == 0 {
		if countCookies(lines) > maxCookies {
			return id, s, junk // net/http has not looked
		}
		return id, s, absent
	}
	found = junk
	for _, cookie := range cookies {
		i, t, ok := cookieToken.parse(cookie.Value)
		switch {
		case !ok:
		case found == junk:
			id, s, found = i, t, valid
		case i != id || !t.equal(s):
			return sessionstore.ID{}, secret{}, conflicting
		}
	}
	return id, s, found
}

func countCookies(lines []string) (n int) {
	for _, line := range lines {
		n += strings.Count(line, ";") + 1
	}
	return n
}

// write puts the cookie into h, in the place of what write or clear put there
// before. It lasts for maxAge, rounded up to seconds, and at most for 400 days;
// if maxAge is 0, until the browser is closed. This is a courtesy to the
// browser: the limits that count are the record's.
func (c *cookieCarrier) write(h http.Header, id sessionstore.ID, s secret, maxAge time.Duration) {
	seconds := 0 // no Max-Age
	if maxAge != 0 {
		maxAge = min(max(maxAge, time.Second), maxCookieAge)
		seconds = int((maxAge + time.Second - 1) / time.Second)
	}
	c.set(h, cookieToken.format(id, s), seconds)
}

// clear tells the browser to forget the cookie, with the attributes that it was
// set with.
func (c *cookieCarrier) clear(h http.Header) {
	c.set(h, "", -1) // Max-Age=0, says net/http
}

func (c *cookieCarrier) set(h http.Header, value string, seconds int) {
	cookie := http.Cookie{ //nolint:gosec // G124: Secure is missing if that was asked for by its dangerous name
		Name:        c.name,
		Value:       value,
		Path:        "/",
		MaxAge:      seconds,
		HttpOnly:    true,
		Secure:      !c.insecure,
		SameSite:    c.sameSite,
		Partitioned: c.partitioned,
	}
	ours := func(line string) bool { return strings.HasPrefix(line, c.name+"=") }
	h["Set-Cookie"] = append(slices.DeleteFunc(h["Set-Cookie"], ours), cookie.String())
}

// servesHost reports whether requests with this Host header are served. It says
// no only if the cookie is insecure and the host is not loopback.
func (c *cookieCarrier) servesHost(host string) bool {
	return !c.insecure || isLoopbackHost(host)
}

// isLoopbackHost takes a Host header, port and all.
func isLoopbackHost(host string) bool {
	if ap, err := netip.ParseAddrPort(host); err == nil {
		return ap.Addr().IsLoopback()
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.IsLoopback()
	}
	name, port, found := strings.Cut(host, ":")
	if _, err := strconv.ParseUint(port, 10, 16); found && err != nil {
		return false
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.IsLoopback()
	}
	name = strings.ToLower(name)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") // RFC 6761 §6.3
}
