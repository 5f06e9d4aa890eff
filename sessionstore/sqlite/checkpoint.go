package sqlite

import (
	"database/sql/driver"
	"time"
)

const (
	// checkpointEvery is how often the log is copied into the file while there
	// are changes. With [Normal] that is what makes them survive the loss of
	// power, too.
	checkpointEvery = time.Second

	// longLog is the pages of the log (64 MB) beyond which the writer copies the
	// rest of it itself, so that it can begin the log anew.
	longLog = 16384
)

// checkpoint copies the log into the file beside the writer, until the store is
// closed.
func (s *Store) checkpoint() {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-s.written:
		}
		// A failure shows in the requests, if it lasts. What is written meanwhile
		// is left, each time less.
		left, err := s.checkpointer.checkpoint()
		for n := 0; err == nil && left > longLog/2 && n < 3; n++ {
			left, err = s.checkpointer.checkpoint()
		}
		if err == nil && left > longLog {
			_ = s.do(uninterrupted, func(b *batch) error {
				b.long = true
				return nil
			})
		}
		select {
		case <-s.quit:
			return
		case <-tick.C:
		}
	}
}

// checkpoint copies what it can of the log without waiting for anybody, and
// returns the pages in it if that was not all.
func (c *conn) checkpoint() (left int64, err error) {
	err = c.query(uninterrupted, "PRAGMA wal_checkpoint(PASSIVE)", func(row []driver.Value) (bool, error) {
		if number(row[1]) != number(row[2]) {
			left = number(row[1])
		}
		return false, nil
	})
	return left, err
}
