package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// navigate opens pages one after the other, as one browser does that somebody sits
// at.
func navigate(h http.Handler, paths ...string) {
	var cookie *http.Cookie
	for _, path := range paths {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")
		r.Header.Set("Sec-Fetch-Dest", "document")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		if cookie != nil {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			cookie = c
		}
	}
}

// The pages that people open are recorded by themselves, what they do there where
// the application says so.
func ExampleConfig_visits() {
	store := sessionstore.NewMemory(sessionstore.MemoryOptions{})
	m, err := middleware.New(middleware.Config{
		Store:  store,
		Cookie: middleware.Cookie{DangerouslyInsecure: true},
		Visits: middleware.NavigationVisits, // also of those who only look
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<script src="/beacon.js" data-view="%s" defer></script>`, m.View(r.Context()))
	}
	mux := http.NewServeMux()
	mux.Handle("/beacon.js", m.Beacon())
	mux.HandleFunc("GET /products/{sku}", page)
	mux.HandleFunc("GET /newsletter", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Track(r.Context(), "newsletter", map[string]string{"list": "weekly"}); err != nil {
			fmt.Println(err)
		}
		page(w, r)
	})
	mux.HandleFunc("GET /paid", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Purchase(r.Context(), middleware.Purchase{Order: "order-1", Value: 1995, Currency: "EUR"}); err != nil {
			fmt.Println(err)
		}
		page(w, r)
	})
	navigate(m.Handler(mux), "/products/sencha?utm_source=mail", "/newsletter", "/paid")

	ctx := context.Background()
	if err := m.Close(ctx); err != nil {
		fmt.Println(err)
	}
	for _, typ := range []analytics.Type{analytics.VisitStarted, analytics.PageViewed, analytics.ActionTaken} {
		events, err := store.Events(ctx, analytics.Query{Type: typ})
		if err != nil {
			fmt.Println(err)
		}
		for _, e := range events {
			delete(e.Attributes, "view")
			fmt.Println(e.Type, e.Attributes)
		}
	}
	// Unordered output:
	// visit.started map[browser:Firefox device:desktop os:Linux platform:web source:mail]
	// page.viewed map[path:/products/sencha route:/products/{sku}]
	// page.viewed map[path:/newsletter]
	// page.viewed map[path:/paid]
	// action.taken map[action:newsletter list:weekly]
	// action.taken map[action:purchase currency:EUR order:order-1 value:1995]
}

func ExampleExperiment() {
	button, err := middleware.NewExperiment("button", middleware.Arm{Name: "red", Weight: 1}, middleware.Arm{Name: "green", Weight: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := newManager()
	defer m.Close(context.Background())
	arms := map[string]bool{}
	navigate(m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arm, err := button.Arm(r.Context())
		if err != nil {
			arm = "red" // what everybody saw before
		}
		arms[arm] = true
	})), "/", "/", "/")
	fmt.Println(len(arms), "arm in three requests of one browser")
	// Output:
	// 1 arm in three requests of one browser
}
