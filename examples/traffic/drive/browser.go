package drive

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// answer is a response, read to its end, and when it was on its way.
type answer struct {
	status int
	header http.Header
	body   string
	at     truth.Moment
}

// isPage reports whether the answer is one that a browser shows as a page.
func (a answer) isPage() bool {
	return a.status == http.StatusOK && strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
}

// maxPage bounds what is read of an answer, in bytes.
const maxPage = 1 << 20

// request makes a request for a path of the shop, with a query if there is one.
func (v *visitor) request(ctx context.Context, method, path, body string) (*http.Request, error) {
	to, err := v.run.Shop.Parse(path)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", v.plan.Agent.Header)
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Language", v.plan.Language)
	return r, nil
}

// send sends a request. An error says in a few words that there was no answer that
// tells what became of it.
func (v *visitor) send(r *http.Request) (answer, error) {
	v.run.requests.Add(1)
	a := answer{at: truth.Moment{Sent: v.now()}}
	res, err := v.client.Do(r)
	if err != nil {
		return a, fmt.Errorf("no answer to %s", r.Method)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return a, fmt.Errorf("half an answer to %s", r.Method)
	}
	a.at.Received = v.now()
	a.status, a.header, a.body = res.StatusCode, res.Header, string(body)
	if a.status >= http.StatusInternalServerError || a.status == http.StatusTooManyRequests {
		return a, unexpected(r, a)
	}
	return a, nil
}

func unexpected(r *http.Request, a answer) error {
	return fmt.Errorf("%d to %s %s", a.status, r.Method, r.URL.Path)
}

// asDocument gives r the headers of a browser that navigates. Crawlers ask for HTML,
// but do not say what for.
func (v *visitor) asDocument(r *http.Request, site string) {
	if v.plan.Kind == plan.Downloader {
		return
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	if v.plan.Kind == plan.Crawler {
		return
	}
	for name, value := range map[string]string{
		"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": site, "Sec-Fetch-User": "?1",
		"Upgrade-Insecure-Requests": "1",
	} {
		r.Header.Set(name, value)
	}
}

// cameFrom sets the Referer to the page that is open.
func (v *visitor) cameFrom(r *http.Request) {
	if v.page != "" {
		r.Header.Set("Referer", v.run.Shop.JoinPath(v.page).String())
	}
}

// navigate opens a page: by a link on the one that is open, or from the source.
func (v *visitor) navigate(ctx context.Context, path string, s plan.Source, prefetch bool) error {
	if s.Query != "" {
		path += "?" + s.Query
	}
	r, err := v.request(ctx, http.MethodGet, path, "")
	if err != nil {
		return err
	}
	switch {
	case v.page != "":
		v.asDocument(r, "same-origin")
		v.cameFrom(r)
	case s.Referrer != "":
		v.asDocument(r, "cross-site")
		r.Header.Set("Referer", s.Referrer)
	default:
		v.asDocument(r, "none")
	}
	if prefetch {
		r.Header.Set("Sec-Purpose", "prefetch")
		r.Header.Del("Sec-Fetch-User")
	}
	v.source = s
	a, err := v.send(r)
	if err != nil {
		return err
	}
	if prefetch {
		return v.prefetched(r, a)
	}
	return v.arrive(ctx, r, a)
}

// arrive enters what a navigation came to, and follows where it is sent on to.
func (v *visitor) arrive(ctx context.Context, r *http.Request, a answer) error {
	for range 3 {
		switch {
		case a.isPage():
			v.shown(r, a)
			return nil
		case a.status == http.StatusNotFound:
			v.note(a.at, passing)
			return nil
		case a.status != http.StatusSeeOther:
			return unexpected(r, a)
		}
		if r.Method == http.MethodGet { // what a form did has been noted
			v.note(a.at, passing)
		}
		next, err := v.redirected(ctx, r, a)
		if err != nil {
			return err
		}
		if err := v.run.pace.wait(ctx); err != nil {
			return err
		}
		if a, err = v.send(next); err != nil {
			return err
		}
		r = next
	}
	return unexpected(r, a)
}

// redirected makes the request that an answer sends the browser on to, which is in
// the shop.
func (v *visitor) redirected(ctx context.Context, r *http.Request, a answer) (*http.Request, error) {
	to, err := r.URL.Parse(a.header.Get("Location"))
	if err != nil || to.Host != v.run.Shop.Host {
		return nil, unexpected(r, a)
	}
	next, err := v.request(ctx, http.MethodGet, (&url.URL{Path: to.Path, RawQuery: to.RawQuery}).String(), "")
	if err != nil {
		return nil, err
	}
	v.asDocument(next, "same-origin")
	v.cameFrom(next)
	return next, nil
}

// shown enters a page that was shown.
func (v *visitor) shown(r *http.Request, a answer) {
	v.note(a.at, exact)
	v.page = r.URL.Path
	switch {
	case v.known():
		v.journal.Viewed(r.URL.Path)
		v.beacon = findBeacon(a.body)
	case v.plan.Kind == plan.Crawler:
		v.journal.Skipped("bot")
	case v.plan.Kind == plan.Downloader: // it did not navigate
	default:
		v.journal.Skipped("session")
	}
}

func (v *visitor) prefetched(r *http.Request, a answer) error {
	if !a.isPage() {
		return unexpected(r, a)
	}
	v.journal.Skipped("prefetch")
	if v.journal.Visiting() {
		v.journal.PerhapsActive(a.at)
		v.last.Received = a.at.Received // the visit may last from here
	}
	return nil
}

// submit sends a form of the page that is open.
func (v *visitor) submit(ctx context.Context, path string, fields url.Values) (*http.Request, answer, error) {
	r, err := v.request(ctx, http.MethodPost, path, fields.Encode())
	if err != nil {
		return nil, answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", strings.TrimSuffix(v.run.Shop.String(), "/"))
	v.asDocument(r, "same-origin")
	v.cameFrom(r)
	v.source = plan.Direct
	a, err := v.send(r)
	return r, a, err
}

// closePage has the page that is open tell for how long it was looked at, if it is
// one that does.
func (v *visitor) closePage(ctx context.Context, looked time.Duration) error {
	b := v.beacon
	if v.beacon = nil; b == nil {
		return nil
	}
	if err := v.run.pace.wait(ctx); err != nil {
		return err
	}
	r, err := v.request(ctx, http.MethodPost, b.path, fmt.Sprintf(`{"view":%q,"milliseconds":%d}`, b.view, looked.Milliseconds()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	r.Header.Set("Origin", strings.TrimSuffix(v.run.Shop.String(), "/"))
	r.Header.Set("Sec-Fetch-Dest", "empty")
	r.Header.Set("Sec-Fetch-Mode", "no-cors")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	v.cameFrom(r)
	a, err := v.send(r)
	if err == nil && a.status != http.StatusNoContent {
		err = unexpected(r, a)
	}
	if err == nil {
		v.journal.Engaged(looked)
	}
	return err
}
