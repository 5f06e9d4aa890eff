package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// entry names a count of the ledger.
type entry struct{ kind, name string }

// The kinds of counts.
const (
	kindReceived = "received"
	kindStored   = "stored"  // by type
	kindDropped  = "dropped" // by reason
	kindLost     = "lost"
	kindSkipped  = "skipped" // by reason
)

// flushLedger adds up what the batch did.
func (b *batch) flushLedger() error {
	for of, n := range b.ledger {
		err := b.c.exec("INSERT INTO ledger VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET events = events + ?3", of.kind, of.name, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// Ledger implements [report.Warehouse].
func (w *Warehouse) Ledger(ctx context.Context) (report.Ledger, error) {
	l := report.Ledger{Stored: map[analytics.Type]int64{}, Dropped: map[report.Drop]int64{}, Skipped: map[string]int64{}}
	leave, err := w.enter(ctx)
	if err != nil {
		return l, err
	}
	defer leave()
	err = w.read(ctx, func(c *conn) error {
		m, err := readMeta(c)
		if err != nil {
			return err
		}
		if m.newest != never {
			l.Newest = time.UnixMilli(m.newest).UTC()
		}
		return c.all(ctx, "SELECT kind, name, events FROM ledger", func(row []driver.Value) {
			name, n := text(row[1]), number(row[2])
			switch text(row[0]) {
			case kindReceived:
				l.Received = n
			case kindStored:
				l.Stored[analytics.Type(name)] = n
			case kindDropped:
				l.Dropped[report.Drop(name)] = n
			case kindLost:
				l.Lost = n
			case kindSkipped:
				l.Skipped[name] = n
			}
		})
	})
	return l, err
}
