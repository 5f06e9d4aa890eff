package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

// What visitors do is in the reports, number by number.

// teaPrice is what 50 g of sencha cost, in cents.
const teaPrice = 980

func TestReportsTellWhatVisitorsDid(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, shared(t)...)
		buyer := s.client()
		buyer.open(t, "/?utm_source=Harvest+Letter&utm_medium=email")
		session := buyer.me(t).Session
		buyer.open(t, "/tea/sencha")
		buyer.add(t, "sencha", 2)
		buyer.open(t, "/cart")
		bought := buyer.checkout(t)
		if _, err := buyer.try("POST", "/api/subscribe", "", http.StatusNoContent); err != nil {
			t.Error(err)
		}
		// The form of the page, and what the browser is sent on to.
		form, err := buyer.trySaying("POST", "/subscribe", "", append(pairs(navigation), "Content-Type", "application/x-www-form-urlencoded")...)
		if err != nil || form.status != http.StatusSeeOther {
			t.Errorf("the form to subscribe: %v %v", form, err)
		}
		buyer.open(t, form.header.Get("Location"))

		app := s.client()
		appSays := func(method, path, body string) {
			t.Helper()
			a, err := app.trySaying(method, path, body, "User-Agent", appAgent, "Sojourn-Platform", "app", "Content-Type", "application/json")
			if err != nil || a.status >= 300 {
				t.Errorf("an app: %v %v", a, err)
			}
		}
		appSays("POST", "/api/points", "")
		appSays("POST", "/api/screens", `{"screen":"Home"}`)
		appSays("POST", "/api/screens", `{"screen":"Kettle"}`)
		appSays("POST", "/api/screens", `{"screen":"Home"}`)

		for promise, headers := range map[string][]string{
			"a bot begins no session":      {"User-Agent", crawler},
			"a prefetch begins no session": {"Sec-Purpose", "prefetch"},
		} {
			if err := s.client().open(t, "/", headers...).noCookie(promise); err != nil {
				t.Error(err)
			}
		}

		reported(t, s, "the overview tells what visitors did", "overview", func(o overview) error {
			sources, pages, screens, actions := tops(o.Sources), tops(o.Pages), tops(o.Screens), tops(o.TopActions)
			revenue := errors.New("no revenue")
			if len(o.Revenue) == 1 && o.Revenue[0].Currency == "EUR" {
				revenue = o.Revenue[0].is("revenue", 2*teaPrice)
			}
			return errors.Join(
				o.Visits.is("visits, those of the buyer and the app", 2),
				o.Views.is("views, of 4 pages and 3 screens", 7),
				o.Purchases.is("purchases", 1),
				revenue,
				same("visits by source", sources, map[string]int64{"harvest letter": 1, "": 1}),
				same("views by page", pages, map[string]int64{"/": 2, "/tea/sencha": 1, "/cart": 1}),
				same("views by screen", screens, map[string]int64{"Home": 2, "Kettle": 1}),
				same("actions", actions, map[string]int64{"cart.changed": 1, "checkout.completed": 1, "purchase": 1, "newsletter": 2}),
			)
		})
		reported(t, s, "what was not recorded is counted in the ledger", "ledger", func(l ledger) error {
			return same("views not recorded", l.Skipped, map[string]int64{"bot": 1, "prefetch": 1})
		})

		started := s.waitFor(t, "one visit of the buyer", "session", session, "type", string(analytics.VisitStarted))
		if o := analytics.OriginOf(started.Attributes); o.Source != "Harvest Letter" || o.Medium != "email" || o.Platform != "web" || o.Browser != "Firefox" || o.Bot != "" {
			t.Errorf("the buyer's visit comes from %+v", o)
		}
		started = s.waitFor(t, "one visit of the app", "session", app.me(t).Session, "type", string(analytics.VisitStarted))
		if o := analytics.OriginOf(started.Attributes); o.Platform != "app" || o.Bot != "" {
			t.Errorf("the app's visit comes from %+v", o)
		}
		for _, e := range s.events(t, "session", session, "type", string(analytics.ActionTaken)) {
			if e.Attributes["action"] == analytics.PurchaseAction && (e.Attributes["order"] != bought.Order || e.Attributes["value"] != "1960") {
				t.Errorf("the purchase of %+v is told as %v", bought, e.Attributes)
			}
		}
	})
}

// same complains of the counts that differ.
func same(what string, got, want map[string]int64) error {
	var errs []error
	for name, n := range want {
		if got[name] != n {
			errs = append(errs, fmt.Errorf("%s: %d %q, want %d", what, got[name], name, n))
		}
	}
	for name, n := range got {
		if _, ok := want[name]; !ok {
			errs = append(errs, fmt.Errorf("%s: %d %q, want none", what, n, name))
		}
	}
	return errors.Join(errs...)
}

// TestExperimentIsSticky opens the cart many times at once, and again after a login
// and a logout: one session sees one wording, and is exposed once.
func TestExperimentIsSticky(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, shared(t)...)
		const visitors, opens = 6, 8
		arms := map[string]int64{}
		for range visitors {
			c := s.client()
			empty := c.open(t, "/cart")
			if _, err := wordsOf(empty); err == nil {
				t.Error("there is a button to order nothing with")
			}
			c.add(t, "sencha", 1)
			var mu sync.Mutex
			words := map[string]int{}
			look := func(int) error {
				a, err := c.tryOpen("/cart")
				if err != nil {
					return err
				}
				text, err := wordsOf(a)
				mu.Lock()
				defer mu.Unlock()
				words[text]++
				return err
			}
			together(t, "the cart opened at once", opens, look)
			c.login(t, "ada")
			together(t, "the cart of a user", 1, look)
			c.logout(t)
			together(t, "the cart after the logout", 1, look)
			e := s.waitFor(t, "one exposure a session", "session", c.me(t).Session, "type", string(analytics.ExperimentExposed))
			arm := e.Attributes["variant"]
			wording := map[string]string{"order": "Place the order", "steep": "Start the kettle"}[arm]
			if e.Attributes["experiment"] != "order-button" || len(words) != 1 || words[wording] != opens+2 {
				t.Errorf("in arm %q the button said %v", arm, words)
			}
			arms[arm]++
		}
		reported(t, s, "the report of the experiment", "experiment?name=order-button&goal=action:checkout.completed",
			func(r struct {
				Arms []struct {
					Name    string `json:"name"`
					Exposed number `json:"exposed"`
				} `json:"arms"`
			},
			) error {
				var errs []error
				total := int64(0)
				for _, a := range r.Arms {
					errs = append(errs, a.Exposed.is("exposed in arm "+a.Name, float64(arms[a.Name])))
					total += arms[a.Name]
				}
				if total != visitors {
					errs = append(errs, fmt.Errorf("arms %+v, want %v", r.Arms, arms))
				}
				return errors.Join(errs...)
			})
	})
}

// TestVisitsInSessionsOnly: with -visits session, who only looks leaves a count.
func TestVisitsInSessionsOnly(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		s := b.open(t, shared(t, "-visits", "session")...)
		const looks = 20
		for range looks {
			a := s.client().open(t, "/tea/sencha")
			if err := a.noCookie("-visits session starts none"); err != nil {
				t.Error(err)
			}
			if v := viewOf(a); v != "" {
				t.Errorf("a page without view has a beacon for %q", v)
			}
		}
		reported(t, s, "page views without session are counted", "ledger", func(l ledger) error {
			return same("views not recorded", l.Skipped, map[string]int64{"session": looks})
		})
		if started := s.events(t, "type", string(analytics.SessionStarted)); len(started) != 1 {
			t.Errorf("%d sessions began, want the administrator's alone", len(started))
		}

		c := s.client() // who has a session has visits, too
		if _, err := c.trySaying("POST", "/api/points", "", "User-Agent", firefox); err != nil {
			t.Fatal(err)
		}
		if viewOf(c.open(t, "/")) == "" {
			t.Error("a page in a session has no beacon")
		}
		reported(t, s, "the visit of who has a session", "overview", func(o overview) error {
			return errors.Join(o.Visits.is("visits", 1), o.Views.is("views", 1))
		})
	})
}
