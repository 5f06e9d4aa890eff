package acceptance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// webhookKey is what every shop here signs its webhooks with; it is told so in the
// environment, as webhookSecret.
const webhookKey = "what the shop's webhook is signed with"

var webhookSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(webhookKey))

// receiver is where the shop's webhook leads.
type receiver struct {
	url string

	mu    sync.Mutex
	calls []campaign.Occasion
	at    []time.Time
	fault error
}

func receive(t *testing.T) *receiver {
	t.Helper()
	secret, err := campaign.ParseSecret(webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err == nil {
			err = campaign.Verify([]campaign.Secret{secret}, req.Header, body, time.Now(), 0)
		}
		var o campaign.Occasion
		if err == nil {
			err = json.Unmarshal(body, &o)
		}
		if err == nil && req.Header.Get("Webhook-Id") != o.ID {
			err = fmt.Errorf("the header says %q, the body %q", req.Header.Get("Webhook-Id"), o.ID)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.fault = errors.Join(r.fault, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.calls, r.at = append(r.calls, o), append(r.at, time.Now())
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		if r.fault != nil {
			t.Errorf("webhook: %v", r.fault)
		}
	})
	r.url = server.URL + "/told"
	return r
}

// told returns all calls.
func (r *receiver) told() []campaign.Occasion {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// about returns the calls about a session.
func (r *receiver) about(session string) (calls []campaign.Occasion, at []time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.calls {
		if o.Session == session {
			calls, at = append(calls, o), append(at, r.at[i])
		}
	}
	return calls, at
}

// first waits for the first call about a session.
func (r *receiver) first(t *testing.T, session string) (o campaign.Occasion, at time.Time) {
	t.Helper()
	eventually(t, "the webhook is told of the cart that was left", func() error {
		calls, times := r.about(session)
		if len(calls) == 0 {
			return errors.New("not yet")
		}
		o, at = calls[0], times[0]
		return nil
	})
	return o, at
}

// leaveCart fills a cart, as a user or as nobody, and returns the session in which
// it stays behind.
func (c *client) leaveCart(t *testing.T, user string) string {
	t.Helper()
	c.open(t, "/tea/sencha")
	if user != "" {
		c.login(t, user)
	}
	c.add(t, "sencha", 2)
	return c.me(t).Session
}

// TestAbandonedCartIsRewardedOnce: once somebody leaves a cart, the webhook hears of
// it, once, and the rewards page shows a voucher for it, once, in the same session.
func TestAbandonedCartIsRewardedOnce(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		hook := receive(t)
		s := b.open(t, shared(t, "-abandon", "1s", "-webhook", hook.url)...)
		c, other := s.client(), s.client()
		session := c.leaveCart(t, "")
		other.open(t, "/")
		left := time.Now()

		o, at := hook.first(t, session)
		if o.Kind != campaign.KindCartAbandoned || o.Cart == nil || o.Cart.Lines["sencha"] != 2 || o.Cart.Value["EUR"] != 2*teaPrice {
			t.Errorf("the webhook is told %s", asJSON(o))
		}
		if early := left.Add(time.Second - tolerance); at.Before(early) {
			t.Errorf("a cart is abandoned after 1s, not %v before that", early.Sub(at))
		}
		voucher := "STEEP-" + o.ID[:8]
		look := func(promise string) {
			t.Helper()
			a := c.open(t, "/rewards")
			if n := strings.Count(html.UnescapeString(a.body), "Your cart is still warm"); n != 1 || strings.Count(a.body, voucher) != 1 || !strings.Contains(a.body, "€19.60") {
				t.Errorf("%s: %d rewards for the cart, and voucher %s: %v", promise, n, voucher, strings.Contains(a.body, voucher))
			}
		}
		look("the reward is shown while the session lives")
		if a := other.open(t, "/rewards"); strings.Contains(a.body, "STEEP-") {
			t.Error("another visitor is shown the reward")
		}
		if now := c.me(t); now.Session != session {
			t.Errorf("the session %s has become %s", session, now.Session)
		}
		if n := c.cart(t).Count; n != 2 {
			t.Errorf("%d in the cart that was left, want 2", n)
		}
		throughout(t, "the same cart, left again, is no other occasion", 2500*time.Millisecond, 100*time.Millisecond, func() error {
			if calls, _ := hook.about(session); len(calls) != 1 {
				return fmt.Errorf("%d calls: %s", len(calls), asJSON(calls))
			}
			return nil
		})
		look("and later")
	})
}

// TestCartIsRewardedBeforeTheSessionEnds, even if that is before the cart counts as
// abandoned.
func TestCartIsRewardedBeforeTheSessionEnds(t *testing.T) {
	eachWaiting(t, func(t *testing.T, b backend) {
		hook := receive(t)
		s := b.open(t, shared(t, "-abandon", "20s", "-session-idle", "10s", "-visit-idle", "5s", "-webhook", hook.url)...)
		session := s.client().leaveCart(t, "")
		o, at := hook.first(t, session)
		end := s.waitFor(t, "the session ends", "session", session, "type", string(analytics.SessionEnded))
		if !at.Before(end.Time) {
			t.Errorf("the webhook was told at %v of a session that ended at %v", at, end.Time)
		}
		if o.Cart == nil || o.Cart.Expires.Sub(end.Time).Abs() > tolerance {
			t.Errorf("the webhook was told that the session ends at %v, it ended at %v", o.Cart, end.Time)
		}
	})
}

// TestKilledShopTellsOnce: what was noted as told is not told again by the shop that
// comes after.
func TestKilledShopTellsOnce(t *testing.T) {
	t.Parallel()
	for _, b := range []backend{oneFile, twoOnRedis} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			hook := receive(t)
			s := b.open(t, shared(t, "-abandon", "1s", "-webhook", hook.url)...)
			// One user is told of one thing at a time: when the second call comes, the
			// first was noted.
			var sessions []string
			for range 2 {
				sessions = append(sessions, s.client().leaveCart(t, "ada"))
			}
			known := func() map[string]int {
				calls := map[string]int{}
				for _, session := range sessions {
					about, _ := hook.about(session)
					for _, o := range about {
						calls[o.ID]++
					}
				}
				return calls
			}
			eventually(t, "both carts are told of", func() error {
				if n := len(known()); n != 2 {
					return fmt.Errorf("%d", n)
				}
				return nil
			})
			noted := hook.told()[0]
			instances := len(s.places())
			s.here().kill(t)
			s.there().kill(t)
			for i := range instances {
				s.replace(t, i)
			}
			hook.first(t, s.client().leaveCart(t, ""))
			calls := known()
			if calls[noted.ID] != 1 {
				t.Errorf("after a kill %d calls about what was told and noted", calls[noted.ID])
			}
			if len(calls) != 2 {
				t.Errorf("two carts have become the occasions %v: an ID is stable", calls)
			}
			for _, session := range sessions {
				c, _ := hook.about(session)
				for _, o := range c {
					if o.ID != c[0].ID || o.User != "ada" {
						t.Errorf("told of one cart as %s and %s", asJSON(c[0]), asJSON(o))
					}
				}
			}
		})
	}
}
