package acceptance

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

// The limit of concurrent logins is exact.

// limitIsExact is run on every backend, the cluster included, with
// -max-logins 3.
func limitIsExact(t *testing.T, s *shop) {
	t.Helper()
	const limit, over = 3, 6
	for round := range 4 {
		name := fmt.Sprintf("user-limit-%d", round)
		clients := make([]*client, limit+over)
		for i := range clients {
			clients[i] = s.client()
			if i%2 == 0 { // every other device has a session already
				clients[i].add(t, "sencha", 1)
			}
		}
		together(t, "simultaneous logins", len(clients), func(i int) error {
			// 403: others were faster, so that this login gave way before it began.
			_, err := clients[i].try("POST", "/api/login", credentials(name, password), http.StatusOK, http.StatusForbidden)
			return err
		})
		var alive []*client
		for _, c := range clients {
			if m := c.me(t); m.User == name {
				alive = append(alive, c)
			} else if m.User != "" {
				t.Errorf("logged in as %q, want %q", m.User, name)
			}
		}
		if len(alive) != limit {
			t.Errorf("of %d simultaneous logins with -max-logins %d, %d are alive", len(clients), limit, len(alive))
		}
		for _, c := range alive {
			if n := len(c.devices(t)); n != limit {
				t.Errorf("%d are listed, want %d", n, limit)
			}
		}
		eventually(t, "I3: whoever had to go has one end", func() error {
			events, _, err := s.tryEvents("user", name)
			if err != nil {
				return err
			}
			ends := ofType(events, analytics.LoginEnded)
			for _, e := range ends {
				if e.Reason != analytics.ReasonEvicted {
					return fmt.Errorf("reason is %q, want evicted: %s", e.Reason, show([]analytics.Event{e}))
				}
			}
			if starts := ofType(events, analytics.LoginStarted); len(starts)-len(ends) != limit {
				return fmt.Errorf("%d starts and %d ends, want %d more starts", len(starts), len(ends), limit)
			}
			return audit(events, func(string) bool { return true })
		})
	}
}

func TestConcurrentLoginLimitIsExact(t *testing.T) {
	each(t, func(t *testing.T, b backend) { limitIsExact(t, b.open(t, "-max-logins", "3")) })
}

func TestConcurrentLoginLimitEvictsTheOldest(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, "-max-logins", "2")
		var clients []*client
		for range 5 {
			c := s.client()
			c.login(t, "ada")
			clients = append(clients, c)
			for i, c := range clients {
				want := "ada"
				if i < len(clients)-2 {
					want = ""
				}
				c.mustBe(t, want, "-max-logins 2 evicts the oldest")
			}
		}
		// To log in again on a device is no further device.
		last := clients[len(clients)-1]
		last.login(t, "ada")
		last.mustBe(t, "ada", "logged in again")
		clients[len(clients)-2].mustBe(t, "ada", "logging in again on one device evicts no other")
		clients[0].login(t, "bob")
		last.mustBe(t, "ada", "the limit is each user's own")
	})
}
