package agent_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/agent"
)

const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"

func TestLabel(t *testing.T) {
	tests := []struct{ header, want string }{
		{"", ""},
		{" \t\r\n", ""},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox 130 on Linux"},
		{chrome, "Chrome 128 on Windows"},
		{chrome + " Edg/128.0.2739.42", "Edge 128 on Windows"},
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
		if got := agent.Parse(tt.header).Label; got != tt.want {
			t.Errorf("%.80q:\ngot  %q\nwant %q", tt.header, got, tt.want)
		}
	}
}

func TestOnlyTheFirst512BytesAreLookedAt(t *testing.T) {
	padded := "shop-app/1.0 " + strings.Repeat("x", 512)
	if a, b := agent.Parse(padded), agent.Parse(padded+" Googlebot/2.1"); a != b || b.Bot != "" {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestAnswersStayRightWhenMoreHeadersComeThanAreKept(t *testing.T) {
	want := agent.Parse(chrome)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 5000 {
				version := fmt.Sprint(g*5000 + i)
				if got := agent.Parse("shop-app/" + version); got.Label != "shop-app "+version {
					t.Errorf("got %q of version %s", got.Label, version)
				}
				if got := agent.Parse(chrome); got != want {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	wg.Wait()
}

func TestAHitAllocatesNothing(t *testing.T) {
	long := strings.Repeat(chrome, 10)
	for _, header := range []string{chrome, long, ""} {
		agent.Parse(header)
		if n := testing.AllocsPerRun(100, func() { agent.Parse(header) }); n != 0 {
			t.Errorf("%v allocations for %.20q", n, header)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Mozilla/5.0 (Linux; Android 14; Tablet Build/1) [FBAN/x] https://a.b/c")
	f.Add("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) :: //")
	for _, p := range people {
		f.Add(p.header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a := agent.Parse(header)
		for _, field := range []string{a.Label, a.Browser, a.OS, a.Device, a.Bot} {
			if len(field) > 64 || strings.ContainsFunc(field, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("%+v", a)
			}
		}
		if b := agent.Parse(header); a != b {
			t.Errorf("%+v, then %+v", a, b)
		}
	})
}

func BenchmarkHit(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		agent.Parse(chrome)
	}
}

func BenchmarkMiss(b *testing.B) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		agent.Parse(fmt.Sprint(chrome, i))
		i++
	}
}
