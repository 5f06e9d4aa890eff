package middleware_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// An action costs no round trip of its own: it goes along with a change, or later.
func TestTrack(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		attributes := map[string]string{"list": "weekly"}
		k.handle("POST /track", func(_ responseWriter, r *request) error { return k.Track(r.Context(), "newsletter", attributes) })
		k.handle("POST /both", func(_ responseWriter, r *request) error {
			k.Values().Put(r.Context(), "n", k.Values().GetInt(r.Context(), "n")+1)
			return k.Track(r.Context(), "newsletter", attributes)
		})
		b := k.browser()
		b.mustPost("/login?user=ada")
		applies, appends := k.store.applies.Load(), k.store.appends.Load()
		b.mustPost("/both")
		if n := k.store.applies.Load() - applies; n != 1 || len(k.events(analytics.ActionTaken)) != 1 {
			t.Errorf("%d changes and %d actions, want one of each at once", n, len(k.events(analytics.ActionTaken)))
		}
		if k.flush(); k.store.appends.Load() != appends {
			t.Error("what went along with a change was told again")
		}
		b.mustPost("/track")
		k.flush()
		actions := k.fresh(analytics.ActionTaken)
		started := k.events(analytics.LoginStarted)[0]
		for _, e := range actions {
			if !maps.Equal(e.Attributes, map[string]string{"action": "newsletter", "list": "weekly"}) {
				t.Errorf("attributes %v", e.Attributes)
			}
			if e.Session != started.Session || e.User != "ada" || e.Visit != started.Visit || e.Time.Before(started.Time) {
				t.Errorf("%+v is not of the session and its visit", e)
			}
		}
		k.browser().mustPost("/track")
		k.flush()
		if e := k.fresh(analytics.ActionTaken); len(actions) != 2 || len(e) != 1 || e[0].Session+e[0].Visit+e[0].User != "" {
			t.Errorf("%d actions in the session, and of a stranger %+v", len(actions), e)
		}
		if n := k.store.applies.Load() - applies; n != 1 {
			t.Errorf("an action by itself makes %d changes", n-1)
		}
		if len(attributes) != 1 {
			t.Error("the caller's attributes are changed")
		}
	})
}

func TestTrackRefusesWhatIsTooLarge(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /track", func(_ responseWriter, r *request) error {
		return k.Track(r.Context(), "x", map[string]string{"a": strings.Repeat("x", 1025)})
	})
	if res := k.browser().post("/track"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("%s", res.Status)
	}
	if err := k.Track(t.Context(), "x", nil); !errors.Is(err, middleware.ErrNoMiddleware) {
		t.Errorf("outside: %v", err)
	}
}

// An application may let its visitors name actions. None of them makes money of it.
func TestTrackRefusesWhatIsToldByOtherMeans(t *testing.T) {
	k := newKit(t, middleware.Config{})
	for _, action := range []string{analytics.PurchaseAction, "cart.changed", "checkout.completed", "login.started"} {
		err := k.Track(t.Context(), action, map[string]string{"order": "o1", "value": "99999999", "currency": "EUR"})
		if !errors.Is(err, sessionstore.ErrInvalid) {
			t.Errorf("Track of %s = %v, want ErrInvalid", action, err)
		}
	}
}

var order = middleware.Purchase{Order: "o1", Value: 1995, Currency: "EUR"}

// Money is stored before the response begins.
func TestPurchase(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.handle("POST /pay", func(_ responseWriter, r *request) error { return k.Purchase(r.Context(), order) })
		k.handle("POST /revoked", func(_ responseWriter, r *request) error {
			s, _ := k.Current(r.Context())
			return errors.Join(k.Revoke(r.Context(), s.ID, analytics.ReasonRevoked), k.Purchase(r.Context(), order))
		})
		k.handle("POST /destroyed", func(_ responseWriter, r *request) error {
			return errors.Join(k.Purchase(r.Context(), order), k.Values().Destroy(r.Context()))
		})
		want := map[string]string{"action": "purchase", "order": "o1", "value": "1995", "currency": "EUR"}
		for _, path := range []string{"/pay", "/revoked", "/destroyed"} {
			b := k.browser()
			b.mustPost("/put?key=a&value=b")
			session := k.fresh(analytics.SessionStarted)[0].Session
			if res := b.mustPost(path); res.body != "" {
				t.Errorf("%s: %s", path, res.body)
			}
			got := k.fresh(analytics.ActionTaken)
			if len(got) != 1 || !maps.Equal(got[0].Attributes, want) || got[0].Session != session || got[0].Visit == "" {
				t.Errorf("%s: %+v, want a purchase in the session", path, got)
			}
		}
		b := k.browser()
		b.mustPost("/pay")
		if got := k.fresh(analytics.ActionTaken); len(got) != 1 || got[0].Session != "" || b.cookie != "" {
			t.Errorf("without a session: %+v, cookie %q", got, b.cookie)
		}
	})
}

// If a purchase cannot be stored, nobody is told that it was.
func TestI6_PurchaseWithoutStore(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /pay", func(_ responseWriter, r *request) error {
		k.store.broken.Store(true)
		return k.Purchase(r.Context(), order)
	})
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	for _, b := range []*browser{b, k.browser()} {
		k.store.broken.Store(false)
		if res := b.post("/pay"); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s", res.Status)
		}
	}
}

func TestPurchaseRefuses(t *testing.T) {
	k := newKit(t, middleware.Config{})
	for _, tt := range []struct {
		p      middleware.Purchase
		faults int
	}{
		{middleware.Purchase{Order: "o", Currency: "EUR"}, 0},
		{middleware.Purchase{Order: strings.Repeat("o", 128), Value: 1, Currency: "USD"}, 0},
		{middleware.Purchase{Order: strings.Repeat("o", 129), Value: 1, Currency: "USD"}, 1},
		{middleware.Purchase{Order: "o", Value: analytics.MaxPurchase, Currency: "USD"}, 0},
		{middleware.Purchase{Order: "o", Value: analytics.MaxPurchase + 1, Currency: "USD"}, 1},
		{middleware.Purchase{Order: "o", Value: 1, Currency: "eur"}, 1},
		{middleware.Purchase{Order: "o", Value: 1, Currency: "EURO"}, 1},
		{middleware.Purchase{Order: "o", Value: 1, Currency: "E€"}, 1},
		{middleware.Purchase{Value: -1}, 3},
	} {
		err := k.Purchase(context.Background(), tt.p)
		if tt.faults == 0 {
			if !errors.Is(err, middleware.ErrNoMiddleware) {
				t.Errorf("%+v: %v", tt.p, err)
			}
			continue
		}
		if !errors.Is(err, sessionstore.ErrInvalid) || strings.Count(err.Error(), sessionstore.ErrInvalid.Error()) != tt.faults {
			t.Errorf("%+v: %v, want %d faults", tt.p, err, tt.faults)
		}
	}
}

// A screen of an app is a view, also where the client holds tokens.
func TestScreen(t *testing.T) {
	k := newKit(t, middleware.Config{})
	screen := func(_ responseWriter, r *request) error { return k.Screen(r.Context(), "Basket") }
	k.handle("GET /screen", screen)
	k.handle("POST /token", func(w responseWriter, r *request) error {
		pair, err := k.IssueOpaque(r.Context(), "bob", middleware.Authentication{})
		if err != nil {
			return err
		}
		_, err = w.Write([]byte(pair.AccessToken))
		return err
	})
	k.mux.Handle("GET /api/screen", k.Checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := screen(w, r); err != nil {
			t.Error(err)
		}
	})))
	b := k.browser()
	b.mustPost("/login?user=ada")
	k.clock.Advance(3600e9 / 2)
	b.get("/screen")
	access := k.browser().mustPost("/token").body
	k.browser().do("GET", "/api/screen", nil, bearer(access))
	k.browser().get("/screen")
	views := k.views()
	if len(views) != 2 {
		t.Fatalf("%d views, want 2", len(views))
	}
	visits := k.events(analytics.VisitStarted)
	for i, e := range views {
		if e.Attributes["screen"] != "Basket" || e.Attributes["path"] != "" || e.User != []string{"ada", "bob"}[i] || e.Visit != visits[i+1].Visit {
			t.Errorf("%+v", e)
		}
		if visit, _, _ := strings.Cut(e.Attributes["view"], "."); visit != e.Visit {
			t.Errorf("view %q of visit %s", e.Attributes["view"], e.Visit)
		}
	}
	if got := visits[2].Attributes["platform"]; got != "app" {
		t.Errorf("platform %q of a client with tokens", got)
	}
	k.wantSkipped(map[string]int{"bot": 1})
	for name, want := range map[string]error{"": sessionstore.ErrInvalid, strings.Repeat("x", 257): sessionstore.ErrInvalid, "ok": middleware.ErrNoMiddleware} {
		if err := k.Screen(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("Screen(%.5q) = %v, want %v", name, err, want)
		}
	}
}

// Find tells of a session from outside any request.
func TestFind(t *testing.T) {
	k := newKit(t, middleware.Config{})
	b := k.browser()
	b.mustPost("/login?user=ada")
	id, err := sessionstore.ParseID(k.events(analytics.SessionStarted)[0].Session)
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.Find(t.Context(), id)
	if err != nil || s.ID != id || s.User != "ada" || s.Current || !s.Expires.Equal(k.clock.Now().AddDate(0, 0, 30)) {
		t.Errorf("Find = %+v, %v", s, err)
	}
	k.store.broken.Store(true)
	if _, err := k.Find(t.Context(), id); !errors.Is(err, middleware.ErrUnavailable) {
		t.Errorf("Find without a store = %v", err)
	}
	k.store.broken.Store(false)
	k.clock.Advance(31 * 24 * 3600e9)
	if _, err := k.Find(t.Context(), id); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Find of a session past its limit = %v", err)
	}
	if _, err := k.Find(t.Context(), sessionstore.NewID()); !errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Find of no session = %v", err)
	}
}

func TestPurchaseAtTheEndOfAVisitBelongsToOne(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.handle("POST /buy", func(_ responseWriter, r *request) error { return k.Purchase(r.Context(), order) })
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	k.clock.Advance(30*time.Minute - 5*time.Millisecond)
	late := func(sessionstore.Change) { k.clock.Advance(10 * time.Millisecond) } // the visit is over when the change arrives
	k.store.beforeApply.Store(&late)
	b.mustPost("/buy")

	began, bought := k.events(analytics.VisitStarted), k.events(analytics.ActionTaken)
	if len(began) != 2 || len(bought) != 1 || bought[0].Visit != began[1].Visit {
		t.Errorf("%d visits; the purchases are %+v", len(began), bought)
	}
}
