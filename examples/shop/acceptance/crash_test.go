package acceptance

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shopper acts at random and keeps account of what was confirmed.
type shopper struct {
	*client
	name    string   // of the login, if it has one
	dead    []string // cookies that it logged out with
	logouts *atomic.Int64
}

// act makes one request. Whoever talks to an instance that is being killed gets
// no answer, which is nobody's fault; a wrong answer is.
func (p *shopper) act() error {
	var a answer
	var err error
	switch n := rand.N(20); {
	case n == 0:
		before := p.jar.get()
		if a, err = p.try("POST", "/api/logout", "", http.StatusNoContent); err == nil && p.name != "" {
			p.dead = append(p.dead, before)
			p.name = ""
			p.logouts.Add(1)
		}
	case n <= 2:
		name := fmt.Sprintf("user-crash-%d", rand.N(8))
		if a, err = p.try("POST", "/api/login", credentials(name, password), http.StatusOK, http.StatusConflict, http.StatusForbidden); err == nil && a.status == http.StatusOK {
			p.name = name
		}
	case n <= 10:
		// 409: the answer to a login was lost, and with it the new cookie.
		a, err = p.try("POST", "/api/points", "", http.StatusOK, http.StatusConflict)
	case n <= 13:
		a, err = p.try("POST", "/api/cart", asJSON(line{"sencha", 1}), http.StatusOK, http.StatusConflict)
	case n == 14:
		a, err = p.try("POST", "/api/checkout", "", http.StatusOK, http.StatusConflict)
	default:
		_, a, err = p.tryMe()
	}
	if a.status == 0 {
		return nil
	}
	return err
}

// TestI3_KilledInstance kills an instance at a random moment under load, starts
// it again, twice, and then lets everything end by its limits. Where there are
// two instances both sweep.
func TestI3_KilledInstance(t *testing.T) {
	t.Parallel()
	for _, b := range []backend{oneFile, twoOnRedis} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			killedInstance(t, b.open(t, shortLimits...))
		})
	}
}

func killedInstance(t *testing.T, s *shop) {
	t.Helper()
	const shoppers = 16
	all := make([]*shopper, shoppers)
	stop := make(chan struct{})
	errs := make([]error, shoppers)
	var acts, logouts atomic.Int64
	var wg sync.WaitGroup
	for i := range shoppers {
		all[i] = &shopper{client: s.client(), logouts: &logouts}
		wg.Go(func() {
			ticker := time.NewTicker(5 * time.Millisecond)
			defer ticker.Stop()
			for {
				select {
				case <-stop:
					return
				case <-ticker.C:
				}
				if err := all[i].act(); err != nil {
					errs[i] = errors.Join(errs[i], err)
				}
				acts.Add(1)
			}
		})
	}
	for round := range 2 {
		eventually(t, "a load", func() error {
			if n := logouts.Load(); n < 10*int64(round+1) {
				return fmt.Errorf("%d logouts", n)
			}
			return nil
		})
		pass(time.Now().Add(rand.N(time.Second)))
		s.mu.Lock()
		which := round % len(s.instances)
		victim := s.instances[which]
		s.mu.Unlock()
		victim.kill(t)
		pass(time.Now().Add(rand.N(500 * time.Millisecond)))
		s.replace(t, which)
	}
	pass(time.Now().Add(time.Second))
	close(stop)
	wg.Wait()
	if err := summary(errs); err != nil {
		t.Errorf("while an instance is killed the other serves: %v", err)
	}
	for _, p := range all {
		for _, token := range p.dead {
			if err := s.holding(token).is("", "I1: no login that was logged out is revived"); err != nil {
				t.Error(err)
			}
		}
	}
	events := s.settled(t, nil)
	counts := map[string]int{}
	for _, e := range events {
		counts[string(e.Type)+" "+string(e.Reason)]++
	}
	t.Logf("%d requests, events: %v", acts.Load(), counts)
	if err := idleEnds(events, visitIdle, sessionIdle); err != nil {
		t.Error(err)
	}
}
