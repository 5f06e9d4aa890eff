package middleware_test

import (
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

// Under NavigationVisits the first page begins the visit, in one change, and the
// next is in the same.
func TestNavigationVisits(t *testing.T) {
	onStores(t, middleware.Config{Visits: middleware.NavigationVisits}, func(t *testing.T, k *kit) {
		k.pages()
		for _, path := range []string{"/", "/view"} {
			b, before := k.browser(), k.store.applies.Load()
			res := b.show(path+"?utm_source=mail", with("Referer", "https://www.news.example/"), with("Accept-Language", "de"))
			if b.cookie == "" || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Vary") != "Cookie" {
				t.Errorf("%s: %v, want a cookie and no caching", path, res.Header)
			}
			if n := k.store.applies.Load() - before; n != 1 {
				t.Errorf("%s: %d changes, want 1", path, n)
			}
			if b.show(path); k.store.applies.Load()-before != 1 {
				t.Errorf("%s: the second page costs a change", path)
			}
		}
		views, visits := k.views(), k.events(analytics.VisitStarted)
		if len(views) != 4 || len(visits) != 2 || len(k.events(analytics.SessionStarted)) != 2 {
			t.Fatalf("%d views, %d visits and %d sessions", len(views), len(visits), len(k.events(analytics.SessionStarted)))
		}
		origin := map[string]string{
			"source": "mail", "referrer": "news.example", "platform": "web", "device": "desktop", "browser": "Firefox", "os": "Linux", "language": "de",
		}
		for _, v := range visits {
			if !maps.Equal(v.Attributes, origin) {
				t.Errorf("origin %v, want %v", v.Attributes, origin)
			}
		}
		byVisit := map[string]int{}
		for _, v := range views {
			byVisit[v.Visit]++
			if v.Attributes["source"] != "" {
				t.Errorf("%v tells again what the visit told", v.Attributes)
			}
		}
		for _, v := range visits {
			if byVisit[v.Visit] != 2 {
				t.Errorf("%d views in a visit, want 2", byVisit[v.Visit])
			}
			for _, e := range views {
				if e.Visit == v.Visit && e.Time.Before(v.Time) {
					t.Errorf("a view at %v in a visit that began at %v", e.Time, v.Time)
				}
			}
		}
		k.wantSkipped(nil)
	})
}

// A session begins by what a browser says itself, and by a page.
func TestI8_NavigationVisitsWantABrowserAndAPage(t *testing.T) {
	k := newKit(t, middleware.Config{Visits: middleware.NavigationVisits})
	k.pages()
	k.handle("GET /data", func(w responseWriter, _ *request) error {
		w.Header().Set("Content-Type", "application/json")
		return nil
	})
	k.handle("GET /gone", func(w responseWriter, _ *request) error {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		return nil
	})
	k.handle("GET /same", func(w responseWriter, _ *request) error {
		w.WriteHeader(http.StatusNotModified)
		return nil
	})
	k.handle("GET /early", func(w responseWriter, _ *request) error {
		w.WriteHeader(http.StatusOK)
		_, err := io.WriteString(w, "<!DOCTYPE html>")
		return err
	})
	k.handle("GET /end", func(w responseWriter, r *request) error {
		w.Header().Set("Content-Type", "text/html")
		return k.Values().Destroy(r.Context())
	})
	for _, tt := range []struct {
		name, path string
		options    []func(*http.Request)
		skipped    string
	}{
		{name: "a bot", path: "/", options: []func(*http.Request){with("User-Agent", "Googlebot/2.1")}, skipped: "bot"},
		{name: "a bot that asks for the view", path: "/view", options: []func(*http.Request){with("User-Agent", "Googlebot/2.1")}, skipped: "bot"},
		{name: "nobody", path: "/", options: []func(*http.Request){with("User-Agent")}, skipped: "bot"},
		{name: "an old browser", path: "/", options: []func(*http.Request){without("Sec-Fetch-Dest")}, skipped: "session"},
		{name: "no navigation", path: "/", options: []func(*http.Request){with("Sec-Fetch-Mode", "cors")}, skipped: "session"},
		{name: "a prefetch", path: "/", options: []func(*http.Request){with("Sec-Purpose", "prefetch")}, skipped: "prefetch"},
		{name: "a prefetch that asks for the view", path: "/view", options: []func(*http.Request){with("Sec-Purpose", "prefetch")}, skipped: "prefetch"},
		{name: "JSON", path: "/data"},
		{name: "an error", path: "/gone"},
		{name: "a copy that the browser has", path: "/same", skipped: "session"},
		{name: "a page that says so too late", path: "/early", skipped: "session"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := k.skipped()
			b := k.browser()
			if _, set := b.show(tt.path, tt.options...).setCookie(); set {
				t.Error("a cookie is set")
			}
			want := map[string]int{}
			if tt.skipped != "" {
				want[tt.skipped] = 1
			}
			got := k.skipped()
			for why := range got {
				if got[why] -= before[why]; got[why] == 0 {
					delete(got, why)
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("skipped %v, want %v", got, want)
			}
		})
	}
	if n := k.store.applies.Load(); n != 0 {
		t.Errorf("%d changes", n)
	}
	b := k.browser()
	b.show("/")
	if res := b.show("/end"); b.cookie != "" {
		t.Errorf("who ended the session gets another: %v", res.Header)
	}
	if n := len(k.events(analytics.SessionStarted)); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
}

// If the store fails the page is shown, without a cookie (I6), and counted.
func TestI6_NavigationVisitsWithoutStore(t *testing.T) {
	k := newKit(t, middleware.Config{
		Visits: middleware.NavigationVisits, OnOutage: func(*http.Request) middleware.Outage { return middleware.Continue },
	})
	k.pages()
	held := k.browser()
	held.show("/")
	before := held.cookie
	k.store.broken.Store(true)
	for _, b := range []*browser{k.browser(), held} {
		for _, path := range []string{"/", "/view"} {
			res := b.show(path)
			if _, set := res.setCookie(); set || res.StatusCode != http.StatusOK {
				t.Errorf("%s during the outage: %s, cookie %v", path, res.Status, set)
			}
		}
	}
	k.store.broken.Store(false)
	if got := k.skipped()["store"]; got != 4 {
		t.Errorf("%d views skipped for the store, want 4", got)
	}
	if held.show("/"); held.cookie != before {
		t.Error("the session is lost")
	}
}

// A visit tells of a bot, wherever it comes from; its pages are recorded.
func TestVisitOfABotInASession(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.pages()
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	k.clock.Advance(time.Hour)
	b.show("/", with("User-Agent", "Googlebot/2.1"))
	if v := k.events(analytics.VisitStarted); len(v) != 2 || v[1].Attributes["bot"] != "declared" || v[1].Attributes["platform"] != "" {
		t.Errorf("visits %+v", v)
	}
	if n := len(k.views()); n != 1 {
		t.Errorf("%d views, want 1", n)
	}
}

func TestUnknownVisitPolicy(t *testing.T) {
	if _, err := middleware.New(middleware.Config{Store: newKit(t, middleware.Config{}).store, Visits: 7}); err == nil {
		t.Error("an unknown policy is accepted")
	}
}
