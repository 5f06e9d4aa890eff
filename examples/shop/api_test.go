package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

type apiStep struct {
	call   string // method and path
	body   string
	status int
	want   string // the whole body; "" means any
}

func TestAPI(t *testing.T) {
	const empty = `{"lines":[],"count":0}`
	big := strings.Repeat("x", 64<<10)
	tests := map[string][]apiStep{
		"health": {{"GET /healthz", "", 200, "ok"}},
		"cart": {
			{"GET /api/cart", "", 200, empty},
			{"POST /api/cart", `{"sku":"sencha","qty":2}`, 200, `{"lines":[{"sku":"sencha","qty":2}],"count":2}`},
			{"POST /api/cart", `{"sku":"earl-grey","qty":1}`, 200, `{"lines":[{"sku":"earl-grey","qty":1},{"sku":"sencha","qty":2}],"count":3}`},
			{"POST /api/cart", `{"sku":"sencha","qty":3}`, 200, `{"lines":[{"sku":"earl-grey","qty":1},{"sku":"sencha","qty":5}],"count":6}`},
			{"DELETE /api/cart/earl-grey", "", 200, `{"lines":[{"sku":"sencha","qty":5}],"count":5}`},
			{"DELETE /api/cart/earl-grey", "", 200, `{"lines":[{"sku":"sencha","qty":5}],"count":5}`},
			{"GET /api/cart", "", 200, `{"lines":[{"sku":"sencha","qty":5}],"count":5}`},
		},
		"what no cart takes": {
			{"POST /api/cart", `{"sku":"coffee","qty":1}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":0}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":-1}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":10001}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":1.5}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha"}`, 422, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":1`, 400, ""},
			{"POST /api/cart", `{"sku":"sencha","qty":1} {}`, 400, ""},
			{"POST /api/cart", ``, 400, ""},
			{"POST /api/cart", `{"sku":"` + big + `"}`, 413, ""},
			{"DELETE /api/cart/coffee", "", 422, ""},
			{"DELETE /api/cart/sencha", "", 200, empty},
			{"GET /api/cart", "", 200, empty},
		},
		"preferences": {
			{"GET /api/preferences", "", 200, `{}`},
			{"PUT /api/preferences/theme", "dark", 204, ""},
			{"PUT /api/preferences/a.b-C_1", "", 204, ""},
			{"GET /api/preferences", "", 200, `{"a.b-C_1":"","theme":"dark"}`},
			{"PUT /api/preferences/theme", "light", 204, ""},
			{"PUT /api/preferences/long", strings.Repeat("x", 1024), 204, ""},
			{"PUT /api/preferences/long", strings.Repeat("x", 1025), 413, ""},
			{"PUT /api/preferences/" + strings.Repeat("k", 64), "", 204, ""},
			{"PUT /api/preferences/" + strings.Repeat("k", 65), "", 422, ""},
			{"PUT /api/preferences/a%20b", "", 422, ""},
			{"PUT /api/preferences/a%2Fb", "", 422, ""},
			{"PUT /api/preferences/x", "\xff", 400, ""},
		},
		"points": {
			{"POST /api/points", "", 200, `{"points":1}`},
			{"POST /api/points", "", 200, `{"points":2}`},
			{"GET /api/preferences", "", 200, `{}`},
		},
		"login": {
			{"GET /api/me", "", 200, `{"user":"","session":"","visit":""}`},
			{"POST /api/login", `{"user":"ada","password":"wrong"}`, 401, ""},
			{"POST /api/login", `{"user":"eve","password":"sojourn"}`, 401, ""},
			{"POST /api/login", `{"user":"user-","password":"sojourn"}`, 401, ""},
			{"POST /api/login", `{"user":"ada","password":""}`, 401, ""},
			{"POST /api/login", `{"user":"ada"`, 400, ""},
			{"GET /api/me", "", 200, `{"user":"","session":"","visit":""}`},
			{"POST /api/login", `{"user":"user-17","password":"sojourn"}`, 200, `{"user":"user-17"}`},
			{"POST /api/login", `{"user":"ada","password":"sojourn"}`, 200, `{"user":"ada"}`},
			{"POST /api/logout", "", 204, ""},
			{"POST /api/logout", "", 204, ""},
			{"GET /api/sessions", "", 401, ""},
		},
		"logout without a session": {{"POST /api/logout", "", 204, ""}},
		"without a login": {
			{"GET /api/sessions", "", 401, ""},
			{"DELETE /api/sessions", "", 401, ""},
			{"DELETE /api/sessions/AAAAAAAAAAAAAAAAAAAAAA", "", 401, ""},
			{"GET /api/events", "", 401, ""},
		},
		"not the administrator": {
			{"POST /api/login", `{"user":"bob","password":"sojourn"}`, 200, ""},
			{"GET /api/events", "", 403, ""},
		},
		"not somebody's own session": {
			{"POST /api/login", `{"user":"bob","password":"sojourn"}`, 200, ""},
			{"DELETE /api/sessions/AAAAAAAAAAAAAAAAAAAAAA", "", 404, ""},
			{"DELETE /api/sessions/nonsense", "", 404, ""},
		},
		"checkout": {
			{"POST /api/checkout", "", 409, `{"error":"The cart is empty."}`},
			{"POST /api/cart", `{"sku":"sencha","qty":2}`, 200, ""},
			{"POST /api/checkout", "", 200, ""},
			{"POST /api/checkout", "", 409, ""},
			{"GET /api/cart", "", 200, empty},
		},
		"screens and newsletter": {
			{"POST /api/screens", `{"screen":"Home"}`, 204, ""},
			{"POST /api/screens", `{"screen":""}`, 422, ""},
			{"POST /api/screens", `{"screen":"` + strings.Repeat("s", maxScreen+1) + `"}`, 422, ""},
			{"POST /api/screens", `{"screen":"` + big + `"}`, 413, ""},
			{"POST /api/screens", `{`, 400, ""},
			{"POST /api/subscribe", "", 204, ""},
			{"GET /api/me", "", 200, `{"user":"","session":"","visit":""}`}, // neither makes a session
		},
		"reports without a login": {
			{"GET /api/report/overview", "", 401, ""},
			{"GET /api/report/", "", 401, ""},
			{"POST /api/login", `{"user":"bob","password":"sojourn"}`, 200, ""},
			{"GET /api/report/overview", "", 403, ""},
			{"GET /api/report/tea", "", 403, ""},
		},
		"reports": {
			{"POST /api/login", `{"user":"admin","password":"sojourn"}`, 200, ""},
			{"GET /api/report/overview", "", 200, ""},
			{"GET /api/report/ledger", "", 200, ""},
		},
		"nothing there": {
			{"GET /api/nothing", "", 404, `{"error":"There is nothing at this address."}`},
			{"PATCH /api/cart", "", 405, `{"error":"Method Not Allowed"}`},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			url, _ := open(t, middleware.Config{})
			b := visit(t, url)
			for _, s := range steps {
				method, path, _ := strings.Cut(s.call, " ")
				a := b.send(method, path, s.body)
				if a.status != s.status || s.want != "" && a.body != s.want {
					t.Fatalf("%s %.80s: %d %s, want %d %s", s.call, s.body, a.status, a.body, s.status, s.want)
				}
				if a.status >= 400 && decode[map[string]string](t, a.body)["error"] == "" {
					t.Errorf("%s %.80s: no error in %s", s.call, s.body, a.body)
				}
			}
		})
	}
}

func TestAllowSaysWhichMethods(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	if got := visit(t, url).send("PATCH", "/api/cart", "").header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", got)
	}
}

func TestOneCartTakesNoMoreThanItHolds(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	b := visit(t, url)
	for range 100 {
		b.want(200, "POST", "/api/cart", `{"sku":"sencha","qty":10000}`)
	}
	b.want(422, "POST", "/api/cart", `{"sku":"sencha","qty":1}`)
}

func TestNothingWrittenAtOnceIsLost(t *testing.T) {
	const n = 200
	url, _ := open(t, middleware.Config{})
	b := visit(t, url)
	b.want(200, "POST", "/api/points", "")
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { b.send("POST", "/api/cart", `{"sku":"sencha","qty":1}`) })
		wg.Go(func() { b.send("POST", "/api/points", "") })
		wg.Go(func() { b.send("PUT", fmt.Sprintf("/api/preferences/key-%d", i), "kept") })
	}
	wg.Wait()
	if got := b.want(200, "GET", "/api/cart", ""); !strings.Contains(got, `"count":200`) {
		t.Errorf("cart %s", got)
	}
	if got := b.want(200, "POST", "/api/points", ""); got != `{"points":202}` {
		t.Errorf("points %s, want 202", got)
	}
	if got := decode[map[string]string](t, b.want(200, "GET", "/api/preferences", "")); len(got) != n {
		t.Errorf("%d preferences, want %d", len(got), n)
	}
}

func TestCheckoutAtOnceIsOneOrder(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	b := visit(t, url)
	b.want(200, "POST", "/api/cart", `{"sku":"sencha","qty":2}`)
	var mu sync.Mutex
	var orders []string
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a := b.send("POST", "/api/checkout", "")
			if a.status != 200 {
				if a.status != 409 {
					t.Errorf("status %d", a.status)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			orders = append(orders, a.body)
		})
	}
	wg.Wait()
	if len(orders) != 1 || !strings.HasSuffix(orders[0], `"lines":[{"sku":"sencha","qty":2}]}`) {
		t.Errorf("orders %v", orders)
	}
}

func TestDevices(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	phone, laptop, stranger := as(t, url, "ada"), as(t, url, "ada"), as(t, url, "bob")
	type device struct {
		ID       string
		Current  bool
		Address  string
		Started  time.Time
		Seen     time.Time
		LoggedIn time.Time `json:"logged_in"`
	}
	list := func(b *browser) []device { return decode[[]device](t, b.want(200, "GET", "/api/sessions", "")) }

	devices := list(laptop)
	slices.SortFunc(devices, func(a, _ device) int { // logins of the same moment come in any order
		if a.Current {
			return -1
		}
		return 1
	})
	if len(devices) != 2 || !devices[0].Current || devices[1].Current {
		t.Fatalf("devices %+v, want the laptop, which is current, and the phone", devices)
	}
	for _, d := range devices {
		if d.Address != "127.0.0.1" || d.Started.IsZero() || d.Seen.IsZero() || d.LoggedIn.IsZero() {
			t.Errorf("device %+v", d)
		}
	}
	stranger.want(404, "DELETE", "/api/sessions/"+devices[1].ID, "")
	phone.want(200, "GET", "/api/sessions", "")
	laptop.want(204, "DELETE", "/api/sessions/"+devices[1].ID, "")
	phone.want(401, "GET", "/api/sessions", "")
	laptop.want(404, "DELETE", "/api/sessions/"+devices[1].ID, "")

	tablet := as(t, url, "ada")
	laptop.want(204, "DELETE", "/api/sessions", "")
	tablet.want(401, "GET", "/api/sessions", "")
	if got := list(laptop); len(got) != 1 {
		t.Errorf("devices %+v, want the laptop alone", got)
	}
	stranger.want(200, "GET", "/api/sessions", "")
}

func TestMaxLoginsEndsTheOldest(t *testing.T) {
	url, _ := open(t, middleware.Config{MaxLogins: 2})
	first, second, third := as(t, url, "ada"), as(t, url, "ada"), as(t, url, "ada")
	first.want(401, "GET", "/api/sessions", "")
	second.want(200, "GET", "/api/sessions", "")
	third.want(200, "GET", "/api/sessions", "")
}

func TestTheCookieFromBeforeTheLoginIsDead(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	b := visit(t, url)
	b.want(200, "POST", "/api/points", "")
	before := b.cookie()
	b.want(200, "POST", "/api/login", `{"user":"ada","password":"sojourn"}`)
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/sessions", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "session", Value: before})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || len(res.Cookies()) > 0 {
		t.Errorf("status %d, cookies %v", res.StatusCode, res.Cookies())
	}
}

// slowly sends a request up to the middle of its body, calls meanwhile, and then
// sends the rest.
func slowly(b *browser, method, path, body string, meanwhile func()) answer {
	b.t.Helper()
	r := &pausedBody{parts: []string{body[:len(body)/2], body[len(body)/2:]}, pause: meanwhile}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, r)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Expect", "100-continue") // the body goes out once a handler reads it, who has the session by then
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	return answer{status: res.StatusCode, header: res.Header}
}

type pausedBody struct {
	parts []string
	pause func()
}

func (p *pausedBody) Read(b []byte) (int, error) {
	switch len(p.parts) {
	case 0:
		return 0, io.EOF
	case 1:
		p.pause()
		n := copy(b, p.parts[0])
		p.parts = nil
		return n, io.EOF
	}
	n := copy(b, p.parts[0])
	p.parts = p.parts[1:]
	return n, nil
}

func TestWhatWasInFlightRevivesNothing(t *testing.T) {
	requests := []struct{ method, path, body string }{
		{"POST", "/api/cart", `{"sku":"sencha","qty":1}`},
		{"PUT", "/api/preferences/theme", "dark"},
	}
	ends := map[string]func(b, other *browser){
		"logout":     func(b, _ *browser) { b.want(204, "POST", "/api/logout", "") },
		"revocation": func(_, other *browser) { other.want(204, "DELETE", "/api/sessions", "") },
	}
	for name, end := range ends {
		for _, r := range requests {
			t.Run(name+" during "+r.path, func(t *testing.T) {
				url, _ := open(t, middleware.Config{})
				b, other := as(t, url, "ada"), as(t, url, "ada")
				a := slowly(b, r.method, r.path, r.body, func() { end(b, other) })
				if a.status >= 500 {
					t.Errorf("status %d", a.status)
				}
				b.want(401, "GET", "/api/sessions", "")
			})
		}
	}
}

func TestEvents(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	admin, b := as(t, url, "admin"), visit(t, url)
	b.want(401, "POST", "/api/login", `{"user":"ada","password":"wrong"}`)
	b.want(200, "POST", "/api/login", `{"user":"ada","password":"sojourn"}`)
	id := decode[map[string]string](t, b.want(200, "GET", "/api/me", ""))["session"]
	b.want(204, "POST", "/api/logout", "")

	events := func(query string) []analytics.Event {
		t.Helper()
		return decode[[]analytics.Event](t, admin.want(200, "GET", "/api/events?"+query, ""))
	}
	var types []analytics.Type
	for _, e := range events("session=" + id) {
		types = append(types, e.Type)
		if e.Session != id || e.ID == "" || e.Time.IsZero() {
			t.Errorf("event %+v", e)
		}
	}
	want := []analytics.Type{"session.started", "visit.started", "login.started", "login.ended"}
	types = slices.DeleteFunc(types, func(e analytics.Type) bool { return e == analytics.CredentialRotated })
	if !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	if got := events("type=login.failed"); len(got) != 1 || got[0].User != "ada" {
		t.Errorf("failed logins %+v", got)
	}
	if got := events("type=login.ended&user=ada"); len(got) != 1 || got[0].Reason != analytics.ReasonLogout {
		t.Errorf("ends %+v", got)
	}
	if got := events("limit=1"); len(got) != 1 || got[0].Type != analytics.SessionStarted {
		t.Errorf("the first event is %+v", got)
	}
	if got := admin.want(200, "GET", "/api/events?user=nobody", ""); got != "[]" {
		t.Errorf("no events are %s, want []", got)
	}
	admin.want(422, "GET", "/api/events?limit=x", "")
}

func TestStreamEndsWithTheLogin(t *testing.T) {
	url, _ := open(t, middleware.Config{})
	b := as(t, url, "ada")
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != `data: {"n":2}` {
	}
	began := time.Now()
	b.want(204, "POST", "/api/logout", "")
	var last string
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: ") {
			last = lines.Text()
		}
	}
	if err := lines.Err(); err != nil || last != "event: end" || time.Since(began) > time.Second {
		t.Errorf("the stream ended with %q, %v after the logout: %v", last, time.Since(began), err)
	}
}

func TestReadsLeaveNothingBehind(t *testing.T) {
	url, store := open(t, middleware.Config{})
	for _, path := range []string{"/", "/cart", "/order", "/login", "/api/cart", "/api/me", "/api/preferences", "/nothing"} {
		if a := visit(t, url).send("GET", path, ""); len(a.header["Set-Cookie"]) > 0 {
			t.Errorf("GET %s sets a cookie", path)
		}
	}
	visit(t, url).want(401, "POST", "/api/login", `{"user":"ada","password":"wrong"}`)
	visit(t, url).want(401, "POST", "/login", "user=ada&password=wrong")
	visit(t, url).want(303, "POST", "/logout", "")
	if recs, err := store.Sessions(t.Context(), 10); err != nil || len(recs) > 0 {
		t.Errorf("%d sessions, error %v", len(recs), err)
	}
}
