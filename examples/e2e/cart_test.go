package e2e

import (
	"regexp"
	"sync"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestOrderWithTheKeyboardAlone goes from the first page to the order without a mouse.
func TestOrderWithTheKeyboardAlone(t *testing.T) {
	tb := open(t).visitor(t)
	tb.open("/")
	tb.sees(".count", "0")
	if n := tb.tabTo(`a[href="#main"]`); n != 1 {
		t.Errorf("the way past the menu is stop %d, not the first", n)
	}
	tb.tabTo(`a[href="/tea/sencha"]`)
	tb.press(kb.Enter)
	tb.arrives("/tea/sencha")
	tb.sees("h1", "Sencha")
	tb.tabTo(`form[action="/cart"] button`)
	tb.press(kb.Enter)
	tb.sees(".notice", "1 × Sencha added to your cart.")
	tb.sees(".count", "1")
	tb.tabTo(`a[href="/cart"]`)
	tb.press(kb.Enter)
	tb.arrives("/cart")
	tb.tabTo(`input[name="qty"]`) // which selects what is in it
	tb.press("3" + kb.Enter)
	tb.sees(".count", "3")
	tb.sees(".total strong", "€29.40")
	tb.tabTo(`form[action="/checkout"] button`)
	tb.press(kb.Enter)
	tb.arrives("/order")
	tb.sees("h1", "Thank you")
	tb.sees("tbody", "Sencha\t3\t€29.40")
	tb.sees(".count", "0")
	if order := eval[string](tb, `document.querySelector(".order").innerText`); !regexp.MustCompile(`^TEA(-[A-Z2-7]{4}){3}$`).MatchString(order) {
		t.Errorf("the order is called %q", order)
	}
}

// TestTwoTabsAddAtOnce: of what two tabs of one visitor put into the cart at the same
// time, nothing is lost.
func TestTwoTabsAddAtOnce(t *testing.T) {
	first := open(t).visitor(t)
	first.open("/") // with which the session begins
	second := first.fork()
	const rounds = 3
	for range rounds {
		first.open("/tea/sencha")
		second.open("/tea/gyokuro")
		var wg sync.WaitGroup
		for _, tb := range []*tab{first, second} {
			wg.Go(func() {
				if _, err := try[bool](tb, `document.querySelector("form.buy button").click(), true`); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		first.arrives("/")
		second.arrives("/")
	}
	first.open("/cart")
	first.sees(".count", "6")
	for _, sku := range []string{"sencha", "gyokuro"} {
		if qty := eval[string](first, `document.querySelector("#qty-`+sku+`").value`); qty != "3" {
			t.Errorf("the cart has %s of %s, want %d", qty, sku, rounds)
		}
	}
}
