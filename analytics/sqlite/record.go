package sqlite

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// never is the moment before all others: none.
const never int64 = math.MinInt64

// attentive is how many events are taken before ctx is looked at again.
const attentive = 128

// Record implements [analytics.Recorder]. A batch is recorded whole, or not at all
// where there is an error: if ctx is done before, the file is in use by others for
// 30 s, or the disk is full. Each batch is one transaction, so that an event costs
// the less the larger its batch is.
func (w *Warehouse) Record(ctx context.Context, events []analytics.Event) error {
	leave, err := w.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if w.opts.ReadOnly {
		return ErrReadOnly
	}
	if len(events) == 0 {
		return nil
	}
	var b *batch
	err = w.write(ctx, func(c *conn) (err error) {
		if b, err = newBatch(w, c); err != nil {
			return err
		}
		for i := range events {
			if i%attentive == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.take(&events[i]); err != nil {
				return fmt.Errorf("%w (event %s)", err, events[i].ID)
			}
		}
		return b.flush()
	}, func() {
		w.codes.commit()
		w.rows.commit(b.visits)
	})
	if err != nil {
		return fmt.Errorf("recording %d events: %w", len(events), err)
	}
	return nil
}

// batch is a transaction that records events.
type batch struct {
	w    *Warehouse
	c    *conn
	meta meta

	cutoff   int64 // what is older is expired
	visits   map[visitID]*visitRow
	order    []*visitRow // of visits, as they came up
	visitors map[string]*visitorRow
	numbered map[int64]*visitorRow // the same, and others
	carts    map[int64]*cartWork   // by visitor
	orders   map[order]bool        // that were told of
	dirty    map[int64]bool        // hours
	ledger   map[entry]int64
	exposed  bool
}

func newBatch(w *Warehouse, c *conn) (*batch, error) {
	m, err := readMeta(c)
	if err != nil {
		return nil, err
	}
	m.changes++
	w.codes.begin(m.pruned)
	if err := w.rows.begin(c); err != nil {
		return nil, err
	}
	b := &batch{
		w: w, c: c, meta: m, cutoff: m.horizon,
		visits: map[visitID]*visitRow{}, visitors: map[string]*visitorRow{}, numbered: map[int64]*visitorRow{},
		carts: map[int64]*cartWork{}, orders: map[order]bool{}, dirty: map[int64]bool{}, ledger: map[entry]int64{},
	}
	if w.opts.Keep > 0 {
		b.cutoff = max(b.cutoff, w.cutoff())
	}
	return b, nil
}

// cutoff is the moment before which events are too old to keep.
func (w *Warehouse) cutoff() int64 { return w.opts.Now().Add(-w.opts.Keep).UnixMilli() }

// take records one event.
func (b *batch) take(e *analytics.Event) error {
	b.ledger[entry{kind: kindReceived}]++
	why := fault(e)
	at := e.Time.UnixMilli()
	if why == "" && at < b.cutoff {
		why = report.DropExpired
	}
	if why == "" {
		stored, err := b.store(e, at)
		if err != nil {
			return err
		}
		if stored {
			b.ledger[entry{kindStored, string(e.Type)}]++
			b.meta.newest = max(b.meta.newest, at)
			return nil
		}
		why = report.DropDuplicate
	}
	b.ledger[entry{kindDropped, string(why)}]++
	return nil
}

// store makes the rows of an event, and reports whether it is not a duplicate.
func (b *batch) store(e *analytics.Event, at int64) (bool, error) {
	visitor, err := b.visitor(e.Session)
	if err != nil {
		return false, err
	}
	var v *visitRow
	if e.Visit != "" && visitor.n != 0 {
		if v, err = b.visit(visitor.n, e.Visit); err != nil {
			return false, err
		}
	}
	if e.Type == analytics.PageEngaged {
		return b.insertEngagement(e, at, visitor, v)
	}
	user, err := b.user(e.User)
	if err != nil {
		return false, err
	}
	stored, err := b.insert(e, at, visitor, v, user)
	if err != nil || !stored {
		return false, err
	}
	visitor.saw(e, at, user)
	if v != nil {
		v.saw(e, at, user)
	}
	return true, nil
}

// flush writes what was gathered.
func (b *batch) flush() error {
	for _, step := range []func() error{
		b.flushOrders, b.flushVisits, b.flushVisitors, b.flushCarts, b.flushHours, b.flushLedger,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if b.exposed {
		b.meta.exposed = b.meta.changes
	}
	return b.meta.write(b.c)
}

// flushHours notes in which hours the visits have changed.
func (b *batch) flushHours() error {
	for hour := range b.dirty {
		err := b.c.exec("INSERT INTO hours (hour, version) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET version = ?2", hour, b.meta.changes)
		if err != nil {
			return err
		}
	}
	return nil
}

// hourOf returns the hour of a moment, since the Unix epoch.
func hourOf(ms int64) int64 {
	const hour = int64(time.Hour / time.Millisecond)
	h := ms / hour
	if ms%hour < 0 {
		h--
	}
	return h
}
