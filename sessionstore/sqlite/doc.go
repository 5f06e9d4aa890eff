// Package sqlite keeps sessions in one file: a [Store] is a
// [sessionstore.Store] for a service that runs as one process and whose sessions
// outlive it. It is pure Go.
//
//	store, err := sqlite.Open("/var/lib/shop/sessions.db", sqlite.Options{})
//
// Beside the file lie, while it is open, its write-ahead log (-wal), the index of
// that (-shm), and a lock (.lock), which says that one process has it: it is held
// with flock(2), so that the system gives it back when the process dies, however
// it does. All are made with mode 0600. The file belongs on a disk of the machine,
// not on a network share.
//
// Changes are made by one goroutine, as many at a time as wait for it, in one
// transaction: they share the time that a disk takes to make something durable.
// A change is answered when it is. Reads come from memory, as far as
// [Options.CacheBytes] goes, and else from the file, beside the writer.
package sqlite
