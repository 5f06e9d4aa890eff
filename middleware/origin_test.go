package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

func TestOrigin(t *testing.T) {
	type headers map[string]string
	for _, tt := range []struct {
		name, url string
		headers   headers
		tokens    bool
		want      analytics.Origin
	}{
		{name: "nothing is known", url: "/", want: analytics.Origin{Bot: "none"}},
		{
			name: "a browser", url: "/shop?color=red", headers: headers{"User-Agent": firefox, "Accept-Language": "de-CH,de;q=0.9,en;q=0.8"},
			want: analytics.Origin{Platform: "web", Device: "desktop", Browser: "Firefox", OS: "Linux", Language: "de"},
		},
		{
			name: "a campaign, decoded", url: "/?utm_source=News%20letter&utm_medium=e+mail&utm_campaign=%C3%BCber&utm_term=a%26b&utm_content=c",
			want: analytics.Origin{Source: "News letter", Medium: "e mail", Campaign: "über", Term: "a&b", Content: "c", Bot: "none"},
		},
		{
			name: "the first of several, empty ones left out", url: "/?utm_source=&utm_source=a&utm_source=b&fbclid=1&gclid=2",
			want: analytics.Origin{Source: "a", Click: "fbclid", Bot: "none"},
		},
		{name: "the ID of a click is not kept", url: "/?gclid=secret", want: analytics.Origin{Click: "gclid", Bot: "none"}},
		{
			name: "what is not printable or not UTF-8 is dropped", url: "/?utm_source=%00a%0d%0a%e2%80%aeb%ff%20&utm_medium=%zz",
			want: analytics.Origin{Source: "ab", Medium: "%zz", Bot: "none"},
		},
		{
			name: "values are cut to 128 bytes of whole runes", url: "/?utm_source=" + strings.Repeat("%C3%BC", 100) + "&utm_term=x" + strings.Repeat("ü", 100),
			want: analytics.Origin{Source: strings.Repeat("ü", 64), Term: "x" + strings.Repeat("ü", 63), Bot: "none"},
		},
		{name: "another site", url: "/", headers: headers{"Referer": "https://u:p@www.News.Example.:8443/a?b#c"}, want: analytics.Origin{Referrer: "news.example", Bot: "none"}},
		{name: "the site itself", url: "/", headers: headers{"Referer": "http://shop.example/a"}, want: analytics.Origin{Bot: "none"}},
		{name: "the site itself under www and a port", url: "/", headers: headers{"Referer": "https://WWW.Shop.Example:444"}, want: analytics.Origin{Bot: "none"}},
		{name: "an address", url: "/", headers: headers{"Referer": "http://[2001:db8::1]:80/"}, want: analytics.Origin{Referrer: "2001:db8::1", Bot: "none"}},
		{name: "an app is no site", url: "/", headers: headers{"Referer": "android-app://com.example/"}, want: analytics.Origin{Bot: "none"}},
		{name: "no host", url: "/", headers: headers{"Referer": "https:///a"}, want: analytics.Origin{Bot: "none"}},
		{name: "no name of a host", url: "/", headers: headers{"Referer": "https://<script>/a"}, want: analytics.Origin{Bot: "none"}},
		{name: "an app with tokens", url: "/", tokens: true, headers: headers{"User-Agent": "ShopApp/3 CFNetwork"}, want: analytics.Origin{Platform: "app", Browser: "ShopApp"}},
		{
			name: "an app that holds a cookie", url: "/", headers: headers{"User-Agent": firefox, "Sojourn-Platform": "app"},
			want: analytics.Origin{Platform: "app", Device: "desktop", Browser: "Firefox", OS: "Linux"},
		},
		{name: "any language", url: "/", headers: headers{"Accept-Language": "*"}, want: analytics.Origin{Bot: "none"}},
		{name: "no language", url: "/", headers: headers{"Accept-Language": "d3, en"}, want: analytics.Origin{Bot: "none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://shop.example"+tt.url, nil)
			for name, value := range tt.headers {
				r.Header.Set(name, value)
			}
			got := middleware.OriginOf(r, tt.tokens)
			if tt.headers["User-Agent"] != firefox { // what the agent package says of others is its business
				got.Device, got.OS, tt.want.Device, tt.want.OS = "", "", "", ""
			}
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func FuzzOrigin(f *testing.F) {
	f.Add("utm_source=News%20letter&gclid=x", "https://www.news.example:8443/a", "shop.example", "de-CH,de;q=0.9", firefox)
	f.Add("utm_source=%ff%00&utm_source", "http://[::1]:80", "[::1]:80", "*", "curl/8")
	f.Add("&&=&utm_term==%e2%80%ae", "//", ":", "-", "")
	f.Fuzz(func(t *testing.T, query, referer, host, language, userAgent string) {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.URL.RawQuery, r.Host = query, host
		r.Header = http.Header{"Referer": {referer}, "Accept-Language": {language}, "User-Agent": {userAgent}}
		attributes := middleware.OriginOf(r, false).Attributes()
		for name, value := range attributes {
			if len(value) > 128 || !utf8.ValidString(value) || strings.ContainsFunc(value, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%s is %q", name, value)
			}
		}
		if click := attributes["click"]; click != "" && !strings.Contains(query, click) {
			t.Errorf("click %q", click)
		}
		if host := attributes["referrer"]; strings.ToLower(host) != host || strings.HasPrefix(host, "www.") && !strings.Contains(strings.ToLower(referer), "www.www.") {
			t.Errorf("referrer %q", host)
		}
	})
}
