package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// logIn logs in at the page that asks for it.
func (tb *tab) logIn(user string) {
	tb.t.Helper()
	tb.open("/login")
	tb.do(chromedp.Focus(chromedp.CSS("#user")))
	tb.press(user + kb.Tab + "sojourn" + kb.Enter)
	tb.arrives("/account")
	tb.sees(".notice", "Welcome, "+user+".")
}

// TestLogoutReachesTheOtherTab: a page that is open when its login ends says so
// without being asked, and from there on leads to the login.
func TestLogoutReachesTheOtherTab(t *testing.T) {
	s := open(t)
	first, elsewhere := s.visitor(t), s.visitor(t)
	first.logIn("ada")
	devices(first, "this device")
	elsewhere.logIn("ada")
	devices(elsewhere, "", "this device")
	second := first.fork()
	second.open("/account")
	devices(second, "", "this device")
	if eval[bool](second, `!document.querySelector("[data-stream]").hidden`) {
		t.Error("the page says that the login has ended, and it has not")
	}

	first.click(`form[action="/logout"] button`)
	first.arrives("/")
	first.sees(".notice", "You are logged out. Your cart is still here.")
	second.sees("[data-stream]", "This login has ended, here or on another device. Load the page again to see where you stand.")
	second.click(`a[href="/account"]`)
	second.arrives("/login?next=%2Faccount")
	second.sees("h1", "Log in")

	// What the browser has kept of the page is not shown to who comes after.
	eval[bool](first, `history.back(), true`)
	first.arrives("/login?next=%2Faccount")

	// The other device is another login.
	elsewhere.open("/account")
	devices(elsewhere, "this device")
}

// TestEndingAnotherDevice: one device ends the login of another, whose page says so.
func TestEndingAnotherDevice(t *testing.T) {
	s := open(t)
	here, there := s.visitor(t), s.visitor(t)
	there.logIn("bob")
	here.logIn("bob")
	here.click(".devices button")
	here.sees(".notice", "That device is logged out.")
	devices(here, "this device")
	there.sees("[data-stream]", "This login has ended, here or on another device. Load the page again to see where you stand.")
	there.open("/account")
	there.sees("h1", "Log in")
}

// devices waits until the list of devices is as long as wanted, and has these tags in
// some order.
func devices(tb *tab, tags ...string) {
	tb.t.Helper()
	eventually(tb.t, "the list of devices", func() error {
		const tagged = `[...document.querySelectorAll(".devices li")].map(li => li.querySelector(".tag")?.innerText ?? "").sort()`
		got, err := try[[]string](tb, tagged)
		if err == nil && !slices.Equal(got, tags) {
			err = fmt.Errorf("it is %q, want %q", got, tags)
		}
		return err
	})
}
