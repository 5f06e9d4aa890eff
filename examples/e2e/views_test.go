package e2e

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// TestNavigationsArePageViews: the first page begins a session, and every page that
// the browser asks for to show it is one view.
func TestNavigationsArePageViews(t *testing.T) {
	s := open(t)
	tb, admin := s.visitor(t), s.admin(t)
	sessions(t, admin, 1) // the administrator's
	tb.open("/")
	sessions(t, admin, 2)
	tb.click(`a[href="/tea/sencha"]`)
	tb.arrives("/tea/sencha")
	tb.click(`a[href="/cart"]`)
	tb.arrives("/cart")
	viewed(t, admin, map[string]int{"/": 1, "/tea/sencha": 1, "/cart": 1})

	// A browser that has kept the page shows it again without a request, and then there
	// is no view: the server does not know. One that has not kept it asks, and that is
	// a view. Which of them it is is up to the browser.
	eval[bool](tb, `history.back(), true`)
	tb.arrives("/tea/sencha")
	asked := tb.watch.asked("/tea/sencha")
	t.Logf("to go back, the browser asked for the page %d times", asked-1)
	tb.open("/order") // whose view comes after all that was before
	viewed(t, admin, map[string]int{"/": 1, "/tea/sencha": asked, "/cart": 1, "/order": 1})
	sessions(t, admin, 2)
}

// TestPrefetchesAreNoPageViews: what a browser fetches because it might be wanted is
// not counted, whoever tells it to.
func TestPrefetchesAreNoPageViews(t *testing.T) {
	s := open(t)
	tb, admin := s.visitor(t), s.admin(t)
	tb.open("/")
	eval[bool](tb, `document.head.append(Object.assign(document.createElement("link"), {rel: "prefetch", href: "/tea/gyokuro"})), true`)
	eventually(t, "the link is fetched", func() error {
		if done, err := try[bool](tb, `performance.getEntriesByType("resource").some(r => r.name.endsWith("/tea/gyokuro") && r.responseEnd > 0)`); err != nil || !done {
			return errors.Join(errors.New("not yet"), err)
		}
		return nil
	})
	tb.open("/cart") // whose view comes after all that was before
	viewed(t, admin, map[string]int{"/": 1, "/cart": 1})
	tb.open("/tea/gyokuro")
	viewed(t, admin, map[string]int{"/": 1, "/cart": 1, "/tea/gyokuro": 1})

	// Speculation rules fetch what would be a navigation. The shop's policy allows no
	// inline ones, so it is set aside.
	call(tb, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	tb.open("/rewards")
	eval[bool](tb, `document.head.append(Object.assign(document.createElement("script"), {type: "speculationrules",
		textContent: '{"prefetch": [{"urls": ["/tea/lapsang"], "eagerness": "immediate"}]}'})), true`)
	eventually(t, "what is left out is told", func() error {
		ledger, err := ask[struct{ Skipped map[string]int }](admin, "report/ledger")
		if err == nil && !maps.Equal(ledger.Skipped, map[string]int{"prefetch": 1}) {
			err = fmt.Errorf("skipped: %v", ledger.Skipped)
		}
		return err
	})
	viewed(t, admin, map[string]int{"/": 1, "/cart": 1, "/tea/gyokuro": 1, "/rewards": 1})
}

// sessions waits until so many sessions have begun.
func sessions(t *testing.T, a *admin, want int) {
	t.Helper()
	eventually(t, "sessions begin with the first page", func() error {
		n, err := a.count("session.started")
		if err == nil && n != want {
			err = fmt.Errorf("%d have begun, want %d", n, want)
		}
		return err
	})
}

// viewed waits until the views in the report are these.
func viewed(t *testing.T, a *admin, want map[string]int) {
	t.Helper()
	eventually(t, "the views are in the report", func() error {
		pages, err := a.pages()
		if err != nil {
			return err
		}
		got := map[string]int{}
		for path, p := range pages {
			if p.Views.Value == nil {
				return fmt.Errorf("the views of %s are not known", path)
			}
			got[path] = int(*p.Views.Value)
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("%v, want %v", got, want)
		}
		return nil
	})
}
