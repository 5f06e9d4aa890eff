package acceptance

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// flood sends n requests over a few keep-alive connections, many ahead of their
// answers, and gives each answer to check.
func flood(in *instance, n int, request func(i int) string, check func(i int, r *http.Response, body []byte) error) error {
	const connections, ahead = 4, 64
	u, err := url.Parse(in.url)
	if err != nil {
		return err
	}
	failures := make(chan error, connections)
	for worker := range connections {
		go func() {
			failures <- func() error {
				conn, err := net.Dial("tcp", u.Host)
				if err != nil {
					return err
				}
				defer conn.Close()
				replies := bufio.NewReaderSize(conn, 64<<10)
				for i := worker; i < n; i += connections * ahead {
					var batch strings.Builder
					for k := i; k < n && k < i+connections*ahead; k += connections {
						batch.WriteString(request(k))
					}
					if _, err := io.WriteString(conn, batch.String()); err != nil {
						return err
					}
					for k := i; k < n && k < i+connections*ahead; k += connections {
						r, err := http.ReadResponse(replies, nil)
						if err != nil {
							return fmt.Errorf("request %d: %w", k, err)
						}
						body, err := io.ReadAll(r.Body)
						if err == nil {
							err = check(k, r, body)
						}
						if err != nil {
							return fmt.Errorf("request %d, %.200q: %w", k, request(k), err)
						}
					}
				}
				return nil
			}()
		}()
	}
	errs := make([]error, connections)
	for i := range errs {
		errs[i] = <-failures
	}
	return errors.Join(errs...)
}

// get is a request, with more headers as name, value, and so on.
func get(path, cookie string, headers ...string) string {
	var text strings.Builder
	text.WriteString("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n")
	if cookie != "" {
		headers = append(headers, "Cookie", cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		text.WriteString(headers[i] + ": " + headers[i+1] + "\r\n")
	}
	return text.String() + "\r\n"
}

// junk returns cookies that are no tokens, some of them almost.
func junk(good string) func(i int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = alphabet[rand.N(len(alphabet))]
		}
		return string(b)
	}
	return func(i int) string {
		value := ""
		switch i % 10 {
		case 0, 1:
			value = tokenPrefix + random(len(good)-len(tokenPrefix))
		case 2: // one character changed
			at := len(tokenPrefix) + rand.N(len(good)-len(tokenPrefix))
			c := alphabet[rand.N(len(alphabet))]
			if c == good[at] {
				c = '.'
			}
			value = good[:at] + string(c) + good[at+1:]
		case 3:
			value = "sjr_" + good[len(tokenPrefix):]
		case 4:
			value = random(43)
		case 5:
			value = good[:rand.N(len(good))]
		case 6:
			value = good + random(1+rand.N(500))
		case 7:
			value = "../../../etc/passwd"
		case 8:
			return cookieName + "=" + random(71) + "; " + cookieName + "=" + tokenPrefix + random(71)
		case 9:
			value = "sj:{0}:s:" + random(22)
		}
		return cookieName + "=" + value
	}
}

const nobody = `"user":""`

// reads are pages that show a visitor without a session nothing of a session.
var reads = []string{"/api/me", "/api/cart", "/api/preferences", "/"}

func floodSize() int {
	if testing.Short() {
		return 10_000
	}
	return 100_000
}

func TestI8_JunkCookiesAskNoStore(t *testing.T) {
	r := redistest.Single(t)
	s := openProgram(t, plainBinary, 2, "-redis", r.URL())
	ada := s.client()
	ada.login(t, "ada")
	n := floodSize()
	cookie := junk(ada.jar.get())
	seen := watch(t, r.Addr())
	check := func(i int, r *http.Response, body []byte) error {
		switch {
		case r.StatusCode != http.StatusOK:
			return fmt.Errorf("status %d", r.StatusCode)
		case r.Header.Get("Set-Cookie") != "":
			return errors.New("sets a cookie")
		case i%2 == 0 && !strings.Contains(string(body), nobody):
			return fmt.Errorf("lets somebody in: %s", body)
		}
		return nil
	}
	request := func(i int) string { return get(reads[i%2], cookie(i)) }
	if err := flood(s.here(), n/2, request, check); err != nil {
		t.Error(err)
	}
	if err := flood(s.there(), n/2, request, check); err != nil {
		t.Error(err)
	}
	lines := seen.mark(t, r.Client())
	for _, line := range lines {
		if strings.Contains(line, ":s:") || strings.Contains(strings.ToLower(line), `"hgetall"`) {
			t.Fatalf("%d junk cookies cause no store access, but: %q", n, clip(line))
		}
	}
	// Sweepers and pumps go on meanwhile, which has nothing to do with requests.
	t.Logf("%d junk cookies, %d commands of the background", n, len(lines))
	if len(lines) > n/4 {
		t.Errorf("%d commands while %d junk cookies came: %q", len(lines), n, clip(strings.Join(lines[:3], "")))
	}
	ada.mustBe(t, "ada", "junk harms nobody")
}

// TestI8_CookielessReadsLeaveNothing reads as programs do, and as browsers do that
// do not say why (Sec-Fetch-Dest): they are shown pages, which are counted.
func TestI8_CookielessReadsLeaveNothing(t *testing.T) {
	r := redistest.Single(t)
	s := openProgram(t, plainBinary, 2, append([]string{"-redis", r.URL()}, shared(t)...)...)
	s.events(t)
	n := floodSize()
	before, size := records(t, r), r.Client().DBSize(t.Context()).Val()
	check := func(_ int, r *http.Response, _ []byte) error {
		if r.StatusCode != http.StatusOK || r.Header.Get("Set-Cookie") != "" {
			return fmt.Errorf("status %d, Set-Cookie %v, want 200 and none", r.StatusCode, r.Header.Get("Set-Cookie") != "")
		}
		return nil
	}
	shown := int64(0)
	request := func(i int) string {
		path := reads[i%len(reads)]
		if i%8 < 4 {
			return get(path, "")
		}
		return get(path, "", "User-Agent", firefox, "Accept", navigation["Accept"])
	}
	for i := range n / 2 {
		if i%8 >= 4 && reads[i%len(reads)] == "/" {
			shown += int64(len(s.places()))
		}
	}
	for _, in := range s.places() {
		if err := flood(in, n/2, request, check); err != nil {
			t.Error(err)
		}
	}
	if now := records(t, r); now != before {
		t.Errorf("I8: %d cookie-less reads made %d records", n, now-before)
	}
	if now := r.Client().DBSize(t.Context()).Val(); now > size {
		t.Errorf("I8: %d cookie-less reads made %d keys", n, now-size)
	}
	if started := s.events(t, "type", string(analytics.SessionStarted)); len(started) != 1 {
		t.Errorf("I8: %d sessions began, want the administrator's alone", len(started))
	}
	reported(t, s, "pages that were shown to nobody known are counted", "ledger", func(l ledger) error {
		return same("views not recorded", l.Skipped, map[string]int64{"session": shown})
	})
}

// records counts the sessions in Redis.
func records(t *testing.T, r *redistest.Server) int {
	t.Helper()
	all, err := r.Client().Keys(t.Context(), "*:s:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestI8_NavigationsBeginOneSessionEach: who opens a page and keeps no cookie begins
// a session with each, and no more than one; a bot that looks the same begins none.
func TestI8_NavigationsBeginOneSessionEach(t *testing.T) {
	r := redistest.Single(t)
	s := openProgram(t, plainBinary, 2, append([]string{"-redis", r.URL()}, shared(t)...)...)
	s.events(t)
	before := records(t, r)
	const navigations = 1000
	paths := []string{"/", "/tea/sencha", "/cart", "/rewards"}
	browse := func(agent string) func(int) string {
		headers := maps.Clone(navigation)
		headers["User-Agent"] = agent
		return func(i int) string { return get(paths[i%len(paths)], "", pairs(headers)...) }
	}
	var begun sync.Map // cookies
	for _, in := range s.places() {
		err := flood(in, navigations/2, browse(firefox), func(_ int, r *http.Response, body []byte) error {
			cookies := r.Cookies()
			if r.StatusCode != http.StatusOK || len(cookies) != 1 || !strings.Contains(string(body), "data-view") {
				return fmt.Errorf("status %d, %d cookies", r.StatusCode, len(cookies))
			}
			if _, twice := begun.LoadOrStore(cookies[0].Value, true); twice {
				return errors.New("two visitors have one session")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = flood(in, navigations/2, browse(crawler), func(_ int, r *http.Response, body []byte) error {
			if r.StatusCode != http.StatusOK || len(r.Cookies()) != 0 || strings.Contains(string(body), "data-view") {
				return fmt.Errorf("a bot: status %d, %d cookies", r.StatusCode, len(r.Cookies()))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if now := records(t, r); now-before != navigations {
		t.Errorf("%d navigations made %d records", navigations, now-before)
	}
	reported(t, s, "one visit and one view each", "overview", func(o overview) error {
		return errors.Join(o.Visits.is("visits", navigations), o.Views.is("views", navigations))
	})
	reported(t, s, "bots are counted", "ledger", func(l ledger) error {
		return same("views not recorded", l.Skipped, map[string]int64{"bot": navigations})
	})
	events := s.events(t)
	for _, typ := range []analytics.Type{analytics.SessionStarted, analytics.VisitStarted} {
		if n := len(ofType(events, typ)); n != navigations+1 {
			t.Errorf("%d events of type %s, want one a navigation and the administrator's", n, typ)
		}
	}
	if err := audit(events, func(string) bool { return true }); err != nil {
		t.Error(err)
	}
}

func TestI8_MemoryKeepsNothingForReaders(t *testing.T) {
	s := openProgram(t, plainBinary, 1, "-data", "")
	ada := s.client()
	ada.login(t, "ada")
	cookie := junk(ada.jar.get())
	err := flood(s.here(), floodSize()/10, func(i int) string {
		if i%3 == 0 {
			return get(reads[0], cookie(i))
		}
		return get(reads[i%len(reads)], "")
	}, func(_ int, r *http.Response, _ []byte) error {
		if r.StatusCode != http.StatusOK || r.Header.Get("Set-Cookie") != "" {
			return fmt.Errorf("status %d, Set-Cookie %v", r.StatusCode, r.Header.Get("Set-Cookie") != "")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if started := s.events(t, "type", string(analytics.SessionStarted)); len(started) != 2 {
		t.Errorf("I8: %d sessions began, want ada's and the administrator's:\n%s", len(started), show(started))
	}
}
