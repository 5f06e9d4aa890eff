package middleware

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func mustCarrier(t testing.TB, c Cookie) *cookieCarrier {
	t.Helper()
	carrier, err := newCarrier(c)
	if err != nil {
		t.Fatal(err)
	}
	return carrier
}

func TestNewCarrierReportsAllFaults(t *testing.T) {
	tests := []struct {
		name   string
		cookie Cookie
		faults []string // in this order; none: accepted
	}{
		{"zero", Cookie{}, nil},
		{"explicit default mode", Cookie{SameSite: http.SameSiteDefaultMode}, nil},
		{"cross-site", Cookie{SameSite: http.SameSiteNoneMode, Partitioned: true}, nil},
		{"own name", Cookie{Name: "sid"}, nil},
		{"development", Cookie{DangerouslyInsecure: true}, nil},
		{"development, strict", Cookie{Name: "sid", SameSite: http.SameSiteStrictMode, DangerouslyInsecure: true}, nil},
		{"space in name", Cookie{Name: "a b"}, []string{"Cookie.Name"}},
		{"header injection", Cookie{Name: "a\r\nSet-Cookie: b"}, []string{"Cookie.Name"}},
		{"equals sign", Cookie{Name: "a=b"}, []string{"Cookie.Name"}},
		{"semicolon", Cookie{Name: "a;b"}, []string{"Cookie.Name"}},
		{"not ASCII", Cookie{Name: "sjé"}, []string{"Cookie.Name"}},
		{"longest name", Cookie{Name: strings.Repeat("n", 256)}, nil},
		{"too long a name", Cookie{Name: strings.Repeat("n", 257)}, []string{"Cookie.Name"}},
		{"no such SameSite", Cookie{SameSite: 5}, []string{"Cookie.SameSite 5"}},
		{"negative SameSite", Cookie{SameSite: -1}, []string{"Cookie.SameSite -1"}},
		{"insecure __Host-", Cookie{Name: "__Host-x", DangerouslyInsecure: true}, []string{"Cookie.Name"}},
		{"insecure __secure-", Cookie{Name: "__secure-x", DangerouslyInsecure: true}, []string{"Cookie.Name"}},
		{"insecure __Http-", Cookie{Name: "__Http-x", DangerouslyInsecure: true}, []string{"Cookie.Name"}},
		{"insecure None", Cookie{SameSite: http.SameSiteNoneMode, DangerouslyInsecure: true}, []string{"Cookie.SameSite None"}},
		{"insecure Partitioned", Cookie{Partitioned: true, DangerouslyInsecure: true}, []string{"Cookie.Partitioned"}},
		{
			"all at once",
			Cookie{Name: "__Host- x", SameSite: 9, Partitioned: true, DangerouslyInsecure: true},
			[]string{"Cookie.Name", "Cookie.SameSite 9", "Cookie.Name", "Cookie.Partitioned"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			carrier, err := newCarrier(tt.cookie)
			if len(tt.faults) == 0 {
				if err != nil || carrier == nil {
					t.Fatalf("newCarrier: %v", err)
				}
				return
			}
			if err == nil || carrier != nil {
				t.Fatal("accepted")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.faults) {
				t.Fatalf("want %d faults, got %q", len(tt.faults), lines)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, "middleware: "+tt.faults[i]) {
					t.Errorf("fault %d is %q, want %q", i, line, tt.faults[i])
				}
			}
		})
	}
}

func TestSetCookieLines(t *testing.T) {
	id, s := sessionstore.ID{15: 1}, secret{31: 2}
	const token = "sjc_AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACMgcIAA"
	if got := cookieToken.format(id, s); got != token {
		t.Fatalf("the form of tokens has changed, which logs everybody out: %s", got)
	}
	const year = 365 * 24 * time.Hour
	tests := []struct {
		name   string
		cookie Cookie
		maxAge time.Duration
		set    string
		clear  string
	}{
		{
			"default",
			Cookie{},
			year,
			"__Host-Http-session=" + token + "; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax",
			"__Host-Http-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"embedded",
			Cookie{Name: "sid", SameSite: http.SameSiteNoneMode, Partitioned: true},
			time.Hour,
			"sid=" + token + "; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=None; Partitioned",
			"sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=None; Partitioned",
		},
		{
			"strict, beyond 400 days",
			Cookie{SameSite: http.SameSiteStrictMode},
			10 * year,
			"__Host-Http-session=" + token + "; Path=/; Max-Age=34560000; HttpOnly; Secure; SameSite=Strict",
			"__Host-Http-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
		},
		{
			"development, until the browser is closed",
			Cookie{DangerouslyInsecure: true},
			0,
			"session=" + token + "; Path=/; HttpOnly; SameSite=Lax",
			"session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		},
		{
			"below a second",
			Cookie{Name: "sid"},
			time.Millisecond,
			"sid=" + token + "; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
			"sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"rounded up",
			Cookie{Name: "sid"},
			1500 * time.Millisecond,
			"sid=" + token + "; Path=/; Max-Age=2; HttpOnly; Secure; SameSite=Lax",
			"sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		{
			"past",
			Cookie{Name: "sid"},
			-time.Hour,
			"sid=" + token + "; Path=/; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
			"sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustCarrier(t, tt.cookie)
			h := http.Header{}
			c.write(h, id, s, tt.maxAge)
			if got := h["Set-Cookie"]; !slices.Equal(got, []string{tt.set}) {
				t.Errorf("write: %q\nwant:  %q", got, tt.set)
			}
			c.clear(h)
			if got := h["Set-Cookie"]; !slices.Equal(got, []string{tt.clear}) {
				t.Errorf("clear: %q\nwant:  %q", got, tt.clear)
			}
		})
	}
}

func TestSetCookieReplacesOnlyOurs(t *testing.T) {
	c := mustCarrier(t, Cookie{Name: "sid"})
	h := http.Header{"Set-Cookie": {"a=1", "sid=old; Path=/", "sid2=x", "sid=older", "xsid=y"}}
	c.write(h, sessionstore.NewID(), newSecret(), time.Hour)
	c.clear(h)
	want := []string{"a=1", "sid2=x", "xsid=y", "sid=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"}
	if got := h["Set-Cookie"]; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestSetCookieIsSmall(t *testing.T) {
	c := mustCarrier(t, Cookie{Name: strings.Repeat("n", maxCookieName), SameSite: http.SameSiteStrictMode, Partitioned: true})
	h := http.Header{}
	c.write(h, sessionstore.NewID(), newSecret(), maxCookieAge)
	if n := len(h.Get("Set-Cookie")); n > 4096 {
		t.Errorf("%d bytes", n)
	}
}

func cookieRequest(lines ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	for _, line := range lines {
		r.Header.Add("Cookie", line)
	}
	return r
}

func TestCarrierRead(t *testing.T) {
	id, s := sessionstore.NewID(), newSecret()
	good := cookieToken.format(id, s)
	otherSession := cookieToken.format(sessionstore.NewID(), newSecret())
	otherSecret := cookieToken.format(id, newSecret())
	tests := []struct {
		name  string
		lines []string
		want  presented
	}{
		{"no header", nil, absent},
		{"empty header", []string{""}, absent},
		{"other cookies", []string{"a=1; session=" + good + "; __Host-x=" + good}, absent},
		{"other case", []string{"__host-http-session=" + good}, absent},
		{"one", []string{"__Host-Http-session=" + good}, valid},
		{"among others", []string{"a=1; __Host-Http-session=" + good + "; b=2"}, valid},
		{"on a later line", []string{"a=1", "b=2; __Host-Http-session=" + good}, valid},
		{"twice the same", []string{"__Host-Http-session=" + good + "; __Host-Http-session=" + good}, valid},
		{"empty value", []string{"__Host-Http-session="}, junk},
		{"no value", []string{"__Host-Http-session"}, junk},
		{"junk", []string{"__Host-Http-session=session_id"}, junk},
		{"junk twice", []string{"__Host-Http-session=x; __Host-Http-session=y"}, junk},
		{"junk first", []string{"__Host-Http-session=evil; __Host-Http-session=" + good}, valid},
		{"junk last", []string{"__Host-Http-session=" + good + "; __Host-Http-session=evil"}, valid},
		{"two sessions", []string{"__Host-Http-session=" + good + "; __Host-Http-session=" + otherSession}, conflicting},
		{"two sessions on two lines", []string{"__Host-Http-session=" + otherSession, "__Host-Http-session=" + good}, conflicting},
		{"two secrets", []string{"__Host-Http-session=" + good + "; x=y; __Host-Http-session=" + otherSecret}, conflicting},
		{"two and junk", []string{"__Host-Http-session=" + good + "; __Host-Http-session=z; __Host-Http-session=" + otherSession}, conflicting},
		// Unicode space in front of the name ("Cookie Chaos"): not a token, dropped.
		{"disguised", []string{"\u2000__Host-Http-session=" + good}, absent},
		{"disguised beside", []string{"\u2000__Host-Http-session=" + otherSession + "; __Host-Http-session=" + good}, valid},
		{"nameless", []string{"=__Host-Http-session=" + good}, absent},
	}
	c := mustCarrier(t, Cookie{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gotID, got, found := c.read(cookieRequest(tt.lines...))
			if found != tt.want {
				t.Fatalf("found %d, want %d", found, tt.want)
			}
			if found == valid && (gotID != id || got != s) {
				t.Error("wrong token")
			}
			if found != valid && (gotID != sessionstore.ID{} || got != secret{}) {
				t.Error("a token along with a refusal")
			}
		})
	}
}

func TestCarrierReadsNothingButTheCookie(t *testing.T) {
	good := cookieToken.format(sessionstore.NewID(), newSecret())
	body := strings.NewReader("__Host-Http-session=" + good)
	r := httptest.NewRequest(http.MethodPost, "/?__Host-Http-session="+good+"&session="+good, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+good)
	if _, _, found := mustCarrier(t, Cookie{}).read(r); found != absent {
		t.Errorf("found %d (ASVS 14.2.1)", found)
	}
}

func cookieFlood(n int, name, value string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d=x; ", name, i)
	}
	return b.String() + name + "=" + value
}

func TestCookieFlood(t *testing.T) {
	c := mustCarrier(t, Cookie{DangerouslyInsecure: true})
	good := cookieToken.format(sessionstore.NewID(), newSecret())
	for n, want := range map[int]presented{2999: valid, 3000: junk, 100_000: junk} {
		if _, _, found := c.read(cookieRequest(cookieFlood(n, "session", good))); found != want {
			t.Errorf("%d cookies before ours: found %d, want %d", n, found, want)
		}
	}
}

func TestCarrierReadAllocations(t *testing.T) {
	c := mustCarrier(t, Cookie{})
	token := "__Host-Http-session=" + cookieToken.format(sessionstore.NewID(), newSecret())
	for _, tt := range []struct {
		name  string
		lines []string
		most  float64
	}{
		{"none", nil, 0},
		{"one", []string{token}, 2},
		{"among others", []string{"a=1; b=2; " + token}, 2},
	} {
		r := cookieRequest(tt.lines...)
		if n := testing.AllocsPerRun(100, func() { c.read(r) }); n > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, n, tt.most)
		}
	}
}

func TestServesHost(t *testing.T) {
	secure, insecure := mustCarrier(t, Cookie{}), mustCarrier(t, Cookie{DangerouslyInsecure: true})
	loopback := []string{
		"localhost", "localhost:8080", "LocalHost:80", "app.localhost", "a.b.localhost:3000",
		"127.0.0.1", "127.0.0.1:8080", "127.255.3.4", "[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:80",
	}
	foreign := []string{
		"", ":80", "example.com", "example.com:80", "localhost.example.com", "notlocalhost", "localhost.", "127.0.0.1.example.com",
		"127.0.0.1:80.example.com", "128.0.0.1", "10.0.0.1:80", "0.0.0.0", "127.1", "::1", "[::1", "[::1]x", "[::2]:80", "[localhost]",
		"[::]", "[::1].example.com", "user@localhost", "localhost/x",
	}
	for _, host := range loopback {
		if !secure.servesHost(host) || !insecure.servesHost(host) {
			t.Errorf("%q is refused", host)
		}
	}
	for _, host := range foreign {
		if !secure.servesHost(host) {
			t.Errorf("%q is refused over HTTPS", host)
		}
		if insecure.servesHost(host) {
			t.Errorf("%q is served insecurely", host)
		}
	}
}

func FuzzCarrierRead(f *testing.F) {
	c := mustCarrier(f, Cookie{})
	f.Add("__Host-Http-session=x; __Host-Http-session=\"" + cookieToken.format(sessionstore.ID{1}, secret{1}) + `"`)
	f.Fuzz(func(t *testing.T, line string) {
		id, s, found := c.read(cookieRequest(line))
		if (found == valid) != (s != secret{}) || (found == valid) != (id != sessionstore.ID{}) {
			t.Errorf("found %d", found)
		}
	})
}

func BenchmarkCarrierRead(b *testing.B) {
	c := mustCarrier(b, Cookie{})
	token := cookieToken.format(sessionstore.NewID(), newSecret())
	ours := "__Host-Http-session=" + token
	for _, bb := range []struct{ name, line string }{
		{"one", ours},
		{"five", "a=1; b=2; c=3; d=4; " + ours},
		{"junk", "__Host-Http-session=junk"},
		{"64KiB", "a=" + strings.Repeat("x", 64<<10) + "; " + ours},
		{"3000junk", strings.Repeat("__Host-Http-session=x; ", 2999) + ours},
		{"3000same", strings.Repeat(ours+"; ", 2999) + ours},
		{"flood", cookieFlood(100_000, "s", token)},
	} {
		r := cookieRequest(bb.line)
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.read(r)
			}
		})
	}
}
