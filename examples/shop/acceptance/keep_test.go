package acceptance

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

// I2: nothing written is lost.

const many = 200

// keepsWhatIsWritten is run on every backend, the cluster included.
func keepsWhatIsWritten(t *testing.T, s *shop) {
	t.Helper()
	c := s.client()
	c.login(t, "user-keeper")
	together(t, "200 concurrent adds", many, func(int) error {
		_, _, err := c.tryAdd("sencha", 1)
		return err
	})
	together(t, "200 concurrent preference keys", many, func(i int) error {
		_, err := c.trySet("key"+strconv.Itoa(i), "value"+strconv.Itoa(i))
		return err
	})
	var mu sync.Mutex
	given := map[int64]bool{}
	together(t, "200 concurrent points", many, func(int) error {
		p, _, err := c.tryPoint()
		mu.Lock()
		defer mu.Unlock()
		given[p.Points] = true
		return err
	})
	for place, in := range s.places() {
		c := c.at(in)
		if got := c.cart(t); got.Count != many || len(got.Lines) != 1 {
			t.Errorf("I2: of 200 concurrent adds %d were kept, seen from %s: %+v", got.Count, place, got)
		}
		got, kept := c.preferences(t), 0
		for i := range many {
			if got["key"+strconv.Itoa(i)] == "value"+strconv.Itoa(i) {
				kept++
			}
		}
		if kept != many || len(got) != many {
			t.Errorf("I2: of 200 concurrent preference keys %d were kept, seen from %s", kept, place)
		}
	}
	if got := c.point(t); got != many+1 {
		t.Errorf("I2: after 200 concurrent points and one more they are %d", got)
	}
}

func TestI2_ConcurrentWritesAreKept(t *testing.T) {
	each(t, func(t *testing.T, b backend) { keepsWhatIsWritten(t, b.open(t)) })
}

// TestI2_VisitorsWritesAreKept is the same without a login, and with a secret
// that is renewed all the time.
func TestI2_VisitorsWritesAreKept(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t, "-rotate", "50ms", "-grace", "20s").client()
		c.add(t, "sencha", 1)
		session := c.me(t).Session
		together(t, "concurrent writes of all kinds", many, func(i int) (err error) {
			switch i % 3 {
			case 0:
				_, _, err = c.tryAdd("sencha", 1)
			case 1:
				_, err = c.trySet("key"+strconv.Itoa(i), "v")
			case 2:
				_, _, err = c.tryPoint()
			}
			return err
		})
		if got := c.cart(t).Count; got != 1+67 {
			t.Errorf("I2: of 68 adds %d were kept", got)
		}
		if got := len(c.preferences(t)); got != 67 {
			t.Errorf("I2: of 67 preferences %d were kept", got)
		}
		if got := c.point(t); got != 66+1 {
			t.Errorf("I2: after 67 points they are %d", got)
		}
		if got := c.me(t).Session; got != session {
			t.Errorf("the session %s has become %s", session, got)
		}
	})
}

// checkoutClaimsOnce is run on every backend, the cluster included.
func checkoutClaimsOnce(t *testing.T, s *shop) {
	t.Helper()
	c := s.client()
	c.login(t, "user-buyer")
	const rounds, presses = 5, 20
	for round := range rounds {
		c.add(t, "sencha", int64(round)+1)
		var mu sync.Mutex
		status := map[int]int{}
		var orders []order
		together(t, "checkout pressed 20 times at once", presses, func(int) error {
			a, err := c.try("POST", "/api/checkout", "", http.StatusOK, http.StatusConflict)
			mu.Lock()
			defer mu.Unlock()
			if status[a.status]++; err == nil && a.status == http.StatusOK {
				var o order
				o, _, err = decode[order](a, nil)
				orders = append(orders, o)
			}
			return err
		})
		if status[http.StatusOK] != 1 || status[http.StatusConflict] != presses-1 {
			t.Fatalf("checkout pressed 20 times at once: %v, want one 200 and nineteen 409; orders %+v", status, orders)
		}
		if len(orders[0].Lines) != 1 || orders[0].Lines[0] != (line{"sencha", int64(round) + 1}) {
			t.Errorf("the order is %+v, want %d sencha", orders[0], round+1)
		}
		if got := c.cart(t).Count; got != 0 {
			t.Errorf("after the checkout the cart has %d", got)
		}
	}
	eventually(t, "I3: one checkout, one event", func() error {
		events, _, err := s.tryEvents("session", c.me(t).Session, "type", string(analytics.CheckoutCompleted))
		if err == nil && len(events) != rounds {
			err = fmt.Errorf("%d events for %d orders:\n%s", len(events), rounds, show(events))
		}
		return err
	})
}

func TestI2_CheckoutClaimsTheCartOnce(t *testing.T) {
	each(t, func(t *testing.T, b backend) { checkoutClaimsOnce(t, b.open(t)) })
}

// TestI2_WhatIsAddedIsOrderedOrThere checks out while others add.
func TestI2_WhatIsAddedIsOrderedOrThere(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		c.login(t, "ada")
		var mu sync.Mutex
		ordered := int64(0)
		together(t, "adds and checkouts at once", many, func(i int) error {
			if i%4 > 0 {
				_, _, err := c.tryAdd("sencha", 1)
				return err
			}
			a, err := c.try("POST", "/api/checkout", "", http.StatusOK, http.StatusConflict)
			if err != nil || a.status != http.StatusOK {
				return err
			}
			o, _, err := decode[order](a, nil)
			mu.Lock()
			defer mu.Unlock()
			for _, l := range o.Lines {
				ordered += l.Qty
			}
			return err
		})
		if left := c.cart(t).Count; ordered+left != many*3/4 {
			t.Errorf("of %d tea %d were ordered and %d are in the cart", many*3/4, ordered, left)
		}
	})
}

// TestI2_OverlappingWrites lets one request begin before and end after another.
func TestI2_OverlappingWrites(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for place, in := range s.places() {
			c := s.client()
			c.set(t, "mine", "0")
			slow := c.begin(t, s.here(), "PUT", "/api/preferences/mine", "1")
			c.at(in).set(t, "yours", "2")
			c.at(in).add(t, "sencha", 1)
			if a := slow.finish(t, ""); a.status != http.StatusNoContent {
				t.Errorf("PUT beside another %s: %v, want 204", place, a)
			}
			if got := fmt.Sprint(c.preferences(t)); got != "map[mine:1 yours:2]" {
				t.Errorf("I2: writes to different keys both survive, but beside another %s: %s", place, got)
			}

			slow = c.begin(t, s.here(), "PUT", "/api/preferences/mine", "3")
			c.at(in).set(t, "mine", "4")
			slow.finish(t, "")
			if got := c.preferences(t)["mine"]; got != "3" {
				t.Errorf("I2: the last write wins, but it is %q, want 3", got)
			}
			e := s.waitFor(t, "I2: the conflict is reported", "session", c.me(t).Session, "type", string(analytics.StateConflicted))
			if e.Attributes["key"] == "" {
				t.Errorf("state.conflicted does not name the key: %s", show([]analytics.Event{e}))
			}
		}
	})
}

func TestStateSurvivesLoginAndLogout(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		c := b.open(t).client()
		c.add(t, "sencha", 2)
		c.set(t, "theme", "dark")
		c.point(t)
		session := c.me(t).Session
		for step, act := range []func(){func() { c.login(t, "ada") }, func() { c.logout(t) }, func() { c.login(t, "ada") }} {
			act()
			if c.cart(t).Count != 2 || c.preferences(t)["theme"] != "dark" || c.me(t).Session != session {
				t.Errorf("after step %d: cart %+v, preferences %v, session %s (was %s): a cart survives a login's end, an ID never changes",
					step, c.cart(t), c.preferences(t), c.me(t).Session, session)
			}
		}
		c.login(t, "bob")
		if c.cart(t).Count != 0 || len(c.preferences(t)) != 0 {
			t.Errorf("bob finds ada's things: cart %+v, preferences %v", c.cart(t), c.preferences(t))
		}
	})
}
