package middleware

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func addressRequest(peer string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = peer
	for _, line := range forwarded {
		r.Header.Add("X-Forwarded-For", line)
	}
	return r
}

var testProxies = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("127.0.0.1/32"),
}

func TestClientAddress(t *testing.T) {
	tests := []struct {
		name      string
		trusted   []netip.Prefix
		peer      string
		forwarded []string
		want      string
	}{
		{"socket", nil, "192.0.2.1:1234", nil, "192.0.2.1"},
		{"socket, IPv6", nil, "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"socket, mapped", nil, "[::ffff:192.0.2.1]:1234", nil, "192.0.2.1"},
		{"socket, zone", nil, "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"Unix socket", testProxies, "@", []string{"192.0.2.1"}, "invalid IP"},
		{"no proxies configured", nil, "10.0.0.1:1", []string{"192.0.2.1"}, "10.0.0.1"},
		{"peer not trusted", testProxies, "203.0.113.5:1", []string{"192.0.2.1"}, "203.0.113.5"},
		{"one proxy", testProxies, "10.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"mapped proxy", testProxies, "[::ffff:10.0.0.1]:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"spoofed left", testProxies, "10.0.0.1:1", []string{"1.1.1.1, 127.0.0.1, 192.0.2.1"}, "192.0.2.1"},
		{"chain", testProxies, "10.0.0.1:1", []string{"1.1.1.1, 192.0.2.1,10.0.0.3 ,\tfd00::1"}, "192.0.2.1"},
		{"lines are one list", testProxies, "10.0.0.1:1", []string{"1.1.1.1, 192.0.2.1", "10.0.0.3, 10.0.0.2"}, "192.0.2.1"},
		{"all trusted", testProxies, "10.0.0.1:1", []string{"10.0.0.9, 10.0.0.8"}, "10.0.0.9"},
		{"no header", testProxies, "10.0.0.1:1", nil, "10.0.0.1"},
		{"empty header", testProxies, "10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"garbage", testProxies, "10.0.0.1:1", []string{"192.0.2.1, unknown"}, "10.0.0.1"},
		{"garbage behind a hop", testProxies, "10.0.0.1:1", []string{"192.0.2.1, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"empty element", testProxies, "10.0.0.1:1", []string{"192.0.2.1,, 10.0.0.2"}, "10.0.0.2"},
		{"trailing comma", testProxies, "10.0.0.1:1", []string{"192.0.2.1,"}, "10.0.0.1"},
		{"port", testProxies, "10.0.0.1:1", []string{"192.0.2.1:5555"}, "192.0.2.1"},
		{"IPv6", testProxies, "10.0.0.1:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 and port", testProxies, "10.0.0.1:1", []string{"[2001:db8::1]:5555"}, "2001:db8::1"},
		{"IPv6 in brackets", testProxies, "10.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"mapped", testProxies, "10.0.0.1:1", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
		{"mapped trusted hop", testProxies, "10.0.0.1:1", []string{"192.0.2.1, ::ffff:10.0.0.2"}, "192.0.2.1"},
		{"zone", testProxies, "10.0.0.1:1", []string{"fe80::1%eth0"}, "fe80::1"},
		{"zone on a trusted hop", testProxies, "10.0.0.1:1", []string{"192.0.2.1, fd00::2%eth0"}, "192.0.2.1"},
		{"injection", testProxies, "10.0.0.1:1", []string{"192.0.2.1\nX: 1"}, "10.0.0.1"},
		{"octal", testProxies, "10.0.0.1:1", []string{"192.0.02.1"}, "10.0.0.1"},
		{"32 hops", testProxies, "10.0.0.1:1", []string{"192.0.2.1" + strings.Repeat(", 10.0.0.2", 31)}, "192.0.2.1"},
		{"33 hops", testProxies, "10.0.0.1:1", []string{"192.0.2.1" + strings.Repeat(", 10.0.0.2", 32)}, "10.0.0.2"},
		{"33 lines", testProxies, "10.0.0.1:1", append([]string{"192.0.2.1"}, strings.Split(strings.Repeat("10.0.0.2,", 31)+"10.0.0.2", ",")...), "10.0.0.2"},
		{"longest hop", testProxies, "10.0.0.1:1", []string{"1.1.1.1," + strings.Repeat(" ", 55) + "192.0.2.1"}, "192.0.2.1"},
		{"too long a hop", testProxies, "10.0.0.1:1", []string{"1.1.1.1," + strings.Repeat(" ", 56) + "192.0.2.1"}, "10.0.0.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clientAddress(addressRequest(tt.peer, tt.forwarded...), tt.trusted).String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestClientAddressIsBounded(t *testing.T) {
	for name, line := range map[string]string{
		"one word":   strings.Repeat("x", 10<<20),
		"blanks":     strings.Repeat(" ", 10<<20),
		"commas":     strings.Repeat(",", 10<<20),
		"trusted":    strings.Repeat("10.0.0.2,", 1<<20) + "10.0.0.2",
		"untrusted":  strings.Repeat("192.0.2.7,", 1<<20) + "10.0.0.2",
		"long zone":  "fd00::1%" + strings.Repeat("z", 10<<20),
		"no client":  "," + strings.Repeat("9", 10<<20),
		"line break": strings.Repeat("\n", 10<<20),
	} {
		r := addressRequest("10.0.0.1:1", line)
		began := time.Now()
		for range 1000 {
			clientAddress(r, testProxies)
		}
		// Reading 10 MiB a thousand times takes more than a second.
		if d := time.Since(began); d > 500*time.Millisecond {
			t.Errorf("%s: %v for 1000 requests", name, d)
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("1.1.1.1, [::1]:80, 10.0.0.2")
	f.Fuzz(func(t *testing.T, line string) {
		addr := clientAddress(addressRequest("10.0.0.1:1", line, line), testProxies)
		if !addr.IsValid() || addr.Zone() != "" || addr.Is4In6() {
			t.Errorf("%v", addr)
		}
	})
}
