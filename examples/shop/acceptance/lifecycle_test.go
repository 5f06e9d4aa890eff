package acceptance

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// I3: exactly one start and one end, for the right reason, at the right time.

const (
	loginIdle   = 2 * time.Second
	visitIdle   = 1 * time.Second
	sessionIdle = 4 * time.Second
)

var shortLimits = []string{"-login-idle", "2s", "-visit-idle", "1s", "-session-idle", "4s"}

// theEnds waits for the ends of session, visit and login, and returns them.
func theEnds(t *testing.T, s *shop, m me) (session, visit, login analytics.Event) {
	t.Helper()
	session = s.waitFor(t, "I3: the session ends once", "session", m.Session, "type", string(analytics.SessionEnded))
	for _, e := range ofType(s.events(t, "session", m.Session), analytics.VisitEnded) {
		if e.Visit == m.Visit {
			visit = e
		}
	}
	if m.User != "" {
		login = s.waitFor(t, "I3: the login ends once", "session", m.Session, "type", string(analytics.LoginEnded))
	}
	return session, visit, login
}

// idleOut is run on every backend, the cluster included: sessions that nobody
// uses end by themselves, whoever sweeps.
func idleOut(t *testing.T, s *shop) {
	t.Helper()
	const sessions = 12
	var last [sessions]answer
	var known [sessions]me
	together(t, "log in and look around", sessions, func(i int) (err error) {
		c := s.client()
		if i%3 == 0 {
			_, _, err = c.tryAdd("sencha", 1)
		} else {
			_, err = c.tryLogin(fmt.Sprintf("user-idle-%d", i))
		}
		if err == nil {
			// A read later on counts as activity: all ends come after it.
			pass(time.Now().Add(3 * tolerance))
			known[i], last[i], err = c.tryMe()
		}
		return err
	})
	for i, m := range known {
		if m.Session == "" || m.Visit == "" {
			t.Fatalf("a browser that is there is %+v", m)
		}
		session, visit, login := theEnds(t, s, m)
		from, to := last[i].sent, last[i].received
		if err := ended(session, analytics.ReasonIdle, from.Add(sessionIdle), to.Add(sessionIdle)); err != nil {
			t.Error(err)
		}
		if err := ended(visit, analytics.ReasonIdle, from.Add(visitIdle), to.Add(visitIdle)); err != nil {
			t.Error(err)
		}
		if m.User == "" {
			continue
		}
		if err := ended(login, analytics.ReasonIdle, from.Add(loginIdle), to.Add(loginIdle)); err != nil {
			t.Error(err)
		}
	}
	events := s.settled(t, nil)
	if err := idleEnds(events, visitIdle, sessionIdle); err != nil {
		t.Error(err)
	}
}

func TestI3_IdleLimits(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) { idleOut(t, b.open(t, shortLimits...)) })
}

// TestI7_LimitsHoldWhenRead asks right after a limit, not when a sweeper may have
// been there.
func TestI7_LimitsHoldWhenRead(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, "-login-idle", "1s", "-visit-idle", "500ms", "-session-idle", "2s")
		c := s.client()
		c.login(t, "ada")
		m, a, err := c.tryMe()
		if err != nil {
			t.Fatal(err)
		}
		pass(a.received.Add(time.Second + 5*time.Millisecond))
		if now := c.me(t); now.User != "" || now.Visit == m.Visit && m.Visit != "" {
			t.Errorf("I7: right after the idle limits of login and visit one is still %+v, was %+v", now, m)
		}
		_, a, err = c.tryMe()
		if err != nil {
			t.Fatal(err)
		}
		pass(a.received.Add(2*time.Second + 5*time.Millisecond))
		if now := c.me(t); now != (me{}) {
			t.Errorf("I7: right after the idle limit of the session one is still %+v", now)
		}
	})
}

func TestI3_LoginLifetime(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		const lifetime = 2 * time.Second
		s := b.open(t, "-login-max", "2s")
		c := s.client()
		in := c.login(t, "ada")
		m := c.me(t)
		eventually(t, "a login ends at its limit, however active the user is", func() error { return c.is("", "login-max passed") })
		e := s.waitFor(t, "I3: one end of the login", "session", m.Session, "type", string(analytics.LoginEnded))
		if err := ended(e, analytics.ReasonLifetime, in.sent.Add(lifetime), in.received.Add(lifetime)); err != nil {
			t.Error(err)
		}
		start := s.waitFor(t, "one start", "session", m.Session, "type", string(analytics.LoginStarted))
		if got := e.Time.Sub(start.Time); (got - lifetime).Abs() > 10*time.Millisecond {
			t.Errorf("I7: the end is the moment the limit passed: %v after the start, want %v", got, lifetime)
		}
		if now := c.me(t); now.Session != m.Session || now.Visit != m.Visit {
			t.Errorf("session and visit outlive the login: %+v, was %+v", now, m)
		}
		if err := audit(s.events(t), func(string) bool { return true }); err != nil {
			t.Error(err)
		}
	})
}

func TestI3_LogoutRevocationEviction(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, "-max-logins", "2")
		check := func(m me, reason analytics.Reason, user, actor string, whole bool, a answer) {
			t.Helper()
			e := s.waitFor(t, "I3: one end of the login", "session", m.Session, "type", string(analytics.LoginEnded))
			if err := ended(e, reason, a.sent, a.received); err != nil {
				t.Error(err)
			}
			if e.User != user || e.Actor != actor && e.Actor != "" || actor != user && e.Actor != actor {
				t.Errorf("user %q and actor %q, want %q and %q", e.User, e.Actor, user, actor)
			}
			trail := s.events(t, "session", m.Session)
			ends := ofType(trail, analytics.SessionEnded, analytics.VisitEnded)
			if !whole && len(ends) != 0 {
				t.Errorf("the login ended (%s), session and visit did not, but:\n%s", reason, show(ends))
			}
			if whole && len(ends) != 2 {
				t.Errorf("the session ended (%s), and the visit with it, but:\n%s", reason, show(trail))
			}
			for _, e := range ends {
				if err := ended(e, reason, a.sent, a.received); err != nil {
					t.Error(err)
				}
			}
		}

		c := s.client()
		c.login(t, "user-logout")
		m := c.me(t)
		check(m, analytics.ReasonLogout, "user-logout", "user-logout", false, c.logout(t))

		laptop, phone := s.client(), s.client()
		laptop.login(t, "user-revoked")
		phone.login(t, "user-revoked")
		m = phone.me(t)
		a := laptop.do(t, "DELETE", "/api/sessions/"+m.Session, "", http.StatusNoContent)
		check(m, analytics.ReasonRevoked, "user-revoked", "user-revoked", true, a)

		phone = s.client()
		phone.login(t, "user-revoked")
		m = phone.me(t)
		a = laptop.do(t, "DELETE", "/api/sessions", "", http.StatusNoContent)
		check(m, analytics.ReasonRevoked, "user-revoked", "user-revoked", true, a)

		oldest := s.client()
		oldest.login(t, "user-evicted")
		m = oldest.me(t)
		second, third := s.client(), s.client()
		second.login(t, "user-evicted")
		a = third.login(t, "user-evicted")
		oldest.mustBe(t, "", "-max-logins evicts the oldest")
		second.mustBe(t, "user-evicted", "-max-logins evicts the oldest alone")
		third.mustBe(t, "user-evicted", "-max-logins evicts the oldest alone")
		e := s.waitFor(t, "I3: one end of the login", "session", m.Session, "type", string(analytics.LoginEnded))
		if err := ended(e, analytics.ReasonEvicted, a.sent, a.received); err != nil {
			t.Error(err)
		}

		if err := audit(s.events(t), func(string) bool { return true }); err != nil {
			t.Error(err)
		}
	})
}

func TestI3_VisitIsNotSplit(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, "-rotate", "20ms", "-grace", "20ms")
		c := s.client()
		c.add(t, "sencha", 1)
		first := c.me(t)
		for step, act := range []func(){
			func() { c.login(t, "ada") },
			func() { c.logout(t) },
			func() { c.login(t, "bob") },
			func() { c.login(t, "ada") },
			func() { c.checkout(t) },
			func() { c.logout(t) },
		} {
			if c.cart(t).Count == 0 {
				c.add(t, "sencha", 1)
			}
			act()
			if m := c.me(t); m.Visit != first.Visit || m.Session != first.Session {
				t.Errorf("after step %d: %+v, was %+v: a visit is not split by login, logout or rotation", step, m, first)
			}
		}
		events := s.events(t, "session", first.Session)
		if n := len(ofType(events, analytics.VisitStarted)); n != 1 {
			t.Errorf("%d visits began, want 1", n)
		}
		if in, out := len(ofType(events, analytics.LoginStarted)), len(ofType(events, analytics.LoginEnded)); in != 3 || out != 3 {
			t.Errorf("%d logins began and %d ended, want 3 and 3", in, out)
		}
		for _, e := range events {
			if e.Visit != first.Visit && e.Type != analytics.SessionStarted {
				t.Errorf("an event outside the visit: %s", show([]analytics.Event{e}))
			}
		}
	})
}

// TestI3_ANewVisitInTheSameSession: a visit ends after its idle limit, and the
// next request begins another; session and login go on.
func TestI3_ANewVisitInTheSameSession(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, "-visit-idle", "1s")
		c := s.client()
		c.login(t, "ada")
		var visits []string
		for range 3 {
			m, a, err := c.tryMe()
			if err != nil {
				t.Fatal(err)
			}
			if m.User != "ada" || m.Visit == "" {
				t.Fatalf("the login goes on: %+v", m)
			}
			visits = append(visits, m.Visit)
			pass(a.received.Add(visitIdle + 5*time.Millisecond))
		}
		session := c.me(t).Session
		eventually(t, "I3: each visit has one start, each that is over one end", func() error {
			events, _, err := s.tryEvents("session", session)
			if err == nil {
				err = audit(events, func(string) bool { return true })
			}
			if err != nil {
				return err
			}
			over := map[string]analytics.Reason{}
			for _, e := range ofType(events, analytics.VisitEnded) {
				over[e.Visit] = e.Reason
			}
			for _, v := range visits {
				if over[v] != analytics.ReasonIdle {
					return fmt.Errorf("visit %s of %v ended for %q", v, visits, over[v])
				}
			}
			return nil
		})
	})
}
