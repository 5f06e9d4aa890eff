package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tab is a window of the browser, which shows the shop.
type tab struct {
	t     *testing.T
	shop  *shop
	watch *watch

	// run runs f with the context of the tab, which has an end.
	run func(f func(context.Context) error) error
	// fork opens another tab of the same visitor.
	fork func() *tab
}

// visitor opens a tab of somebody whom the shop has not seen: with cookies that are
// no other visitor's.
func (s *shop) visitor(t *testing.T) *tab {
	t.Helper()
	return s.newTab(needBrowser(t), t, chromedp.WithNewBrowserContext())
}

func (s *shop) newTab(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *tab {
	t.Helper()
	w := &watch{origin: s.url, pages: map[string]int{}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(w.see))...)
	tb := &tab{t: t, shop: s, watch: w}
	tb.run = func(f func(context.Context) error) error {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return f(limited)
	}
	tb.fork = func() *tab {
		t.Helper()
		return s.newTab(ctx, t)
	}
	t.Cleanup(func() {
		for _, fault := range w.take() {
			t.Error(fault)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil { // it lives as long as this context
		t.Fatalf("open a tab: %v", err)
	}
	call(tb, audits.Enable, cdp.Empty{})
	return tb
}

// do takes steps that are known to work out.
func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	if err := tb.run(func(ctx context.Context) error { return chromedp.Do(ctx, steps...) }); err != nil {
		tb.t.Fatal(err)
	}
}

// call gives the tab a command.
func call[P, R any](tb *tab, command cdp.Command[P, R], params P) R {
	tb.t.Helper()
	var result R
	err := tb.run(func(ctx context.Context) (err error) {
		result, err = chromedp.Call(ctx, command, params)
		return err
	})
	if err != nil {
		tb.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// try evaluates an expression in the page. That fails while a page gives way to
// another.
func try[T any](tb *tab, expression string) (T, error) {
	var value T
	err := tb.run(func(ctx context.Context) (err error) {
		value, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		return err
	})
	return value, err
}

// eval evaluates an expression in a page that stays.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	value, err := try[T](tb, expression)
	if err != nil {
		tb.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// open enters an address.
func (tb *tab) open(path string) {
	tb.t.Helper()
	tb.do(chromedp.Navigate(tb.shop.url + path))
}

// arrives waits for a page that was asked for in some other way.
func (tb *tab) arrives(path string) {
	tb.t.Helper()
	eventually(tb.t, "the tab shows "+path, func() error {
		at, err := try[string](tb, `document.readyState === "complete" ? location.pathname + location.search : "still loading"`)
		if err == nil && at != path {
			err = fmt.Errorf("it is at %s", at)
		}
		return err
	})
}

// sees waits until the text of an element is as wanted.
func (tb *tab) sees(selector, want string) {
	tb.t.Helper()
	eventually(tb.t, selector+" says "+want, func() error {
		text, err := try[string](tb, `document.readyState === "complete" ? document.querySelector(`+quote(selector)+`)?.innerText.trim() ?? "nothing" : "still loading"`)
		if err == nil && text != want {
			err = fmt.Errorf("it says %q", text)
		}
		return err
	})
}

// press presses keys, one after the other.
func (tb *tab) press(keys string) {
	tb.t.Helper()
	tb.do(chromedp.KeyEvent(keys))
}

// click clicks at an element with the mouse.
func (tb *tab) click(selector string) {
	tb.t.Helper()
	tb.do(chromedp.Click(chromedp.CSS(selector)))
}

// focused tells of the element in focus whether it is the one looked for, and what a
// person would see of it. With the page itself in focus, it is the browser's turn.
const focused = `(() => {
	const e = document.activeElement, box = e.getBoundingClientRect();
	const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
	return {
		name: e.outerHTML.slice(0, 100),
		found: e.matches(%s),
		hidden: e !== document.body && !e.contains(top) && !top?.contains(e),
		unmarked: e !== document.body && getComputedStyle(e).outlineStyle === "none",
	};
})()`

// tabTo presses the tabulator key until an element is in focus, and returns how often.
// On the way, what is in focus can be seen, and is marked.
func (tb *tab) tabTo(selector string) int {
	tb.t.Helper()
	const enough = 80
	for n := range enough {
		tb.press(kb.Tab)
		stop := eval[struct {
			Name                    string
			Found, Hidden, Unmarked bool
		}](tb, fmt.Sprintf(focused, quote(selector)))
		if stop.Hidden || stop.Unmarked {
			tb.t.Errorf("in focus on %s, hidden %v, without a mark %v: %s", eval[string](tb, "location.pathname"), stop.Hidden, stop.Unmarked, stop.Name)
		}
		if stop.Found {
			return n + 1
		}
	}
	tb.t.Fatalf("the tabulator key does not lead to %s", selector)
	return enough
}

// quote makes a literal of JavaScript.
func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
