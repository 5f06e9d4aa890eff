package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// looks is what is to be true of a page: it returns what is not.
const looks = `(() => {
	const faults = [], all = s => [...document.querySelectorAll(s)], is = (ok, fault) => { if (!ok) faults.push(fault); };
	const named = e => (e.textContent + (e.ariaLabel ?? "")).trim() !== "";
	is(document.title.trim(), "no title");
	is(document.documentElement.lang, "no language");
	is(all("h1").length === 1, all("h1").length + " h1");
	is(all("main").length === 1, all("main").length + " main");
	for (const e of all("input:not([type=hidden]), select, textarea"))
		is([...e.labels].some(named), "no label: " + e.outerHTML);
	for (const e of all("a, button, summary"))
		is(named(e), "no name: " + e.outerHTML);
	for (const e of all("img")) is(e.hasAttribute("alt"), "no alternative: " + e.outerHTML);
	const ids = all("[id]").map(e => e.id);
	is(new Set(ids).size === ids.length, "an ID twice: " + ids.filter((id, i) => ids.indexOf(id) !== i));
	for (const e of all("[aria-labelledby], [aria-describedby]"))
		for (const id of ((e.getAttribute("aria-labelledby") ?? "") + " " + (e.getAttribute("aria-describedby") ?? "")).split(" "))
			is(!id || document.getElementById(id), "no #" + id);
	return faults;
})()`

// wide returns the widest that does not fit, or nothing.
const wide = `(() => {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= room) return "";
	const over = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > room);
	return document.documentElement.scrollWidth + " px: " + (over.at(-1)?.outerHTML.slice(0, 200) ?? "");
})()`

// TestEveryPage is well made, in the light and in the dark, on a desk and on a small
// phone. The watch of the tab adds that nothing is said on the console, nothing is
// against the policy, and nothing is asked of anybody else.
func TestEveryPage(t *testing.T) {
	s := open(t)
	visitor, administrator := s.visitor(t), s.visitor(t)
	administrator.logIn("admin")
	administrator.open("/tea/lapsang")
	administrator.click(`form[action="/cart"] button`)
	administrator.arrives("/")
	administrator.open("/cart")
	administrator.click(`form[action="/checkout"] button`)
	administrator.arrives("/order")
	for _, tb := range []*tab{visitor, administrator} {
		tb.open("/tea/dong-ding")
		tb.click(`form[action="/cart"] button`)
		tb.arrives("/")
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, tb := range []*tab{visitor, administrator} {
			call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
		}
		for _, path := range []string{"/", "/tea/dong-ding", "/cart", "/order", "/rewards", "/login"} {
			inspect(t, visitor, scheme, path)
		}
		for _, path := range []string{"/cart", "/order", "/rewards", "/account", "/admin"} {
			inspect(t, administrator, scheme, path)
		}
	}
}

// inspect looks at one page.
func inspect(t *testing.T, tb *tab, scheme, path string) {
	t.Helper()
	width := func(px int64) {
		call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: px, Height: 740})
	}
	width(1280)
	tb.open(path)
	tb.arrives(path)
	what := scheme + " " + path
	for _, fault := range eval[[]string](tb, looks) {
		t.Errorf("%s: %s", what, fault)
	}
	if is := eval[string](tb, paper); is != scheme {
		t.Errorf("%s: the paper is %s", what, is)
	}
	for _, px := range []int64{1280, 360} {
		width(px)
		if over := eval[string](tb, wide); over != "" {
			t.Errorf("%s is wider than %d px: %s", what, px, over)
		}
	}
	for _, fault := range tb.watch.take() {
		t.Errorf("%s: %s", what, fault)
	}
}

// paper tells whether the page is light or dark.
const paper = `(() => {
	const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
	return r + g + b > 3 * 128 ? "light" : "dark";
})()`
