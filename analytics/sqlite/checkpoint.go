package sqlite

import (
	"database/sql/driver"
	"time"
)

const (
	// checkpointEvery is how often the log is copied into the file while there are
	// changes. With [Normal] that is what makes them survive the loss of power.
	checkpointEvery = time.Second

	// shortLog is the pages of the log that may be left over. While there are more,
	// which were written meanwhile, they are copied at once, each time fewer, so that
	// the writer comes to begin the log anew.
	shortLog = 256

	// longLog is the pages of the log (256 MB) beyond which the writer copies it itself.
	longLog = 65536
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
		// It waits for nobody. A failure shows in Record, if it lasts.
		left, err := w.checkpointer.checkpoint()
		for n := 0; err == nil && left > shortLog && n < 4; n++ {
			left, err = w.checkpointer.checkpoint()
		}
		if err != nil {
			w.opts.Logger.Warn("checkpoint failed", errAttr(err))
		}
	}
}

// checkpoint copies what it can of the log without waiting for anybody, and returns how
// many pages of it are left.
func (c *conn) checkpoint() (left int64, err error) {
	_, err = c.one("PRAGMA wal_checkpoint(PASSIVE)", func(row []driver.Value) { left = number(row[1]) - number(row[2]) })
	return left, err
}
