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

// crowd is visitors who do all that visitors do, until they are sent home.
type crowd struct {
	shop  *shop
	stop  chan struct{}
	wg    sync.WaitGroup
	acts  atomic.Int64
	faced []error // by visitor

	mu     sync.Mutex
	orders []string // that were confirmed
}

// gather lets n visitors in.
func gather(s *shop, n int) *crowd {
	c := &crowd{shop: s, stop: make(chan struct{}), faced: make([]error, n)}
	for i := range n {
		c.wg.Go(func() { c.faced[i] = c.wander(i) })
	}
	return c
}

// disperse sends everybody home, and returns the orders that were confirmed.
func (c *crowd) disperse(t *testing.T) []string {
	t.Helper()
	close(c.stop)
	c.wg.Wait()
	if err := summary(c.faced); err != nil {
		t.Errorf("what visitors were answered while things were killed: %v", err)
	}
	return c.orders
}

// busy waits until so much more has been done.
func (c *crowd) busy(t *testing.T, acts int64) {
	t.Helper()
	goal := c.acts.Load() + acts
	eventually(t, "a load", func() error {
		if n := c.acts.Load(); n < goal {
			return fmt.Errorf("%d of %d", n, goal)
		}
		return nil
	})
}

// wander is one visitor after another.
func (c *crowd) wander(i int) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	var errs []error
	v := &wanderer{client: c.shop.client(), crowd: c, user: fmt.Sprintf("user-crowd-%d", i%7)}
	for {
		select {
		case <-c.stop:
			return summary(errs)
		case <-ticker.C:
		}
		if rand.N(40) == 0 {
			v.client, v.view = c.shop.client(), ""
		}
		// Whoever talks to an instance that is being killed gets no answer, and 503 from
		// one whose Redis is gone. 409 is for who did not get the cookie of a login.
		if a, err := v.act(); a.status != 0 {
			if err == nil {
				err = a.is(http.StatusOK, http.StatusNoContent, http.StatusSeeOther, http.StatusConflict, http.StatusForbidden, http.StatusServiceUnavailable)
			}
			errs = append(errs, err)
		}
		c.acts.Add(1)
	}
}

// wanderer is one of them.
type wanderer struct {
	*client
	crowd *crowd
	user  string
	view  string // of the page that is open
}

func (v *wanderer) act() (a answer, err error) {
	open := func(path string, more ...string) (answer, error) {
		a, err := v.tryOpen(path, more...)
		if id := viewOf(a); id != "" {
			v.view = id
		}
		return a, err
	}
	switch n := rand.N(20); {
	case n < 4:
		return open("/?utm_source=letter", "Referer", "https://news.example/tea")
	case n < 7:
		return open("/tea/sencha")
	case n == 7:
		return v.tryOpen("/", "Sec-Purpose", "prefetch")
	case n == 8:
		return v.shop.client().tryOpen("/", "User-Agent", crawler)
	case n < 12:
		return v.try("POST", "/api/cart", asJSON(line{"sencha", 1}))
	case n == 12:
		return open("/cart")
	case n == 13:
		if a, err = v.try("POST", "/api/checkout", ""); err == nil && a.status == http.StatusOK {
			o, _, fault := decode[order](a, nil)
			v.crowd.mu.Lock()
			defer v.crowd.mu.Unlock()
			v.crowd.orders, err = append(v.crowd.orders, o.Order), fault
		}
		return a, err
	case n == 14:
		return v.try("POST", "/api/login", credentials(v.user, password))
	case n == 15:
		return v.try("POST", "/api/logout", "")
	case n == 16:
		return v.try("POST", "/api/subscribe", "")
	case n == 17:
		return v.trySaying("POST", "/api/screens", `{"screen":"Home"}`, "Sojourn-Platform", "app", "User-Agent", appAgent, "Content-Type", "application/json")
	case v.view != "":
		return v.tryBeacon(v.view, rand.N(int64(60_000)))
	}
	return answer{}, errors.New("nothing done")
}
