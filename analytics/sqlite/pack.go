package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

const (
	// packEvery is how often it is looked whether hours have become quiet.
	packEvery = time.Second

	// quietAfter is how many changes of the file leave an hour alone before it is
	// taken to be quiet; without any change for packEvery all are.
	quietAfter = 64

	// packAtOnce is how many hours are packed in one transaction.
	packAtOnce = 16
)

// pack makes the segments of quiet hours and keeps them in the file, so that the
// questions need not, until the warehouse is closed.
func (w *Warehouse) pack() {
	tick := time.NewTicker(packEvery)
	defer tick.Stop()
	before := int64(-1)
	for {
		select {
		case <-w.background.ctx.Done():
			return
		case <-tick.C:
		}
		changes, err := w.packQuiet(w.background.ctx, before)
		if err != nil && w.background.ctx.Err() == nil {
			w.opts.Logger.Warn("packing failed", errAttr(err))
		}
		before = changes
	}
}

// packQuiet packs the hours that are quiet, where the file had so many changes
// packEvery ago, and returns how many it has now.
func (w *Warehouse) packQuiet(ctx context.Context, before int64) (changes int64, err error) {
	until := int64(-1)
	for more := true; more && err == nil; {
		err = w.read(ctx, func(c *conn) error {
			m, err := readMeta(c)
			if err != nil {
				return err
			}
			if until < 0 {
				changes, until = m.changes, m.changes
				if changes != before {
					until = max(0, changes-quietAfter)
				}
			}
			n, err := w.packUntil(ctx, c, until)
			more = n == packAtOnce
			return err
		})
	}
	return changes, err
}

// packUntil packs the hours that have not changed since, some at once, and returns
// how many it found.
func (w *Warehouse) packUntil(ctx context.Context, c *conn, until int64) (int, error) {
	var stale []hourVersion
	err := c.all(ctx, "SELECT hour, version FROM hours WHERE version <> packed AND version <= ? ORDER BY version LIMIT ?", func(row []driver.Value) {
		stale = append(stale, hourVersion{number(row[0]), number(row[1])})
	}, until, int64(packAtOnce))
	if err != nil || len(stale) == 0 {
		return 0, err
	}
	segments := make([]*columns.Segment, len(stale))
	for i, of := range stale {
		if segments[i] = w.cache.get(of); segments[i] != nil {
			continue
		}
		if segments[i], err = buildSegment(ctx, c, of.hour); err != nil {
			return 0, err
		}
	}
	err = w.write(ctx, func(c *conn) error {
		for i, of := range stale {
			if err := writeSegment(c, of, segments[i]); err != nil {
				return err
			}
		}
		return nil
	}, func() {})
	return len(stale), err
}

// writeSegment keeps a segment in the file unless its hour has changed meanwhile.
func writeSegment(c *conn, of hourVersion, s *columns.Segment) error {
	n, err := c.change("UPDATE hours SET packed = ?2 WHERE hour = ?1 AND version = ?2", of.hour, of.version)
	if err != nil || n == 0 {
		return err
	}
	if s.Len() == 0 {
		return c.exec("DELETE FROM segments WHERE hour = ?", of.hour)
	}
	packed, err := s.AppendBinary(nil)
	if err != nil {
		return failed("encode a segment", err)
	}
	return c.exec("INSERT OR REPLACE INTO segments VALUES (?, ?, ?)", of.hour, of.version, packed)
}
