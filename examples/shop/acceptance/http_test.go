package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestListeningLine(t *testing.T) {
	in := memory.open(t).here()
	u, err := url.Parse(in.url)
	if err != nil || u.Hostname() != "127.0.0.1" || u.Port() == "0" || u.Port() == "" {
		t.Errorf("listening on %q, want the host of -addr and the port that was free", in.url)
	}
	if n := len(listening.FindAllString(in.log.String(), -1)); n != 1 {
		t.Errorf("`listening on` is printed %d times", n)
	}
}

func TestCookieOnPlainHTTP(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		for _, a := range []answer{c.set(t, "theme", "dark"), c.login(t, "ada"), c.logout(t)} {
			lines := a.header.Values("Set-Cookie")
			if len(lines) != 1 || len(a.cookies) != 1 {
				t.Fatalf("%v sets %q, want one cookie", a, lines)
			}
			k := a.cookies[0]
			if k.Name != cookieName || !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Secure || k.Domain != "" {
				t.Errorf("%s sets %s, want name session, HttpOnly, SameSite=Lax, Path=/, neither Secure nor Domain",
					a.call, strings.Replace(lines[0], k.Value, "…", 1))
			}
			if len(lines[0]) > 4096 {
				t.Errorf("the cookie has %d bytes", len(lines[0]))
			}
		}
	})
}

// uncacheable complains unless caches are told to keep their hands off.
func uncacheable(a answer) error {
	policy, vary := strings.ToLower(a.header.Get("Cache-Control")), strings.Join(a.header.Values("Vary"), ",")
	if !strings.Contains(policy, "no-store") || strings.Contains(policy, "public") || !strings.Contains(strings.ToLower(vary), "cookie") {
		return fmt.Errorf("I10: %s has Cache-Control %q and Vary %q, want no-store and Cookie", a.call, policy, vary)
	}
	return nil
}

func TestI10_SessionResponsesAreNotCacheable(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		calls := [][3]string{
			{"GET", "/api/me"},
			{"GET", "/api/cart"},
			{"GET", "/api/preferences"},
			{"GET", "/"},
			{"POST", "/api/cart", asJSON(line{"sencha", 1})},
			{"PUT", "/api/preferences/theme", "dark"},
			{"POST", "/api/points"},
			{"POST", "/api/login", credentials("ada", "wrong")},
			{"POST", "/api/login", credentials("ada", password)},
			{"GET", "/api/sessions"},
			{"POST", "/api/checkout"},
			{"POST", "/api/checkout"},
			{"POST", "/api/cart", "{"},
			{"DELETE", "/api/sessions"},
			{"GET", "/api/events"},
			{"POST", "/api/logout"},
			{"GET", "/api/sessions"},
		}
		visitor := s.client()
		visitor.set(t, "theme", "light")
		for _, call := range calls {
			if err := uncacheable(visitor.do(t, call[0], call[1], call[2])); err != nil {
				t.Errorf("with a session: %v", err)
			}
			// What a stranger is shown depends on the cookie, too.
			if a := s.client().do(t, call[0], call[1], call[2]); call[0] == "GET" && call[1] != "/" || a.token() != "" {
				if err := uncacheable(a); err != nil {
					t.Errorf("without a session: %v", err)
				}
			}
		}
		if err := uncacheable(answer{call: "GET /api/stream", header: visitor.stream(t).header}); err != nil {
			t.Error(err)
		}
	})
}

func TestI8_NothingIsKeptForReaders(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for _, call := range [][3]string{
			{"GET", "/"},
			{"HEAD", "/"},
			{"GET", "/healthz"},
			{"GET", "/api/me"},
			{"GET", "/api/cart"},
			{"GET", "/api/preferences"},
			{"GET", "/api/sessions"},
			{"GET", "/api/events"},
			{"GET", "/no/such/page"},
			{"POST", "/api/logout"},
			{"POST", "/api/checkout"},
			{"POST", "/api/cart", "{"},
			{"POST", "/api/cart", asJSON(line{"no-such-tea", 1})},
			{"DELETE", "/api/cart/sencha"},
			{"POST", "/api/login", credentials("ada", "wrong")},
			{"DELETE", "/api/sessions"},
		} {
			for _, token := range []string{"", "junk"} {
				c := s.holding(token)
				if err := c.do(t, call[0], call[1], call[2]).noCookie("I8: a visitor who leaves nothing gets no cookie"); err != nil {
					t.Errorf("with cookie %q: %v", token, err)
				}
			}
		}
		if started := s.events(t, "type", "session.started"); len(started) != 1 {
			t.Errorf("I8: %d sessions began, want the administrator's alone:\n%s", len(started), show(started))
		}
	})
}

func TestForeignHostIsRefused(t *testing.T) {
	s := memory.open(t)
	c := s.client()
	c.login(t, "ada")
	for host, served := range map[string]bool{
		"shop.example": false, "127.0.0.1.nip.example": false, "localhost.example": false, "10.0.0.1": false, "0.0.0.0": false, "[::]": false,
		"localhost": true, "localhost:8080": true, "[::1]:80": true, "127.0.0.2": true,
	} {
		r, err := c.request("GET", "/api/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		a, err := c.roundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if ok := a.status == http.StatusOK; ok != served || !served && (a.status < 400 || a.status > 499 || strings.Contains(a.body, "ada")) {
			t.Errorf("Host %q: %v, want it served: %v", host, a, served)
		}
		if err := a.noCookie("a refused request gets no cookie"); err != nil {
			t.Error(err)
		}
	}
}

func TestCrossOriginWritesAreRefused(t *testing.T) {
	s := memory.open(t)
	c := s.client()
	c.login(t, "ada")
	for _, call := range [][3]string{
		{"POST", "/api/cart", asJSON(line{"sencha", 1})},
		{"POST", "/api/login", credentials("bob", password)},
		{"POST", "/api/logout"},
		{"PUT", "/api/preferences/theme", "x"},
		{"POST", "/api/checkout"},
		{"DELETE", "/api/sessions"},
	} {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			r, err := c.request(call[0], call[1], strings.NewReader(call[2]))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(name, value)
			a, err := c.roundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != http.StatusForbidden {
				t.Errorf("%s: %s: %v, want 403", name, value, a)
			}
			if err := a.noCookie("a refused request gets no cookie"); err != nil {
				t.Error(err)
			}
		}
	}
	c.mustBe(t, "ada", "another site logs nobody in or out")
	if n := c.cart(t).Count; n != 0 {
		t.Errorf("another site has put %d into the cart", n)
	}
}

var links = regexp.MustCompile(`\shref="(/[^"#?]*)`)

// TestPages follows every link of the pages for people: as a stranger, as a
// user and as the administrator.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		var counts []int
		for _, user := range []string{"", "ada", "admin"} {
			c := s.client()
			if user != "" {
				c.login(t, user)
				c.add(t, "sencha", 1)
			}
			queue, pages := []string{"/"}, 0
			for i := 0; i < len(queue); i++ {
				a := c.do(t, "GET", queue[i], "")
				if a.status >= 400 {
					t.Errorf("%q follows a link to %v", user, a)
				}
				if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
					continue
				}
				pages++
				for _, token := range s.issuedTokens() {
					if strings.Contains(a.body, token) {
						t.Errorf("I4: %s shows a token", a.call)
					}
				}
				for _, m := range links.FindAllStringSubmatch(a.body, -1) {
					if !slices.Contains(queue, m[1]) && len(queue) < 100 {
						queue = append(queue, m[1])
					}
				}
			}
			c.mustBe(t, user, "following links logs nobody in or out")
			counts = append(counts, pages)
		}
		if counts[0] < 2 || counts[1] < 3 || counts[2] <= counts[1] {
			t.Errorf("pages found by links: %d by a stranger, %d by a user, %d by the administrator", counts[0], counts[1], counts[2])
		}
	})
}
