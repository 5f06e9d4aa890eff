package acceptance

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What clients say that they are.
const (
	firefox  = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	crawler  = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	appAgent = "okhttp/4.12.0"
)

// navigation is what a browser sends when somebody opens a page.
var navigation = map[string]string{
	"User-Agent":     firefox,
	"Accept":         "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
	"Sec-Fetch-Site": "none",
	"Sec-Fetch-Mode": "navigate",
	"Sec-Fetch-Dest": "document",
}

// tryOpen opens a page in a browser. More headers come as name, value, and take the
// place of the browser's.
func (c *client) tryOpen(path string, more ...string) (answer, error) {
	return c.trySaying("GET", path, "", append(pairs(navigation), more...)...)
}

func (c *client) open(t *testing.T, path string, more ...string) answer {
	t.Helper()
	a, err := c.tryOpen(path, more...)
	if err == nil {
		err = a.is(http.StatusOK)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// trySaying makes a call with headers: name, value, and so on.
func (c *client) trySaying(method, path, body string, headers ...string) (answer, error) {
	r, err := c.request(method, path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := c.roundTrip(r)
	if err != nil {
		return a, err
	}
	c.jar.take(a)
	return a, a.is()
}

func pairs(headers map[string]string) []string {
	var list []string
	for name, value := range headers {
		list = append(list, name, value)
	}
	return list
}

var (
	beaconScript = regexp.MustCompile(`<script src="(/beacon\.js)" data-view="([^"]+)" defer></script>`)
	orderWording = regexp.MustCompile(`action="/checkout"><button class="big">([^<]+)<`)
)

// viewOf returns the ID of the page view that a page tells its beacon, or "".
func viewOf(a answer) string {
	if m := beaconScript.FindStringSubmatch(a.body); m != nil {
		return m[2]
	}
	return ""
}

// tryBeacon tells for how long a page was looked at.
func (c *client) tryBeacon(view string, milliseconds int64) (answer, error) {
	body := fmt.Sprintf(`{"view":%q,"milliseconds":%d}`, view, milliseconds)
	a, err := c.trySaying("POST", "/beacon.js", body, "User-Agent", firefox, "Content-Type", "text/plain;charset=UTF-8", "Sec-Fetch-Site", "same-origin")
	if err == nil {
		err = a.noCookie("a beacon is no activity")
	}
	return a, err
}

func (c *client) beacon(t *testing.T, view string, milliseconds int64) {
	t.Helper()
	a, err := c.tryBeacon(view, milliseconds)
	if err == nil {
		err = a.is(http.StatusNoContent)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wordsOf returns what the button says that orders what is in the cart.
func wordsOf(a answer) (string, error) {
	m := orderWording.FindStringSubmatch(a.body)
	if m == nil {
		return "", fmt.Errorf("%s: no button to order with", a.call)
	}
	return m[1], nil
}
