package middleware_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

// tell sends a beacon as the script does.
func (b *browser) tell(body string, options ...func(*http.Request)) response {
	b.k.t.Helper()
	return b.do("POST", "/beacon.js", strings.NewReader(body), options...)
}

func TestBeacon(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.pages()
		k.mux.Handle("/beacon.js", k.Beacon())
		b := k.browser()
		b.mustPost("/login?user=ada")
		view := b.show("/view").body
		changes := k.store.applies.Load()
		for _, ms := range []string{"1500", "4000", "99999999"} {
			if res := b.tell(`{"view":"` + view + `","milliseconds":` + ms + `}`); res.StatusCode != http.StatusNoContent {
				t.Errorf("%s: %s", res.Status, res.body)
			}
		}
		if res := k.browser().tell(`{"view":"` + view + `","milliseconds":1}`); res.StatusCode != http.StatusNoContent {
			t.Errorf("a stranger: %s", res.Status)
		}
		seen := k.views()[0]
		told := k.events(analytics.PageEngaged)
		if len(told) != 3 || k.store.applies.Load() != changes {
			t.Fatalf("%d beacons recorded and %d changes, want 3 and none", len(told), k.store.applies.Load()-changes)
		}
		for i, want := range []string{"1500", "4000", "1800000"} {
			e := told[i]
			if !maps.Equal(e.Attributes, map[string]string{"view": view, "milliseconds": want}) || e.Visit != seen.Visit || e.Session != seen.Session || e.User != "ada" {
				t.Errorf("%+v, want %s ms of %+v", e, want, seen)
			}
		}
	})
}

func TestBeaconRefusesJunk(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.pages()
	k.mux.Handle("/beacon.js", k.Beacon())
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	view := b.show("/view").body
	for _, body := range []string{
		"", "1", "{}", "null", `{"view":"` + view + `"}`, `{"milliseconds":1}`,
		`{"view":"` + view + `","milliseconds":-1}`,
		`{"view":"` + view + `","milliseconds":1.5}`,
		`{"view":"` + view + `","milliseconds":"1"}`,
		`{"view":"` + view + `","milliseconds":99999999999999999999}`,
		`{"view":"` + view + `","milliseconds":1,"more":1}`,
		`{"view":"` + view + `","milliseconds":1}{}`,
		`{"view":"` + view + `","milliseconds":1}` + strings.Repeat(" ", 512),
		`{"view":"` + view[1:] + `","milliseconds":1}`,
		`{"view":"` + view[:len(view)-1] + `","milliseconds":1}`,
		`{"view":"` + strings.Replace(view, ".", "", 1) + `","milliseconds":1}`,
		`{"view":"` + strings.Repeat("<", 12) + view[12:] + `","milliseconds":1}`,
		`{"view":"` + view[:12] + `.\n\n\n\n\n\n\n\n\n\n\n","milliseconds":1}`,
	} {
		if res := b.tell(body); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%.60q: %s, want 400", body, res.Status)
		}
	}
	if res := b.do("PUT", "/beacon.js", nil); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
		t.Errorf("PUT: %s", res.Status)
	}
	if res := b.tell("{}", with("Sec-Fetch-Site", "cross-site")); res.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %s", res.Status)
	}
	if k.flush(); len(k.events(analytics.PageEngaged)) != 0 {
		t.Error("junk was recorded")
	}
}

// The script is the same for all, and caches may keep it.
func TestBeaconScript(t *testing.T) {
	k := newKit(t, middleware.Config{RotateEvery: time.Minute})
	k.mux.Handle("/beacon.js", k.Beacon())
	b := k.browser()
	b.mustPost("/put?key=a&value=b")
	k.clock.Advance(time.Hour)
	changes := k.store.applies.Load()
	for _, b := range []*browser{b, k.browser()} {
		res := b.do("GET", "/beacon.js", nil)
		h := res.Header
		if _, set := res.setCookie(); set || h.Get("Vary") != "" || h.Get("Cache-Control") != "public, max-age=86400" {
			t.Errorf("%v", h)
		}
		if !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") || !strings.Contains(res.body, "sendBeacon") || len(res.body) > 1500 {
			t.Errorf("%d bytes of %s", len(res.body), h.Get("Content-Type"))
		}
		if res := b.do("GET", "/beacon.js", nil, with("If-None-Match", h.Get("ETag"))); res.StatusCode != http.StatusNotModified {
			t.Errorf("again: %s", res.Status)
		}
	}
	if n := k.store.applies.Load() - changes; n != 0 {
		t.Errorf("%d changes", n)
	}
}

// A beacon keeps nothing alive and starts nothing.
func TestBeaconIsNoActivity(t *testing.T) {
	k := newKit(t, middleware.Config{Visits: middleware.NavigationVisits, LoginIdle: time.Hour})
	k.pages()
	k.mux.Handle("/beacon.js", k.Beacon())
	b := k.browser()
	b.mustPost("/login?user=ada")
	view := b.show("/view").body
	beacon := `{"view":"` + view + `","milliseconds":1}`
	for range 5 {
		k.clock.Advance(14 * time.Minute)
		b.tell(beacon)
		k.browser().tell(beacon, navigation)
		k.browser().show("/beacon.js")
		k.flush()
	}
	if got := b.get("/me"); got != "" {
		t.Error("the beacons kept the login alive")
	}
	k.sweep()
	if v := k.events(analytics.VisitEnded); len(v) != 1 || v[0].Time.Sub(k.events(analytics.VisitStarted)[0].Time) != 30*time.Minute {
		t.Errorf("visits ended: %+v", v)
	}
	if n := len(k.events(analytics.SessionStarted)); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestBeaconOutsideOfTheHandler(t *testing.T) {
	k := newKit(t, middleware.Config{})
	if w := do(k.Beacon(), "GET", "/beacon.js"); w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}
