package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// scratch is a directory for as long as the test binary runs.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := m.Run()
	if err := errors.Join(endBrowser(), os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// endBrowser ends the browser, if it was started.
var endBrowser = func() error { return nil }

// errNoBrowser: there is nothing to test with.
var errNoBrowser = errors.New("none of chromium, chromium-browser and google-chrome is in the PATH")

// userAgent is what Chromium calls itself when it has a screen. Without one it says
// HeadlessChrome, and the shop would take it for a bot, whose visits are not followed.
const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"

// needBrowser returns the browser, or ends the test.
func needBrowser(t *testing.T) context.Context {
	t.Helper()
	ctx, err := browser()
	switch {
	case errors.Is(err, errNoBrowser) && os.Getenv("CI") == "":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return ctx
}

// browser starts the one browser of all tests, with a profile that nobody else uses
// and that goes with it. It is driven through a pipe.
var browser = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	allocator, release := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // which not every container allows; the pages are our own
		chromedp.DisableGPU,
		chromedp.UserAgent(userAgent),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	endBrowser = func() error {
		defer release()
		defer cancel()
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return chromedp.Cancel(limited)
	}
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return ctx, nil
})
