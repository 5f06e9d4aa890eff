package acceptance

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// I1: ended is final.

// underway are requests that change a session, cut in the middle of the body.
var underway = []struct{ method, path, first, rest string }{
	{"PUT", "/api/preferences/late", "la", "te"},
	{"POST", "/api/cart", `{"sku":"sen`, `cha","qty":1}`},
}

// ends are the ways to end a login while something is in flight.
var ends = []struct {
	name    string
	reason  analytics.Reason
	session bool // the session ends with the login
	end     func(t *testing.T, user, other *client)
}{
	{"logout", analytics.ReasonLogout, false, func(t *testing.T, user, _ *client) {
		t.Helper()
		user.logout(t)
	}},
	{"DELETE /api/sessions from another device", analytics.ReasonRevoked, true, func(t *testing.T, _, other *client) {
		t.Helper()
		other.do(t, "DELETE", "/api/sessions", "", http.StatusNoContent)
	}},
	{"DELETE /api/sessions/{id} from another device", analytics.ReasonRevoked, true, func(t *testing.T, user, other *client) {
		t.Helper()
		other.do(t, "DELETE", "/api/sessions/"+user.copied().me(t).Session, "", http.StatusNoContent)
	}},
}

// endIsFinal is run on every backend, the cluster included.
func endIsFinal(t *testing.T, s *shop) {
	t.Helper()
	number := 0
	for _, how := range ends {
		for place, in := range s.places() {
			for _, late := range underway {
				number++
				what := fmt.Sprintf("%s %s in flight, then %s %s", late.method, late.path, how.name, place)
				name := fmt.Sprintf("user-final-%d", number)
				user, other := s.client(), s.client()
				user.login(t, name)
				other.login(t, name)
				user.add(t, "sencha", 5)
				before := user.me(t)
				held := user.copied() // the cookie that the request in flight carries

				f := user.begin(t, s.here(), late.method, late.path, late.first)
				how.end(t, user.at(in), other.at(in))
				a := f.finish(t, late.rest)

				if token := a.token(); token != "" {
					t.Errorf("%s: the late answer sets a cookie: %v", what, a)
					if m := s.holding(token).me(t); m.User != "" {
						t.Errorf("%s: with the cookie of the late answer one is %+v", what, m)
					}
				}
				if !how.session {
					if err := a.noCookie(what + ": the late answer would overwrite the cookie of the logout"); err != nil {
						t.Error(err)
					}
				}
				for where, in := range s.places() {
					m := held.at(in).me(t)
					if m.User != "" || m.Session != "" {
						t.Errorf("%s: the old cookie authenticates, %s: %+v", what, where, m)
					}
					m = user.at(in).me(t)
					if m.User != "" || how.session && m.Session == before.Session {
						t.Errorf("%s: it has come back, %s: %+v", what, where, m)
					}
					if !how.session && m.Session != before.Session {
						t.Errorf("%s: the session does not go on, %s: %+v, was %s", what, where, m, before.Session)
					}
				}
				if !how.session && a.status < 300 {
					// What was acknowledged, is there.
					if late.path == "/api/cart" && user.cart(t).Count != 6 || late.path != "/api/cart" && user.preferences(t)["late"] != "late" {
						t.Errorf("I2: %s: %v, but it is not there: %+v %v", what, a, user.cart(t), user.preferences(t))
					}
				}
				e := s.waitFor(t, "I3: one end of the login", "session", before.Session, "type", string(analytics.LoginEnded))
				if e.Reason != how.reason || e.User != name {
					t.Errorf("%s: %s", what, show([]analytics.Event{e}))
				}
				if how.session {
					e := s.waitFor(t, "I3: one end of the session", "session", before.Session, "type", string(analytics.SessionEnded))
					if e.Reason != how.reason || e.Actor != name {
						t.Errorf("%s: %s", what, show([]analytics.Event{e}))
					}
				}
			}
		}
	}
}

func TestI1_WhatIsInFlightLosesAgainstTheEnd(t *testing.T) {
	each(t, func(t *testing.T, b backend) { endIsFinal(t, b.open(t)) })
}

// TestI1_LoginUnderWayLosesAgainstLogOutEverywhere: ending a user's sessions
// beats a login that began before, be it by less than a millisecond.
func TestI1_LoginUnderWayLosesAgainstLogOutEverywhere(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for place, in := range s.places() {
			body := credentials("ada", password)
			for round := range 20 {
				known := round%2 == 1 // the new device has a session already
				user, late := s.client(), s.client()
				user.login(t, "ada")
				if known {
					late.add(t, "sencha", 1)
				}
				f := late.begin(t, s.here(), "POST", "/api/login", body[:10])
				user.at(in).do(t, "DELETE", "/api/sessions", "", http.StatusNoContent)
				a := f.finish(t, body[10:])
				if a.status < 400 {
					t.Errorf("a login that began before DELETE /api/sessions %s was let in: %v", place, a)
				}
				late.jar.take(a)
				late.mustBe(t, "", "ending a user's sessions beats a login that began before it")
				user.mustBe(t, "ada", "DELETE /api/sessions ends all others")
				if n := len(user.devices(t)); n != 1 {
					t.Errorf("after DELETE /api/sessions there are %d devices", n)
				}
				late.login(t, "ada")
				late.mustBe(t, "ada", "a login after that is welcome")
			}
		}
	})
}

// TestI1_LoginInFlightOverLogout: whoever proves the password gets a login of
// its own; the one that was ended stays ended.
func TestI1_LoginInFlightOverLogout(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t)
		for _, in := range s.places() {
			c := s.client()
			c.login(t, "ada")
			first := s.waitFor(t, "the first login", "session", c.me(t).Session, "type", "login.started")
			body := credentials("ada", password)
			f := c.begin(t, s.here(), "POST", "/api/login", body[:5])
			c.at(in).logout(t)
			a := f.finish(t, body[5:])
			c.jar.take(a)
			if a.status == http.StatusOK {
				c.mustBe(t, "ada", "a login that is confirmed holds")
			}
			for _, e := range s.events(t, "type", "login.started", "user", "ada") {
				if e.Login == first.Login && e.ID != first.ID {
					t.Errorf("I1: an ended login has begun again: %s", show([]analytics.Event{first, e}))
				}
			}
			c.logout(t)
		}
		var events []analytics.Event
		eventually(t, "I3: all logins have ended once", func() (err error) {
			if events, _, err = s.tryEvents("user", "ada"); err != nil {
				return err
			}
			return audit(ofType(events, analytics.LoginStarted, analytics.LoginEnded), func(string) bool { return false })
		})
	})
}

// TestI1_Storm ends logins amid a storm of requests, on all instances, with
// secrets that are renewed all the time. Whatever cookie anybody was given on the
// way, none is logged in afterwards.
func TestI1_Storm(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, "-rotate", "30ms", "-grace", "20s")
		for round := range 9 {
			how := ends[round%len(ends)]
			name := fmt.Sprintf("user-storm-%d", round)
			user, other := s.client(), s.client()
			user.login(t, name)
			other.login(t, name)
			var mu sync.Mutex
			given := map[string]bool{user.jar.get(): true}
			var errs []error
			stop := make(chan struct{})
			var wg sync.WaitGroup
			for worker := range 8 {
				wg.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						var a answer
						var err error
						switch i % 3 {
						case 0:
							a, err = user.try("GET", "/api/me", "", http.StatusOK)
						case 1:
							a, err = user.try("PUT", fmt.Sprintf("/api/preferences/key%d", worker), "x", http.StatusNoContent, http.StatusConflict)
						case 2:
							a, err = user.try("POST", "/api/cart", asJSON(line{"sencha", 1}), http.StatusOK, http.StatusConflict)
						}
						mu.Lock()
						if token := a.token(); token != "" {
							given[token] = true
						}
						if err != nil {
							errs = append(errs, err)
						}
						mu.Unlock()
					}
				})
			}
			pass(time.Now().Add(time.Duration(100+20*round) * time.Millisecond))
			how.end(t, user, other)
			mu.Lock()
			given[user.jar.get()] = true
			mu.Unlock()
			pass(time.Now().Add(50 * time.Millisecond))
			close(stop)
			wg.Wait()
			if err := summary(errs); err != nil {
				t.Errorf("I1: amid requests, %s: %v", how.name, err)
			}
			delete(given, "")
			for token := range given {
				if err := s.holding(token).is("", "I1: "+how.name+" is final"); err != nil {
					t.Error(err)
				}
			}
			user.mustBe(t, "", "I1: "+how.name+" is final")
		}
	})
}
