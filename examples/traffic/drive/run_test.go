package drive

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// against serves a shop of one handler.
func against(t *testing.T, shop http.HandlerFunc) Options {
	t.Helper()
	s := httptest.NewServer(shop)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Shop: u, Rate: 1000, VisitIdle: 2 * time.Second, Think: DefaultThink(2 * time.Second)}
}

func page(w http.ResponseWriter, cookie string) {
	if cookie != "" {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie, Path: "/"})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte(`<script src="/beacon.js" data-view="v&#43;1.r" defer></script>`))
}

func one(steps ...plan.Step) []plan.Visitor {
	return []plan.Visitor{{Kind: plan.Person, Visits: []plan.Visit{{Source: plan.Direct, Steps: steps}}}}
}

func TestABrowserLooksLikeOneAndTellsHowLongItLooked(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	o := against(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, err := r.Cookie("session")
		body := make([]byte, 100)
		n, _ := r.Body.Read(body)
		h := r.Header
		seen = append(seen, strings.Join([]string{
			r.Method, r.URL.RequestURI(), h.Get("Sec-Fetch-Dest"), h.Get("Sec-Fetch-Mode"), h.Get("Sec-Fetch-Site"),
			strings.TrimPrefix(h.Get("Referer"), "http://"+r.Host), string(body[:n]), map[bool]string{true: "cookie"}[err == nil],
		}, " "))
		switch r.URL.Path {
		case "/beacon.js":
			w.WriteHeader(http.StatusNoContent)
		case "/cart":
			http.Redirect(w, r, "/#sencha", http.StatusSeeOther)
		default:
			page(w, "s")
		}
	})
	o.Visitors = one(plan.Step{Do: plan.Open, Path: "/tea/sencha", Beacon: true},
		plan.Step{Do: plan.Add, SKU: "sencha", Quantity: 2, Think: 12 * time.Second}, plan.Step{Do: plan.Leave})
	o.Visitors[0].Visits[0].Source = plan.Source{Query: "utm_source=a", Referrer: "https://a.example/"}
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := `GET /tea/sencha?utm_source=a document navigate cross-site https://a.example/  ` + `
POST /beacon.js empty no-cors same-origin /tea/sencha {"view":"v+1.r","milliseconds":12000} cookie
POST /cart document navigate same-origin /tea/sencha qty=2&sku=sencha cookie
GET / document navigate same-origin /tea/sencha  cookie`
	if got := strings.Join(seen, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	told := truth.Of(result.Journals)
	if told.Visits != 1 || told.Views != 2 || told.Actions != 1 || told.EngagementSum != 12*time.Second || told.Unsure != 0 ||
		!result.Complete || result.Requests != 4 {
		t.Errorf("%+v\n%+v", told, result)
	}
}

func TestWithoutACookieThereIsNoVisit(t *testing.T) {
	o := against(t, func(w http.ResponseWriter, _ *http.Request) { page(w, "") })
	o.Visitors = one(plan.Step{Do: plan.Open, Path: "/"}, plan.Step{Do: plan.Open, Path: "/cart"})
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if told := truth.Of(result.Journals); told.Visits != 0 || told.Skipped["session"] != 2 {
		t.Errorf("%+v", told)
	}
}

func TestAnAnswerThatIsNoneMakesTheTruthUnsure(t *testing.T) {
	var requests atomic.Int64
	o := against(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		page(w, "s")
	})
	o.Visitors = one(plan.Step{Do: plan.Open, Path: "/"}, plan.Step{Do: plan.Add}, plan.Step{Do: plan.Open, Path: "/"})
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	told := truth.Of(result.Journals)
	if told.Unsure != 1 || told.Visits != 1 || result.Complete || result.Faults["503 to POST /cart"] != 1 || requests.Load() != 2 {
		t.Errorf("%+v\n%+v, %d requests", told, result, requests.Load())
	}
}

func TestARunThatIsCalledOffTellsWhatItDid(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := against(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel() // while the answer is on its way
		page(w, "s")
	})
	o.Visitors = one(plan.Step{Do: plan.Open, Path: "/"}, plan.Step{Do: plan.Open, Path: "/"})
	result, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if told := truth.Of(result.Journals); told.Views != 1 || told.Unsure != 0 || result.Complete {
		t.Errorf("%+v\n%+v", told, result)
	}
}

func TestFaultyOptionsAreReportedTogether(t *testing.T) {
	_, err := Run(t.Context(), Options{VisitIdle: time.Hour, Think: 1000})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("%v", err)
	}
}

func TestRequestsKeepToThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10)
		begun := time.Now()
		for range 5 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begun); d != 400*time.Millisecond {
			t.Errorf("five requests took %v", d)
		}
		// A pause is not made up for by a burst.
		if err := until(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		begun = time.Now()
		for range 3 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begun); d != 200*time.Millisecond {
			t.Errorf("three requests took %v", d)
		}
	})
}

// Somebody whose turn comes too late for their visit comes back when it is over.
func TestWhoWaitsTooLongBeginsAnotherVisit(t *testing.T) {
	r := &run{Options: Options{VisitIdle: 2 * time.Second}, begun: time.Now().Add(-time.Minute)}
	v := newVisitor(r, 0, &plan.Visitor{Kind: plan.Person})
	v.fresh = false
	v.journal.Begin(truth.Origin{}, truth.Moment{})
	v.last = truth.Moment{Sent: time.Minute - time.Second, Received: time.Minute - time.Second}
	if r.hasMissed(v) {
		t.Error("too late after a second")
	}
	v.last = truth.Moment{Sent: 50 * time.Second, Received: 51 * time.Second}
	if !r.hasMissed(v) || !v.fresh || !v.reopen || v.due != 51*time.Second+2600*time.Millisecond {
		t.Errorf("%+v", v)
	}
}
