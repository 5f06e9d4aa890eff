// Package sqlite keeps what visits tell in one file: a [Warehouse] records events
// and answers the questions of a report.Warehouse. It is pure Go.
//
//	warehouse, err := sqlite.Open("/var/lib/shop/analytics.db", sqlite.Options{})
//	pump, err := analytics.NewPump(store, "analytics", warehouse, analytics.PumpOptions{})
//
// Several processes may record into one file at once, such as those of a shop that
// share the events of one Redis out among them, and others may ask at the same
// time: see [OpenReader]. Beside the file lie, while it is open, its write-ahead
// log (-wal) and the index of that (-shm); a lock (.lock) is held only while the
// file is made. All are made with mode 0600. The file belongs on a disk of the
// machine, not on a network share.
//
// # Each event once
//
// A batch is one transaction: the rows, and the ledger of what became of every
// event, change together or not at all. An event that is delivered again is known
// by its ID, session, type and time, and a view by its visit and its own ID, and is
// counted as a duplicate. In which order events arrive does not matter.
//
// The death of a process loses nothing: what [Warehouse.Record] had not returned
// for is undone and comes again. The loss of power may, with [Normal], take the
// batches of the last second or two, which were acknowledged and do not come again;
// the file stays whole, and nothing tells of the loss. [Full] excludes it, for a
// write that waits for the disk with each batch.
//
// # The file
//
// Tables hold what happened, a row a visit, view, action and so on; moments are
// Unix milliseconds, and numbers stand for texts that repeat. The views
// visit_report and view_report join them for people who open the file with sqlite3.
// What questions go through are columns that are made of these rows, a BLOB for
// every hour (table segments): they can be deleted at any time.
package sqlite
