package middleware

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore"
)

func TestAgentLabel(t *testing.T) {
	tests := []struct{ header, want string }{
		{"", ""},
		{" \t\r\n", ""},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox 130 on Linux"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36", "Chrome 128 on Windows"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.2739.42", "Edge 128 on Windows"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "Safari 17 on macOS"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17 on iOS"},
		{"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36", "Chrome 128 on Android"},
		{"Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Browser 25 on Android"},
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot 2"},
		{"curl/8.5.0", "curl 8"},
		{"Go-http-client/1.1", "Go-http-client 1"},
		{"shop-app/7.2 (build 99)", "shop-app 7"},
		{"ACME", "ACME"},
		{"Mozilla/5.0", "Mozilla/5.0"},
		{"()", "()"},
		{"ünïcode\x00 \u202eevil\x1b[31m/1.0", "ncode evil"},
		{strings.Repeat("a", 10<<20), strings.Repeat("a", 64)},
		{strings.Repeat("ab ", 100), strings.Repeat("ab ", 21) + "a"},
	}
	for _, tt := range tests {
		if got := agentLabel(tt.header); got != tt.want {
			t.Errorf("%.80q:\ngot  %q\nwant %q", tt.header, got, tt.want)
		}
	}
}

func TestDeviceOf(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = "10.0.0.1:99"
	r.Header.Set("User-Agent", "curl/8.5.0")
	r.Header.Set("X-Forwarded-For", "::ffff:192.0.2.1")
	if got, want := deviceOf(r, testProxies), (sessionstore.Device{Agent: "curl 8", Address: "192.0.2.1"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	r.RemoteAddr = "@"
	r.Header.Del("User-Agent")
	if got := deviceOf(r, nil); got != (sessionstore.Device{}) {
		t.Errorf("got %+v of an unknown client", got)
	}
}

func FuzzAgentLabel(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 14; Tablet Build/1) [FBAN/x] https://a.b/c")
	f.Fuzz(func(t *testing.T, header string) {
		label := agentLabel(header)
		if len(label) > 64 || strings.ContainsFunc(label, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q", label)
		}
	})
}
