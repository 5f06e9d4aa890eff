package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch looks at all that goes on in a tab.
type watch struct {
	origin string // of the shop

	mu     sync.Mutex
	faults []string
	pages  map[string]int // by path, how often the tab has asked for it
}

// see takes in an event of the browser.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		switch e.Type {
		case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert:
			said := ""
			for _, arg := range e.Args {
				said += " " + arg.Description + string(arg.Value)
			}
			w.fault("console %s:%s", e.Type, said)
		default:
		}
	case *runtime.EventExceptionThrown:
		w.fault("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.fault("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			w.fault("against the policy: %s of %s", e.Issue.Details.ContentSecurityPolicyIssueDetails.ViolatedDirective, e.Issue.Details.ContentSecurityPolicyIssueDetails.BlockedURL)
		}
	case *network.EventRequestWillBeSent:
		path, own := strings.CutPrefix(e.Request.URL, w.origin+"/")
		switch {
		case own && e.Type == network.ResourceTypeDocument:
			w.pages["/"+path]++
		case !own && !strings.HasPrefix(e.Request.URL, "data:"):
			w.fault("a request leaves the shop: %s", e.Request.URL)
		}
	}
}

func (w *watch) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// take returns the faults that were seen, and forgets them.
func (w *watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	faults := w.faults
	w.faults = nil
	return faults
}

// asked returns how often the tab has asked for a page.
func (w *watch) asked(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pages[path]
}

// TestTheWatchSees what it is there for.
func TestTheWatchSees(t *testing.T) {
	tb := open(t).visitor(t)
	for _, c := range []struct{ what, script, sees string }{
		{"an error on the console", `console.error("tea")`, "console error"},
		{"an exception", `setTimeout(() => { throw new Error("tea") })`, "exception"},
		{"a missing file", `document.body.append(Object.assign(new Image(), {src: "/static/tea.png"}))`, "404"},
		{"an inline style", `document.body.setAttribute("style", "color: red")`, "style-src"},
		{"an inline script", `document.body.append(Object.assign(document.createElement("script"), {textContent: "1"}))`, "script-src"},
		{"what the policy forbids to load", `document.body.append(Object.assign(new Image(), {src: "http://127.0.0.2/"}))`, "img-src"},
		{"what it would load", `document.body.append(Object.assign(new Image(), {src: "http://127.0.0.2/"}))`, "leaves the shop: http://127.0.0.2/"},
	} {
		call(tb, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: strings.Contains(c.sees, "leaves")})
		tb.open("/")
		eval[bool](tb, c.script+"; true")
		eventually(t, c.what+" is seen", func() error {
			if faults := strings.Join(tb.watch.take(), "\n"); !strings.Contains(faults, c.sees) {
				return fmt.Errorf("seen: %s", faults)
			}
			return nil
		})
	}
	call(tb, page.Close, cdp.Empty{}) // so that no more is to be seen
	tb.watch.take()
}
