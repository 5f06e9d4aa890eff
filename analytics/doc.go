// Package analytics says what happened: the [Event] that every change in the
// life of a session leaves behind, the [Recorder] that consumes events, and
// the [Pump] that carries them from a store's [Feed] to a recorder.
//
// The package is a leaf. It knows nothing of HTTP, of stores or of
// credentials: an event names a session by its public ID and never holds a
// secret or a token.
//
// # Words
//
// A session is the server-side record of one browser or app install. A login
// is the authenticated stretch of a session, a visit the stretch of activity
// that web analytics counts. One session may hold many logins and many visits,
// one after the other; a visit is not split by a login or a logout.
//
// # Delivery
//
// Every session, login and visit has exactly one start event and one end
// event. They reach a recorder at least once and keep their ID when they are
// delivered again, so that a recorder that remembers IDs sees each event
// exactly once.
//
// # Recorders
//
// [Memory] keeps events for tests and small live views, [Slog] logs them,
// [JSONLines] appends them to a file, and [Fanout] combines recorders so that
// one that fails does not hold up the others. Whatever can be asked for events
// answers a [Query].
package analytics
