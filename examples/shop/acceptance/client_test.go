package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	cookieName = "session"
	password   = "sojourn"
)

// jar holds the one cookie that matters.
type jar struct {
	mu     sync.Mutex
	token  string
	frozen bool // loses what it is given
}

func (j *jar) get() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.token
}

// take does what a browser does with the cookies of a response.
func (j *jar) take(a answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range a.cookies {
		if c.Name != cookieName || j.frozen {
			continue
		}
		if j.token = c.Value; c.MaxAge < 0 {
			j.token = ""
		}
	}
}

// client is a browser. It asks the instances in turn unless told where.
type client struct {
	shop *shop
	jar  *jar
	on   *instance
}

func (s *shop) client() *client { return &client{shop: s, jar: &jar{}} }

// at is the same browser, talking to one instance.
func (c *client) at(in *instance) *client {
	d := *c
	d.on = in
	return &d
}

// copied is somebody who holds the cookie that the client holds now, and takes
// no other.
func (c *client) copied() *client { return c.shop.holding(c.jar.get()) }

// holding is somebody who sends this cookie and takes no other.
func (s *shop) holding(token string) *client {
	return &client{shop: s, jar: &jar{token: token, frozen: true}}
}

// answer is a response, read to its end.
type answer struct {
	call     string
	status   int
	header   http.Header
	body     string
	cookies  []*http.Cookie
	sent     time.Time
	received time.Time
}

func (a answer) String() string {
	return fmt.Sprintf("%s: %d %q, Set-Cookie: %v", a.call, a.status, clip(a.body), len(a.header.Values("Set-Cookie")))
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

// token returns the session cookie that the response sets, if it does.
func (a answer) token() string {
	for _, c := range a.cookies {
		if c.Name == cookieName && c.MaxAge >= 0 {
			return c.Value
		}
	}
	return ""
}

// noCookie complains of any Set-Cookie.
func (a answer) noCookie(promise string) error {
	if len(a.header.Values("Set-Cookie")) > 0 {
		return fmt.Errorf("%s: %v", promise, a)
	}
	return nil
}

// request makes the request as the client would send it.
func (c *client) request(method, path string, body io.Reader) (*http.Request, error) {
	in := c.on
	if in == nil {
		in = c.shop.next()
	}
	r, err := http.NewRequest(method, in.url+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil && strings.HasPrefix(path, "/api/preferences/") {
		r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	} else if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := c.jar.get(); token != "" {
		r.Header.Set("Cookie", cookieName+"="+token)
	}
	return r, nil
}

// roundTrip sends the request and reads the response. The jar is left alone.
func (c *client) roundTrip(r *http.Request) (answer, error) {
	a := answer{call: r.Method + " " + r.URL.String(), sent: time.Now()}
	resp, err := c.shop.http.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a.received = time.Now()
	if err != nil {
		return a, fmt.Errorf("%s: body: %w", a.call, err)
	}
	a.status, a.header, a.body, a.cookies = resp.StatusCode, resp.Header, string(body), resp.Cookies()
	if token := a.token(); token != "" {
		c.shop.issued(token)
	}
	return a, nil
}

// try makes a call. If statuses are named, any other is an error; a 500 is one
// in any case.
func (c *client) try(method, path, body string, statuses ...int) (answer, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := c.request(method, path, reader)
	if err != nil {
		return answer{}, err
	}
	a, err := c.roundTrip(r)
	if err != nil {
		return a, err
	}
	c.jar.take(a)
	return a, a.is(statuses...)
}

func (a answer) is(statuses ...int) error {
	if a.status == http.StatusInternalServerError || len(statuses) > 0 && !slices.Contains(statuses, a.status) {
		return fmt.Errorf("%v, want %v", a, statuses)
	}
	return nil
}

// do is try for the test's own goroutine.
func (c *client) do(t *testing.T, method, path, body string, statuses ...int) answer {
	t.Helper()
	a, err := c.try(method, path, body, statuses...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func decode[T any](a answer, err error) (T, answer, error) {
	var v T
	if err == nil {
		if err = json.Unmarshal([]byte(a.body), &v); err != nil {
			err = fmt.Errorf("%v: %w", a, err)
		}
	}
	return v, a, err
}

func must[T any](t *testing.T) func(v T, a answer, err error) T {
	return func(v T, _ answer, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
