package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

// The API as its table has it, row by row.

func TestTableHealth(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for place, in := range s.places() {
			a := s.client().at(in).do(t, "GET", "/healthz", "", http.StatusOK)
			if err := a.noCookie("a health check makes no session"); err != nil {
				t.Errorf("%s: %v", place, err)
			}
		}
	})
}

func TestTableCart(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		if got := c.do(t, "GET", "/api/cart", "", http.StatusOK).body; !strings.Contains(got, `"lines":[]`) || !strings.Contains(got, `"count":0`) {
			t.Errorf(`an empty cart is %s, want {"lines":[],"count":0}`, got)
		}
		want := func(got cart, count int64, lines ...line) {
			t.Helper()
			if got.Count != count || !slices.Equal(got.Lines, lines) {
				t.Errorf("cart is %+v, want %+v with count %d", got, lines, count)
			}
		}
		want(c.add(t, "sencha", 2), 2, line{"sencha", 2})
		want(c.add(t, "sencha", 3), 5, line{"sencha", 5})
		for body, status := range map[string]int{
			`{"sku":"no-such-tea","qty":1}`:     422,
			`{"qty":1}`:                         422,
			`{"sku":"sencha"}`:                  422,
			`{"sku":"sencha","qty":0}`:          422,
			`{"sku":"sencha","qty":-1}`:         422,
			`{"sku":"sencha","qty":1000000000}`: 422,
			`{"sku":"sencha"`:                   400,
			`{"sku":"sencha","qty":1} trailing`: 400,
			`sencha`:                            400,
			` `:                                 400,
		} {
			a := c.do(t, "POST", "/api/cart", body)
			if a.status != status {
				t.Errorf("POST /api/cart %s: %d, want %d", body, a.status, status)
			}
		}
		want(c.cart(t), 5, line{"sencha", 5})
		gone := must[cart](t)(decode[cart](c.try("DELETE", "/api/cart/sencha", "", http.StatusOK)))
		want(gone, 0)
		want(c.cart(t), 0)
		c.do(t, "DELETE", "/api/cart/sencha", "", http.StatusOK)
	})
}

func TestTablePreferences(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		if got := strings.TrimSpace(c.do(t, "GET", "/api/preferences", "", http.StatusOK).body); got != "{}" {
			t.Errorf("no preferences are %s, want {}", got)
		}
		long := strings.Repeat("x", 1024)
		values := map[string]string{"theme": "dark", "greeting": "grün und 茶\n\"<&>", "long": long}
		c.set(t, "theme", "light")
		for key, value := range values {
			c.set(t, key, value)
		}
		if got := c.preferences(t); fmt.Sprint(got) != fmt.Sprint(values) {
			t.Errorf("preferences are %q, want %q", got, values)
		}
		c.do(t, "PUT", "/api/preferences/long", long+"x", http.StatusRequestEntityTooLarge)
		if got := c.preferences(t)["long"]; got != long {
			t.Errorf("a refused value has changed the preference to %d bytes", len(got))
		}
	})
}

func TestTablePoints(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		for want := range int64(3) {
			if got := c.point(t); got != want+1 {
				t.Errorf("points are %d, want %d", got, want+1)
			}
		}
	})
}

func TestTableLogin(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for _, user := range []string{"ada", "bob", "admin", "user-1", "user-x.y"} {
			c := s.client()
			if got := strings.TrimSpace(c.login(t, user).body); got != fmt.Sprintf(`{"user":%q}`, user) {
				t.Errorf("login of %s: %s", user, got)
			}
			c.mustBe(t, user, "who logs in is logged in")
			a := c.logout(t)
			c.mustBe(t, "", "who logs out is logged out")
			if a.body != "" {
				t.Errorf("204 with a body: %v", a)
			}
		}
		c := s.client()
		for _, body := range []string{
			credentials("ada", "wrong"), credentials("ada", ""), credentials("", password),
			credentials("mallory", password), credentials("user-", "x"), `{}`,
		} {
			a := c.do(t, "POST", "/api/login", body, http.StatusUnauthorized)
			if err := a.noCookie("I8: a failed login makes no session"); err != nil {
				t.Error(err)
			}
		}
		c.do(t, "POST", "/api/login", `{"user"`, http.StatusUnauthorized, http.StatusBadRequest)
		c.mustBe(t, "", "nobody gets in without the password")
		c.add(t, "sencha", 1)
		c.logout(t)
		c.logout(t)
		if got := c.cart(t).Count; got != 1 {
			t.Errorf("logout without a login: the cart has %d, want 1", got)
		}
	})
}

func TestTableMe(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		if got := c.do(t, "GET", "/api/me", "", http.StatusOK).body; !strings.Contains(got, `"user":""`) ||
			!strings.Contains(got, `"session":""`) || !strings.Contains(got, `"visit":""`) {
			t.Errorf("nobody is %s, want empty strings", got)
		}
		c.add(t, "sencha", 1)
		if m := c.me(t); m.User != "" || m.Session == "" || m.Visit == "" {
			t.Errorf("a visitor with a cart is %+v", m)
		}
		c.login(t, "ada")
		if m := c.me(t); m.User != "ada" || m.Session == "" || m.Visit == "" {
			t.Errorf("a user is %+v", m)
		}
	})
}

func TestTableSessions(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		ada, phone, bob := s.client(), s.client(), s.client()
		for _, call := range [][2]string{{"GET", "/api/sessions"}, {"DELETE", "/api/sessions"}, {"DELETE", "/api/sessions/x"}} {
			s.client().do(t, call[0], call[1], "", http.StatusUnauthorized)
		}
		ada.login(t, "ada")
		phone.login(t, "ada")
		bob.login(t, "bob")
		for _, id := range []string{bob.me(t).Session, "x", "AAAAAAAAAAAAAAAAAAAAAA", "%00"} {
			ada.do(t, "DELETE", "/api/sessions/"+id, "", http.StatusNotFound)
		}
		bob.mustBe(t, "bob", "nobody ends another user's session")
		ada.do(t, "DELETE", "/api/sessions/"+phone.me(t).Session, "", http.StatusNoContent)
		phone.mustBe(t, "", "a device that was ended is out")
		phone.login(t, "ada")
		ada.do(t, "DELETE", "/api/sessions", "", http.StatusNoContent)
		phone.mustBe(t, "", "the others are out")
		ada.mustBe(t, "ada", "the one that asked is not")
		ada.do(t, "DELETE", "/api/sessions/"+ada.me(t).Session, "", http.StatusNoContent)
		ada.mustBe(t, "", "one may end the session one has")
	})
}

func TestTableCheckout(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for _, user := range []string{"ada", ""} {
			c := s.client()
			if user != "" {
				c.login(t, user)
			}
			c.do(t, "POST", "/api/checkout", "", http.StatusConflict)
			c.add(t, "sencha", 3)
			o := c.checkout(t)
			if o.Order == "" || !slices.Equal(o.Lines, []line{{"sencha", 3}}) {
				t.Errorf("order is %+v, want a number and 3 sencha", o)
			}
			if got := c.cart(t); got.Count != 0 || len(got.Lines) != 0 {
				t.Errorf("after the checkout the cart has %+v", got)
			}
			c.do(t, "POST", "/api/checkout", "", http.StatusConflict)
		}
	})
}

func TestTableEvents(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		ada, bob := s.client(), s.client()
		s.client().do(t, "GET", "/api/events", "", http.StatusUnauthorized, http.StatusForbidden)
		ada.login(t, "ada")
		ada.do(t, "GET", "/api/events", "", http.StatusForbidden)
		bob.login(t, "bob")
		bob.logout(t)
		session := bob.me(t).Session

		var events []analytics.Event
		eventually(t, "events arrive", func() (err error) {
			if events, _, err = s.tryEvents("session", session); err == nil && len(ofType(events, analytics.LoginEnded)) == 0 {
				err = fmt.Errorf("no login.ended in\n%s", show(events))
			}
			return err
		})
		if err := audit(events, func(string) bool { return true }); err != nil {
			t.Error(err)
		}
		for _, e := range events {
			if e.Session != session {
				t.Errorf("an event of another session: %s", show([]analytics.Event{e}))
			}
		}
		for _, e := range s.events(t, "user", "bob") {
			if e.User != "bob" {
				t.Errorf("an event of another user: %s", show([]analytics.Event{e}))
			}
		}
		if got := s.events(t, "type", "login.started", "user", "bob"); len(got) != 1 || got[0].Type != analytics.LoginStarted {
			t.Errorf("login.started of bob: %s", show(got))
		}
		if got := s.events(t, "session", session, "user", "ada"); len(got) != 0 {
			t.Errorf("filters combine, but: %s", show(got))
		}
		if got := strings.TrimSpace(s.admin.do(t, "GET", "/api/events?user=nobody", "", http.StatusOK).body); got != "[]" {
			t.Errorf("no events are %s, want []", got)
		}
	})
}

func TestTableStream(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t)
		ada := s.client()
		ada.login(t, "ada")
		stream := ada.stream(t)
		if got := stream.header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
			t.Errorf("Content-Type of the stream: %q", got)
		}
		for range 3 {
			stream.tick(t)
		}
	})
}

func TestTableRefusesTheRest(t *testing.T) {
	s := memory.open(t)
	for _, call := range []string{
		"GET /api/nothing", "GET /nothing/here",
		"POST /api/me", "DELETE /api/cart", "GET /api/checkout", "GET /api/logout", "POST /healthz",
	} {
		method, path, _ := strings.Cut(call, " ")
		s.client().do(t, method, path, "", http.StatusNotFound, http.StatusMethodNotAllowed)
	}
}
