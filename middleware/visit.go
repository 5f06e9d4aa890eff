package middleware

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/sojourn-go/sojourn/analytics/agent"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// VisitPolicy says whose visits are known. Whatever it says, a visit is part of a
// session, and begins with the first request in it after the one before is over.
type VisitPolicy int

const (
	// SessionVisits knows the visits in sessions that exist anyway: of visitors who
	// logged in, put something into a cart, or had something else stored for them. A
	// visitor who only looks costs nothing, gets no cookie and leaves nothing behind
	// but a count in page.skipped.
	SessionVisits VisitPolicy = iota

	// NavigationVisits knows the visits of all whose browser opens a page: the first
	// page that a browser without session is shown begins one, with its cookie. The
	// session costs a change of the store, and until its SessionIdle a record there;
	// the page is then as uncacheable as any in a session. Visitors are recognised
	// when they come back, so that their consent may be needed where they live.
	//
	// The browser has to say that somebody opens the page (Sec-Fetch-Dest: document
	// and Sec-Fetch-Mode: navigate, https://www.w3.org/TR/fetch-metadata/), which all
	// have done since 2023 and tools do not, and must not be a known bot; the answer
	// has to be a page of HTML whose Content-Type is known when the headers go out. If
	// the store fails the page is shown without a session. A browser that keeps no
	// cookie makes a session, a visitor and a visit of every page, and so does whoever
	// sends those headers to that end: to bound requests is for what stands in front.
	NavigationVisits
)

// visitStart is the visit that the request begins, unless one is under way.
func (st *state) visitStart() *sessionstore.VisitStart {
	cfg := &st.manager.cfg
	return &sessionstore.VisitStart{
		ID: sessionstore.NewSpanID(), Idle: cfg.VisitIdle, Max: cfg.VisitMax,
		Attributes: originOf(st.request, st.bearer).Attributes(),
	}
}

// startsSession reports whether the request begins a session by showing a page. The
// lock is held.
func (st *state) startsSession() bool {
	if st.manager.cfg.Visits != NavigationVisits || st.bearer || st.sent || st.revoke || st.view.failed {
		return false
	}
	if st.rec != nil || st.cancel != nil || st.writable() != nil { // cancel is there if the request came with a session
		return false
	}
	h := st.request.Header
	return first(h, "Sec-Fetch-Dest") == "document" && first(h, "Sec-Fetch-Mode") == "navigate" && !st.isBot()
}

// startSession makes the session in which the visit begins. That it fails is no
// reason to refuse a page. The lock is held.
func (st *state) startSession(ctx context.Context) {
	if _, err := st.apply(ctx, sessionstore.Change{}); err != nil {
		st.view.failed = true
		st.manager.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "visit not begun", slog.Any("error", err))
	}
}

// isBot reports whether the client says that it is a program.
func (st *state) isBot() bool { return agent.Parse(first(st.request.Header, "User-Agent")).Bot != "" }

// first returns the first value of a header with that canonical name.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}
