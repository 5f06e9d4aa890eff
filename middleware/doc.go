// Package middleware makes net/http handlers session-aware. A [Manager] finds
// the session of each request, guards routes, lets handlers log users in and
// out, read and write values and carts, and sees to it that sessions, logins
// and visits end when they should.
//
//	store := sessionstore.NewMemory(sessionstore.MemoryOptions{})
//	m, err := middleware.New(middleware.Config{Store: store})
//	...
//	mux.Handle("GET /account", m.RequireLogin(account))
//	http.ListenAndServe(addr, m.Handler(mux))
//
// # What a request costs
//
// A request without a session cookie asks the store nothing and leaves nothing
// behind, unless its handler writes. A request with one loads the session (one
// command), and makes one change at most, before the first byte of the response:
// whatever fails then is answered with an error alone, never with half a page.
// Activity is recorded off the request path, and so is that a page was shown.
//
// # What is recorded
//
// In a session, every page that a browser opens is a page view of the visit under
// way; [Config.Visits] says whether a page also begins a session. [Manager.Beacon]
// measures for how long it was looked at, [Manager.Screen] is for apps.
// [Manager.Track] and [Manager.Purchase] record what people do, an [Experiment]
// which of several variants they were shown. All of it is in the events that
// Config.Recorder receives.
//
// # What is promised
//
// A session, login or visit that ended stays ended, whatever was in flight.
// Writes to different keys, carts and keys with a merge all survive. The store's
// failure is not taken for the absence of a session: no cookie is issued or
// cleared because of it.
package middleware
