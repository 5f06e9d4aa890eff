// Package sessionstore says what is: the [Record] of a session, the [Change]
// that alters it, and the [Store] that keeps records, applies changes and
// appends the events they cause.
//
// A change and its events are one atomic step. A session that ended never
// comes back: only a change that carries [Change.Create] creates a record,
// every other change updates one that exists, and IDs are never used twice.
//
// The package knows nothing of HTTP, and a store never sees a credential: the
// secret that a client holds reaches it only as a [Hash], and a successor on
// its way to the client only sealed under a key that the store does not have.
//
// [Memory] keeps everything in the process, [Redis] in a Redis server or
// cluster that many processes share, and the sqlite package in a file. All pass
// the suite in the storetest package, which is public so that other stores can be
// held to the same words. A store that keeps its records in the process, as
// Memory and sqlite do, writes a [Keeper] and has the rest from [Tx].
package sessionstore
