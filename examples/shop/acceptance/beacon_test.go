package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// TestBeacon: two visitors look at one page each. The beacon makes known for how
// long, and with that, who of them bounced.
func TestBeacon(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		s := b.open(t, shared(t, "-visit-idle", "2s")...)
		reader, passer := s.client(), s.client()
		read, passed := viewOf(reader.open(t, "/tea/gyokuro")), viewOf(passer.open(t, "/tea/gyokuro"))
		if read == "" || passed == "" || read == passed {
			t.Fatalf("the views are %q and %q", read, passed)
		}
		reader.beacon(t, read, 3_000)
		reader.beacon(t, read, 12_000)
		reader.beacon(t, read, 7_000) // late: it was sent before
		passer.beacon(t, passed, 4_000)

		stranger := s.client()
		stranger.beacon(t, read, 1_000_000) // without session, and so of nobody's visit
		for _, body := range []string{
			"", "{", "[]", `{"view":"` + read + `"}`, `{"milliseconds":1}`, `{"view":"x","milliseconds":1}`,
			`{"view":"` + read + `","milliseconds":-1}`, `{"view":"` + read + `","milliseconds":1,"more":1}`, strings.Repeat(" ", 1000),
		} {
			if a, err := reader.trySaying("POST", "/beacon.js", body); err != nil || a.status != http.StatusBadRequest {
				t.Errorf("a beacon that says %.60q: %v %v, want 400", body, a, err)
			}
		}

		// Beacons keep no visit alive: these go on until both are over.
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() {
			ticker := time.NewTicker(100 * time.Millisecond)
			defer ticker.Stop()
			var errs []error
			for {
				select {
				case <-stop:
					done <- errors.Join(errs...)
					return
				case <-ticker.C:
					_, err := passer.tryBeacon(passed, 4_000)
					errs = append(errs, err)
				}
			}
		}()
		reported(t, s, "engagement and bounces are known", "overview", func(o overview) error {
			return errors.Join(
				o.Visits.is("visits", 2),
				o.BounceRate.is("bounce rate", 0.5),
				o.MedianEngagement.is("median engagement", 8),
				o.EngagementCoverage.is("coverage", 1),
			)
		})
		close(stop)
		if err := <-done; err != nil {
			t.Error(err)
		}
		// Two readers, and the administrator, whose visits go on.
		if n := len(s.events(t, "type", string(analytics.SessionStarted))); n != 3 {
			t.Errorf("%d sessions began, want 3", n)
		}
	})
}

// TestPagesCarryTheBeacon where there is a view, and allow it.
func TestPagesCarryTheBeacon(t *testing.T) {
	s := memory.open(t)
	c := s.client()
	for _, path := range []string{"/", "/tea/sencha", "/cart", "/rewards", "/login", "/order"} {
		a := c.open(t, path)
		if viewOf(a) == "" {
			t.Errorf("GET %s: no script for the beacon", path)
		}
		policy := a.header.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'"} {
			if !strings.Contains(policy, directive) {
				t.Errorf("GET %s: the policy %q lacks %s", path, policy, directive)
			}
		}
		if n := strings.Count(a.body, "<script"); n != 1 {
			t.Errorf("GET %s: %d scripts", path, n)
		}
	}
	seen := map[string]bool{}
	for range 3 {
		view := viewOf(c.open(t, "/"))
		if seen[view] {
			t.Errorf("two views are called %s", view)
		}
		seen[view] = true
	}
	for what, a := range map[string]answer{
		"a request that no browser makes": c.do(t, "GET", "/", ""),
		"a prefetch":                      c.open(t, "/", "Sec-Purpose", "prefetch;prerender"),
		"a frame":                         c.open(t, "/", "Sec-Fetch-Dest", "iframe"),
		"a bot":                           s.client().open(t, "/", "User-Agent", crawler),
	} {
		if strings.Contains(a.body, "<script") {
			t.Errorf("%s is shown a page with a script", what)
		}
	}
	missing, err := c.tryOpen("/tea/coffee")
	if err != nil || missing.status != http.StatusNotFound || strings.Contains(missing.body, "<script") {
		t.Errorf("an error is no view: %v %v", missing, err)
	}

	script := s.client().do(t, "GET", "/beacon.js", "", http.StatusOK)
	if !strings.HasPrefix(script.header.Get("Content-Type"), "text/javascript") || !strings.Contains(script.body, "sendBeacon") {
		t.Errorf("GET /beacon.js: %v", script)
	}
	if err := script.noCookie("the script is the same for everybody"); err != nil {
		t.Error(err)
	}
	if policy, vary := script.header.Get("Cache-Control"), fmt.Sprint(script.header.Values("Vary")); !strings.Contains(policy, "public") || vary != "[]" {
		t.Errorf("GET /beacon.js: Cache-Control %q, Vary %s", policy, vary)
	}
}
