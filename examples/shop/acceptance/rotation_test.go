package acceptance

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// I5: rotation converges.

var rotating = []string{"-rotate", "1s", "-grace", "2s"}

const grace = 2 * time.Second

// promptly makes that it is soon known that a secret was used, before which it
// is not replaced: activity is recorded at intervals that suit the shortest
// limit.
var promptly = []string{"-visit-idle", "1s"}

// surfer is one of the browsers of the soak, and what it was promised.
type surfer struct {
	*client
	name    string
	session string
	points  atomic.Int64
	adds    atomic.Int64
	pages   int
	cookies sync.Map // tokens seen
}

// page makes 20 requests at once, as a page with its parts does.
func (s *surfer) page() error {
	const parallel = 20
	errs := make([]error, parallel)
	var wg sync.WaitGroup
	for i := range parallel {
		wg.Go(func() { errs[i] = s.request(i) })
	}
	wg.Wait()
	s.pages++
	return summary(errs)
}

func (s *surfer) request(i int) (err error) {
	var a answer
	switch {
	case i < 3:
		if _, a, err = s.tryAdd("sencha", 1); err == nil {
			s.adds.Add(1)
		}
	case i < 6:
		if _, a, err = s.tryPoint(); err == nil {
			s.points.Add(1)
		}
	case i < 9:
		a, err = s.trySet(fmt.Sprintf("key%d", i), fmt.Sprint(s.pages))
	default:
		var m me
		if m, a, err = s.tryMe(); err == nil && (m.User != s.name || m.Session != s.session) {
			err = fmt.Errorf("logged out: %s in session %s is told %+v after %v", s.name, s.session, m, a.received.Sub(a.sent))
		}
	}
	if token := a.token(); token != "" {
		s.cookies.Store(token, true)
	}
	return err
}

func TestI5_SoakLogsNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, rotating...)
		const browsers = 50
		surfers := make([]*surfer, browsers)
		together(t, "log in", browsers, func(i int) error {
			u := &surfer{client: s.client(), name: fmt.Sprintf("user-soak-%d", i)}
			surfers[i] = u
			if _, err := u.tryLogin(u.name); err != nil {
				return err
			}
			m, _, err := u.tryMe()
			u.session = m.Session
			return err
		})
		over := time.Now().Add(soakTime(t))
		var failed atomic.Bool
		together(t, "I5: 50 clients of 20 parallel requests each see no logout", browsers, func(i int) error {
			// Pages come at intervals, and not all browsers' at the same moment.
			ticker := time.NewTicker(400*time.Millisecond + time.Duration(rand.N(100))*time.Millisecond)
			defer ticker.Stop()
			for time.Now().Before(over) && !failed.Load() {
				if err := surfers[i].page(); err != nil {
					failed.Store(true)
					return fmt.Errorf("page %d: %w", surfers[i].pages, err)
				}
				<-ticker.C
			}
			return nil
		})

		rotations := 0
		for _, u := range surfers {
			given := 0
			u.cookies.Range(func(any, any) bool { given++; return true })
			rotations += given
			u.mustBe(t, u.name, "I5: after the soak")
			if got, want := u.cart(t).Count, u.adds.Load(); got != want {
				t.Errorf("I2: %s has %d in the cart, and had %d adds confirmed", u.name, got, want)
			}
			if got, want := u.point(t), u.points.Load()+1; got != want {
				t.Errorf("I2: %s has %d points, want %d", u.name, got, want)
			}
			for _, key := range []string{"key6", "key7", "key8"} {
				if got, want := u.preferences(t)[key], fmt.Sprint(u.pages-1); got != want {
					t.Errorf("I2: %s of %s is %q, want %q", key, u.name, got, want)
				}
			}
		}
		if rotations < browsers {
			t.Errorf("the soak of -rotate 1s saw %d new cookies in %d browsers", rotations, browsers)
		}
		eventually(t, "I3: rotations are reported", func() error {
			for _, u := range surfers {
				events, _, err := s.tryEvents("session", u.session)
				if err != nil {
					return err
				}
				given := 0
				u.cookies.Range(func(any, any) bool { given++; return true })
				if n := len(ofType(events, analytics.CredentialRotated)); n < given {
					return fmt.Errorf("%s was given %d new cookies, with %d events", u.name, given, n)
				}
				if bad := ofType(events, analytics.LoginEnded, analytics.SessionEnded, analytics.CredentialReused, analytics.CredentialUnknown); len(bad) > 0 {
					return fmt.Errorf("nobody left, but:\n%s", show(bad))
				}
			}
			return nil
		})
	})
}

// successor asks with the client's cookie until it is told a new one, without
// taking it.
func successor(t *testing.T, c *client, user string) (held *client, next string) {
	t.Helper()
	held = c.copied()
	eventually(t, "a cookie that has served its time gets a successor", func() error {
		m, a, err := held.tryMe()
		if err != nil {
			return err
		}
		if m.User != user {
			t.Fatalf("logged out before the rotation: %+v", m)
		}
		if next = a.token(); next == "" {
			return fmt.Errorf("%s: no Set-Cookie", a.call)
		}
		return nil
	})
	return held, next
}

// lostResponse is run on every backend, the cluster included.
func lostResponse(t *testing.T, s *shop) {
	t.Helper()
	c := s.client()
	c.login(t, "user-lost")
	held, next := successor(t, c, "user-lost")
	told := 0
	throughout(t, "I5: a response lost at the rotation logs nobody out", 3*grace/2, 100*time.Millisecond, func() error {
		m, a, err := held.tryMe()
		switch {
		case err != nil:
			return err
		case m.User != "user-lost":
			return fmt.Errorf("logged out: %+v", m)
		case a.token() != "" && a.token() != next:
			return fmt.Errorf("told another successor after %d times the same: %v", told, a)
		case a.token() == next:
			told++
		}
		return nil
	})
	if told < 2 {
		t.Errorf("I5: the successor was repeated %d times to somebody who does not take it", told)
	}
	if _, err := held.trySet("late", "kept"); err != nil {
		t.Errorf("I5: requests with the previous secret succeed: %v", err)
	}
	now := s.holding(next)
	now.mustBe(t, "user-lost", "I5: the successor is good")
	if got := now.preferences(t)["late"]; got != "kept" {
		t.Errorf("I2: a write under the previous secret was lost: %q", got)
	}
	if bad := ofType(s.events(t, "session", now.me(t).Session), analytics.CredentialReused, analytics.LoginEnded); len(bad) > 0 {
		t.Errorf("I5: %s", show(bad))
	}
}

func TestI5_LostResponseDoesNotLogOut(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) { lostResponse(t, b.open(t, rotating...)) })
}

// TestI5_AllAreToldTheSameSuccessor lets many requests find at once that the
// secret is due.
func TestI5_AllAreToldTheSameSuccessor(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, append([]string{"-rotate", "100ms", "-grace", "200ms"}, promptly...)...)
		c := s.client()
		c.login(t, "ada")
		for range 10 {
			held := c.copied()
			var mu sync.Mutex
			told := map[string]int{}
			eventually(t, "a rotation", func() error {
				together(t, "I5: all requests that hold the previous secret succeed", 20, func(int) error {
					m, a, err := held.tryMe()
					if err == nil && m.User != "ada" {
						err = fmt.Errorf("logged out: %v", a)
					}
					if token := a.token(); token != "" {
						mu.Lock()
						defer mu.Unlock()
						told[token]++
					}
					return err
				})
				if len(told) == 0 {
					return fmt.Errorf("no new cookie")
				}
				return nil
			})
			if len(told) != 1 {
				t.Fatalf("I5: 20 requests at once were told %d different successors", len(told))
			}
			for token := range told {
				c.jar = &jar{token: token}
			}
			c.mustBe(t, "ada", "I5: the successor is good")
		}
	})
}
