package middleware

import (
	"cmp"
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// view is the page view that a request may be.
type view struct {
	id     string // once somebody asked for it, or it was recorded
	begins bool   // the response is a page, which may begin a session
	failed bool   // beginning one has failed
}

// View returns the ID under which the request is recorded as a page view, for a
// beacon to name it: see [Manager.Beacon]. It is empty where there will be no page
// view: outside a session, where [Config.Visits] starts none; for what is no
// navigation of a browser to a document; and for clients that hold tokens. Asking
// for it begins a visit if none is under way, as [Manager.Current] does, and the
// session under [NavigationVisits].
//
// A page view is a GET request of a browser that opens a document, answered with
// HTML, in a session. It is recorded as a page.viewed event off the request path,
// within a second, whether anybody asks for its ID or not. A page that the browser
// fetched or rendered ahead, and then shows without asking again, is not counted. A
// process that is killed loses what it has not handed over; what could not be
// recorded is counted in page.skipped events.
func (m *Manager) View(ctx context.Context) string {
	st, err := m.stateOf(ctx)
	if err != nil {
		return ""
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	h := st.request.Header
	if st.view.id != "" || st.bearer || st.sent || st.request.Method != http.MethodGet || !navigates(h) || prefetches(h) {
		return st.view.id
	}
	st.consulted = true
	if st.startsSession() {
		st.startSession(ctx)
	}
	if visit := st.beginVisit(ctx); visit != nil {
		st.view.id = newViewID(visit.ID)
	}
	return st.view.id
}

// beginVisit returns the visit of the request's session, and begins it if need be.
// It is nil without a session, and where the store failed. The lock is held.
func (st *state) beginVisit(ctx context.Context) *sessionstore.Visit {
	if st.rec != nil && st.rec.LiveVisit(st.began) == nil && !st.active {
		st.keep(ctx)
	}
	if st.rec == nil {
		return nil
	}
	return st.rec.LiveVisit(st.began)
}

const viewRandomLen = 11

// newViewID returns "<visit>.<11 random base64url characters>".
func newViewID(visit string) string {
	var b [8]byte
	rand.Read(b[:])
	return visit + "." + strictBase64.EncodeToString(b[:])
}

// opens implements committer: the beginning of the body tells what the response
// shows.
func (st *state) opens(body opening) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !isHTML(body.contentType()) {
		return
	}
	if prefetches(st.request.Header) {
		st.record(prefetched)
	} else {
		st.record(page)
	}
}

// record hands a page view to the collector, or counts why there is none. The lock
// is held.
func (st *state) record(is showing) {
	c := st.manager.touches
	switch is {
	case nothing, unknown:
		return
	case prefetched:
		c.skip(skippedPrefetch)
		return
	case page:
	}
	// Whatever has ended the session since the request came in, this happened before.
	rec := cmp.Or(st.rec, st.was)
	if rec == nil || rec.LiveVisit(st.began) == nil {
		c.skip(st.whySkipped(rec))
		return
	}
	path := strings.ToValidUTF8(cut(st.request.URL.Path, maxPath), "")
	attributes := map[string]string{"path": strings.Clone(path)} // a part of the URL, which would live on with it
	if route := routeOf(st.request.Pattern); route != "" && route != path {
		attributes["route"] = route
	}
	if !st.visited { // else the visit's event tells it
		if touch := touchOf(st.request); touch != (analytics.Origin{}) {
			maps.Copy(attributes, touch.Attributes())
		}
	}
	if st.view.id == "" {
		st.view.id = newViewID(rec.Visit.ID)
	}
	st.tellView(rec, st.view.id, attributes)
}

// maxPath is how many bytes of a path are kept.
const maxPath = 512

// tellView hands the collector a page.viewed event. The lock is held.
func (st *state) tellView(rec *sessionstore.Record, id string, attributes map[string]string) {
	e := st.event(rec, analytics.PageViewed, attributes)
	// If the request outlasted its visit, the view belongs to the one it was made in.
	e.Visit, _, _ = strings.Cut(id, ".")
	if v := rec.Visit; v.ID == e.Visit && v.Started.After(e.Time) {
		e.Time = v.Started // the request began it
	}
	attributes["view"] = id
	st.manager.touches.tell(e)
}

// whySkipped tells why a page was shown and is not recorded.
func (st *state) whySkipped(rec *sessionstore.Record) skipReason {
	switch {
	case rec != nil, st.outage != nil, st.view.failed:
		return skippedStore
	case st.isBot():
		return skippedBot
	}
	return skippedSession
}

// routeOf returns the path of a pattern of [http.ServeMux].
func routeOf(pattern string) string {
	i := strings.IndexByte(pattern, '/')
	if i < 0 {
		return ""
	}
	return cut(strings.TrimSuffix(pattern[i:], "{$}"), maxPath)
}

// event is about something that happened in the request, in a session or none.
func (st *state) event(rec *sessionstore.Record, typ analytics.Type, attributes map[string]string) analytics.Event {
	e := analytics.Event{Type: typ, Time: st.began, Attributes: attributes}
	if rec == nil {
		return e
	}
	e.Session = rec.ID.String()
	if v := rec.LiveVisit(st.began); v != nil {
		e.Visit = v.ID
	}
	if l := rec.LiveLogin(st.began); l != nil {
		e.Login, e.User = l.ID, l.User
	}
	return e
}
