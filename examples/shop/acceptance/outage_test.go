package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// I6: a store failure is not "no session".

// unavailable checks a response for what I6 says.
func unavailable(a answer, err error) error {
	if err != nil {
		return err
	}
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		return fmt.Errorf("I6: %v, Retry-After %q, want 503 with Retry-After", a, a.header.Get("Retry-After"))
	}
	return a.noCookie("I6: no cookie is issued or cleared because the store failed")
}

// healthy waits until every instance says that the store answers again.
func healthy(t *testing.T, s *shop) {
	t.Helper()
	for place, in := range s.places() {
		eventually(t, "healthz after the store has come back, "+place, func() error {
			_, err := s.client().at(in).try("GET", "/healthz", "", http.StatusOK)
			return err
		})
	}
}

func TestI6_KilledRedis(t *testing.T) {
	t.Parallel()
	r := redistest.Single(t, redistest.AppendOnly())
	s := openOn(t, r)
	ada, bob := s.client(), s.client()
	ada.login(t, "ada")
	ada.add(t, "sencha", 7)
	ada.set(t, "theme", "dark")
	bob.add(t, "sencha", 3)
	bob.login(t, "bob")
	loggedOut := bob.copied()
	bob.logout(t)
	before := ada.me(t)
	writing := ada.begin(t, s.here(), "PUT", "/api/preferences/late", "la")

	r.Kill()
	if err := unavailable(writing.finish(t, "te"), nil); err != nil {
		t.Errorf("a request in flight when the store fails: %v", err)
	}
	calls := [][3]string{
		{"GET", "/api/me"},
		{"GET", "/api/cart"},
		{"GET", "/api/preferences"},
		{"GET", "/api/sessions"},
		{"GET", "/api/events"},
		{"POST", "/api/cart", asJSON(line{"sencha", 1})},
		{"DELETE", "/api/cart/sencha"},
		{"PUT", "/api/preferences/theme", "light"},
		{"POST", "/api/points"},
		{"POST", "/api/checkout"},
		{"POST", "/api/login", credentials("bob", password)},
		{"POST", "/api/logout"},
		{"DELETE", "/api/sessions"},
		{"DELETE", "/api/sessions/" + before.Session},
	}
	// Who has no session needs the store for these alone.
	anonymous := map[string]bool{"PUT /api/preferences/theme": true, "POST /api/cart": true, "POST /api/points": true, "POST /api/login": true}
	for place, in := range s.places() {
		if err := unavailable(ada.at(in).try("GET", "/api/stream", "")); err != nil {
			t.Errorf("with a session, %s: %v", place, err)
		}
		together(t, "with a session, "+place, len(calls), func(i int) error {
			return unavailable(ada.at(in).try(calls[i][0], calls[i][1], calls[i][2]))
		})
		together(t, "without a session, "+place, len(calls), func(i int) error {
			a, err := s.client().at(in).try(calls[i][0], calls[i][1], calls[i][2])
			if anonymous[calls[i][0]+" "+calls[i][1]] {
				return unavailable(a, err)
			}
			return err
		})
	}
	for _, path := range []string{"/", "/api/me", "/api/cart"} {
		for _, token := range []string{"", ada.jar.get()} {
			a, err := s.holding(token).try("GET", path, "")
			if err == nil {
				err = a.noCookie("I6: no cookie is issued or cleared because the store failed")
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	for place, in := range s.places() {
		if a, err := s.client().at(in).try("GET", "/healthz", "", http.StatusServiceUnavailable); err != nil {
			t.Errorf("healthz %s while the store is down: %v %v", place, a, err)
		}
	}

	r.Restart()
	healthy(t, s)
	if m := ada.me(t); m != before {
		t.Errorf("after the store came back one is %+v, was %+v", m, before)
	}
	if got := ada.cart(t).Count; got != 7 {
		t.Errorf("after the store came back the cart has %d, want 7", got)
	}
	if got := ada.preferences(t); got["theme"] != "dark" || got["late"] != "" {
		t.Errorf("after the store came back the preferences are %v", got)
	}
	deadCookie(t, loggedOut, "I6: no revived login after the store came back")
	bob.mustBe(t, "", "I6: no revived login after the store came back")
	if got := bob.cart(t).Count; got != 3 {
		t.Errorf("after the store came back bob's cart has %d, want 3", got)
	}
	ada.add(t, "sencha", 1)
	bob.login(t, "bob")
	if err := audit(s.events(t), func(string) bool { return true }); err != nil {
		t.Error(err)
	}
	for _, e := range s.events(t, "user", "ada") {
		if e.Type == analytics.LoginEnded {
			t.Errorf("a store failure is no logout: %s", show([]analytics.Event{e}))
		}
	}
}

// TestI6_RedisKilledUnderLoad: what was confirmed before the store failed holds
// after it came back.
func TestI6_RedisKilledUnderLoad(t *testing.T) {
	t.Parallel()
	r := redistest.Single(t, redistest.AppendOnly())
	s := openOn(t, r)
	const clients = 8
	type account struct {
		*client
		confirmed, sent, logouts atomic.Int64
		dead                     []string
		failed                   error
	}
	all := make([]*account, clients)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range clients {
		p := &account{client: s.client()}
		all[i] = p
		p.login(t, "user-"+strconv.Itoa(i))
		quitter := s.client()
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				p.sent.Add(1)
				a, err := p.try("POST", "/api/cart", asJSON(line{"sencha", 1}), http.StatusOK, http.StatusServiceUnavailable)
				switch {
				case err != nil:
					p.failed = err
				case a.status == http.StatusOK:
					p.confirmed.Add(1)
				default:
					if err := unavailable(a, nil); err != nil {
						p.failed = err
					}
				}
				// Log in and out, over and over.
				if n%2 == 0 {
					a, err = quitter.try("POST", "/api/login", credentials("ada", password), http.StatusOK, http.StatusServiceUnavailable)
				} else {
					held := quitter.jar.get()
					a, err = quitter.try("POST", "/api/logout", "", http.StatusNoContent, http.StatusServiceUnavailable)
					if err == nil && a.status == http.StatusNoContent && held != "" {
						p.dead = append(p.dead, held)
						p.logouts.Add(1)
					}
				}
				if err != nil {
					p.failed = err
				}
			}
		})
	}
	eventually(t, "a load", func() error {
		for i, p := range all {
			if p.confirmed.Load() < 5 || p.logouts.Load() < 2 {
				return fmt.Errorf("client %d was confirmed %d adds and %d logouts", i, p.confirmed.Load(), p.logouts.Load())
			}
		}
		return nil
	})
	r.Kill()
	pass(time.Now().Add(300 * time.Millisecond))
	r.Restart()
	healthy(t, s)
	close(stop)
	wg.Wait()
	for i, p := range all {
		if p.failed != nil {
			t.Errorf("I6: while the store fails: %v", p.failed)
		}
		p.mustBe(t, "user-"+strconv.Itoa(i), "I6: the same login is there after the store came back")
		if got := p.cart(t).Count; got < p.confirmed.Load() || got > p.sent.Load() {
			t.Errorf("I2: the cart has %d of %d confirmed adds, %d sent", got, p.confirmed.Load(), p.sent.Load())
		}
		for _, token := range p.dead {
			if err := s.holding(token).is("", "I1: a login that was logged out before the store failed"); err != nil {
				t.Error(err)
			}
		}
	}
	if err := audit(s.events(t), func(string) bool { return true }); err != nil {
		t.Error(err)
	}
}

// TestLostData: when Redis loses its data people are logged out, and nobody is
// let in.
func TestLostData(t *testing.T) {
	r := redistest.Single(t)
	s := openOn(t, r)
	ada, anonymous := s.client(), s.client()
	ada.login(t, "ada")
	ada.add(t, "sencha", 2)
	anonymous.add(t, "sencha", 1)
	old := ada.copied()
	writing := ada.begin(t, s.here(), "PUT", "/api/preferences/late", "la")
	watching := ada.stream(t)
	watching.tick(t)

	if err := r.Client().FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if a := writing.finish(t, "te"); a.token() != "" {
		s.holding(a.token()).mustBe(t, "", "FLUSHALL lets nobody in")
	}
	for _, call := range [][3]string{
		{"GET", "/"},
		{"GET", "/api/me"},
		{"GET", "/api/cart"},
		{"GET", "/api/preferences"},
		{"GET", "/api/sessions"},
		{"DELETE", "/api/sessions"},
		{"POST", "/api/checkout"},
		{"POST", "/api/logout"},
		{"PUT", "/api/preferences/theme", "x"},
		{"POST", "/api/cart", asJSON(line{"sencha", 1})},
		{"POST", "/api/points"},
		{"GET", "/healthz"},
	} {
		for place, in := range s.places() {
			for _, who := range []*client{old, anonymous.copied()} {
				if _, err := who.at(in).try(call[0], call[1], call[2]); err != nil {
					t.Errorf("after FLUSHALL, %s: %v", place, err)
				}
			}
		}
	}
	for place, in := range s.places() {
		if m := old.at(in).me(t); m != (me{}) {
			t.Errorf("FLUSHALL logs people out, but %s one is %+v", place, m)
		}
	}
	healthy(t, s)
	ada.login(t, "ada")
	ada.mustBe(t, "ada", "after FLUSHALL one may log in again")
	if n := len(ada.devices(t)); n != 1 {
		t.Errorf("after FLUSHALL and a login there are %d devices, want 1", n)
	}
	eventually(t, "events go on after FLUSHALL", func() error {
		events, _, err := s.tryEvents("user", "ada", "type", "login.started")
		if err == nil && len(events) == 0 {
			err = errors.New("no login.started")
		}
		return err
	})

	// Redis may forget its scripts at any time, too.
	if err := r.Client().ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for range s.places() {
		ada.add(t, "sencha", 1)
		ada.point(t)
	}
	ada.logout(t)
}
