package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Warehouse is an [analytics.Recorder] and a [report.Warehouse] in a file. Make
// one with [Open]. Its methods are safe for concurrent use. After
// [Warehouse.Close] they return [ErrClosed].
type Warehouse struct {
	path string
	opts Options

	writer   chan *conn // holds the connection that writes while nobody uses it
	readers  chan *conn // likewise those that read
	codes    *codes     // what the writer knows of the file
	rows     rows       // likewise
	state    states     // what the readers know of it
	cache    *cache
	assigned assignments

	checkpointer *conn
	written      atomic.Bool // since the last checkpoint
	background   background

	mu     sync.RWMutex // held by whoever uses what Close closes
	closed bool
}

var (
	_ analytics.Recorder = (*Warehouse)(nil)
	_ report.Warehouse   = (*Warehouse)(nil)
)

// background is what goes on beside the calls.
type background struct {
	ctx    context.Context //nolint:containedctx // ends with the warehouse, which no call does
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newWarehouse(path string, o Options) *Warehouse {
	w := &Warehouse{
		path: path, opts: o, writer: make(chan *conn, 1), readers: make(chan *conn, readers),
		codes: newCodes(), cache: newCache(o.CacheBytes),
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.background = background{ctx: ctx, cancel: cancel}
	return w
}

func (w *Warehouse) start() {
	if w.opts.ReadOnly {
		return
	}
	if w.path != "" {
		w.background.wg.Go(w.checkpoint)
		w.background.wg.Go(w.pack)
	}
	if w.opts.Keep > 0 {
		w.background.wg.Go(w.retain)
	}
}

// Close waits for what is under way and gives the file back.
func (w *Warehouse) Close() error {
	w.background.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	w.closed = true
	w.background.wg.Wait()
	return w.closeAll()
}

// closeAll closes what is open; the last connection that can write copies the log.
func (w *Warehouse) closeAll() error {
	var all []error
	for _, pool := range []chan *conn{w.readers, w.writer} {
		for len(pool) > 0 {
			all = append(all, (<-pool).close())
		}
	}
	if w.checkpointer != nil {
		all = append(all, w.checkpointer.close())
	}
	return errors.Join(all...)
}

// enter keeps Close waiting until leave is called.
func (w *Warehouse) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return nil, ErrClosed
	}
	return w.mu.RUnlock, nil
}

// write makes changes in one transaction. What do changes in memory it has to
// leave to committed.
func (w *Warehouse) write(ctx context.Context, do func(*conn) error, committed func()) error {
	var c *conn
	select {
	case c = <-w.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.writer <- c }()
	if err := begin(ctx, c); err != nil {
		return err
	}
	err := do(c)
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		// It may be over already: SQLite undoes it itself after some failures.
		_ = c.exec("ROLLBACK")
		return err
	}
	committed()
	w.written.Store(true)
	return nil
}

// patience is how long the file may be in use by other processes.
const patience = 30 * time.Second

// begin begins a transaction that writes, once no other process has one.
func begin(ctx context.Context, c *conn) error {
	for deadline := time.Now().Add(patience); ; {
		err := c.exec("BEGIN IMMEDIATE") // which itself waits some milliseconds
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// read asks, all of one moment.
func (w *Warehouse) read(ctx context.Context, do func(*conn) error) error {
	var c *conn
	select {
	case c = <-w.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.readers <- c }()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	return errors.Join(do(c), c.exec("ROLLBACK"))
}

func errAttr(err error) slog.Attr { return slog.Any("error", err) }
