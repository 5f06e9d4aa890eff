package sqlite

import "time"

const (
	// checkpointEvery is how often the log is copied into the file while there are
	// changes. With [Normal] that is what makes them survive the loss of power.
	checkpointEvery = time.Second

	// longLog is the pages of the log (64 MB) beyond which the writer copies it
	// itself, so that it can begin the log anew.
	longLog = 16384
)

// checkpoint copies the log into the file beside the writer, until the warehouse
// is closed.
func (w *Warehouse) checkpoint() {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.background.ctx.Done():
			return
		case <-tick.C:
		}
		if !w.written.Swap(false) {
			continue
		}
		// It waits for nobody, and what it left is copied the next time. A failure
		// shows in Record, if it lasts.
		if _, err := w.checkpointer.number("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
			w.opts.Logger.Warn("checkpoint failed", errAttr(err))
		}
	}
}
