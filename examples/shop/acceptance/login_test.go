package acceptance

import (
	"fmt"
	"net/http"
	"testing"
)

// I5: rotation on login has no grace.

// deadCookie checks that a cookie authenticates nothing, and that answering it
// neither sets nor clears one, whatever it is presented for.
func deadCookie(t *testing.T, held *client, promise string) {
	t.Helper()
	noOnesCookie(t, held, promise, [][3]string{
		{"PUT", "/api/preferences/planted", "x"},
		{"POST", "/api/cart", asJSON(line{"sencha", 1})},
		{"POST", "/api/points"},
	})
}

// noOnesCookie checks the same for requests that leave nothing behind, and for
// more.
func noOnesCookie(t *testing.T, held *client, promise string, more [][3]string) {
	t.Helper()
	for _, call := range append([][3]string{
		{"GET", "/"},
		{"GET", "/api/me"},
		{"GET", "/api/cart"},
		{"GET", "/api/preferences"},
		{"GET", "/api/sessions"},
		{"DELETE", "/api/sessions"},
		{"POST", "/api/checkout"},
		{"POST", "/api/logout"},
	}, more...) {
		a, err := held.try(call[0], call[1], call[2])
		if err == nil {
			err = a.noCookie("answering it sets and clears no cookie")
		}
		if err != nil {
			t.Errorf("%s: %v", promise, err)
		}
	}
	if m := held.me(t); m != (me{}) {
		t.Errorf("%s: it authenticates %+v", promise, m)
	}
	if n := held.cart(t).Count; n != 0 {
		t.Errorf("%s: it shows a cart of %d", promise, n)
	}
}

// preLoginIsDead is run on every backend, the cluster included.
func preLoginIsDead(t *testing.T, s *shop) {
	t.Helper()
	for place, in := range s.places() {
		c := s.client()
		c.add(t, "sencha", 2)
		before := c.copied()
		c.at(in).login(t, "user-fixed")
		for _, where := range s.places() {
			deadCookie(t, before.at(where), "I5: the cookie from before a login "+place+" is dead")
		}
		c.mustBe(t, "user-fixed", "I5: the dead cookie harms nobody")
		if n := c.cart(t).Count; n != 2 {
			t.Errorf("I5: the dead cookie has changed the cart to %d", n)
		}

		// Another login, by the same user or by another, is a login as well.
		for _, user := range []string{"user-fixed", "user-switched"} {
			before = c.copied()
			c.at(in).login(t, user)
			deadCookie(t, before, "I5: the cookie from before another login is dead")
			c.mustBe(t, user, "I5: the dead cookie harms nobody")
		}

		before = c.copied()
		c.at(in).logout(t)
		deadCookie(t, before, "the cookie from before a logout is dead")
		c.mustBe(t, "", "who logs out is logged out")
	}
}

func TestI5_PreLoginCookieIsDead(t *testing.T) {
	each(t, func(t *testing.T, b backend) { preLoginIsDead(t, b.open(t)) })
}

func TestI5_PreLoginCookieInFlightOverTheLogin(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for place, in := range s.places() {
			for _, late := range underway {
				what := fmt.Sprintf("%s %s in flight over a login %s", late.method, late.path, place)
				c := s.client()
				c.add(t, "sencha", 1)
				before := c.copied()
				f := c.begin(t, s.here(), late.method, late.path, late.first)
				c.at(in).login(t, "ada")
				a := f.finish(t, late.rest)
				if err := a.noCookie("I5: " + what + ": its answer sets and clears no cookie"); err != nil {
					t.Error(err)
				}
				if a.status < 300 {
					if late.path == "/api/cart" && c.cart(t).Count != 2 || late.path != "/api/cart" && c.preferences(t)["late"] != "late" {
						t.Errorf("I2: %s: %v, but it is not there", what, a)
					}
				} else if a.status != http.StatusConflict {
					t.Errorf("%s: %v, want 2xx or 409", what, a)
				}
				deadCookie(t, before, "I5: after "+what)
				c.mustBe(t, "ada", "the login holds")
			}
		}
	})
}

// TestI5_LoginInFlightTwice: two logins of one browser at once. One cookie wins
// the browser; neither answer is a 500.
func TestI5_LoginsOfOneBrowserAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for range 5 {
			c := s.client()
			c.add(t, "sencha", 1)
			before := c.copied()
			together(t, "two logins of one browser at once", 2, func(int) error {
				_, err := c.tryLogin("ada")
				return err
			})
			c.mustBe(t, "ada", "whichever cookie the browser kept, it is logged in")
			deadCookie(t, before, "I5: the cookie from before both is dead")
		}
	})
}
