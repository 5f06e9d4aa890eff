package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// sinceLoaded is for how many milliseconds the page has been there.
const sinceLoaded = `(loaded => loaded && performance.now() - loaded)(performance.getEntriesByType("navigation")[0].loadEventEnd)`

// TestTimeOnPage: one visitor looks at a page and goes on to another, a second closes
// the tab. For how long both looked is in the reports.
func TestTimeOnPage(t *testing.T) {
	s := open(t, "-visit-idle", "2s")
	admin := s.admin(t)
	longest := map[string]float64{}
	for path, leave := range map[string]func(*tab){
		"/tea/gyokuro": func(tb *tab) {
			tb.click(`a[href="/cart"]`)
			tb.arrives("/cart")
		},
		"/tea/lapsang": func(tb *tab) { call(tb, page.Close, cdp.Empty{}) },
	} {
		first := s.visitor(t)
		tb := first.fork() // so that the browser keeps the visitor when it is closed
		began := time.Now()
		tb.open(path)
		eventually(t, "a second passes for the page", func() error {
			if looked := eval[float64](tb, sinceLoaded); looked < 1000 {
				return fmt.Errorf("%v ms", looked)
			}
			return nil
		})
		leave(tb)
		longest[path] = time.Since(began).Seconds()
	}
	eventually(t, "the times are in the reports", func() error {
		pages, err := admin.pages()
		overview, askErr := ask[struct {
			Coverage number `json:"engagement_coverage"`
			Median   number `json:"median_engagement"`
		}](admin, "report/overview")
		errs := []error{
			err, askErr,
			overview.Coverage.between("coverage", 0.01, 1),
			overview.Median.between("median engagement", 1, max(longest["/tea/gyokuro"], longest["/tea/lapsang"])),
		}
		for path, most := range longest {
			errs = append(errs, pages[path].MedianTime.between("time on "+path, 1, most))
		}
		return errors.Join(errs...)
	})
}
