package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
)

// maxBatch is how many requests share a transaction at most.
const maxBatch = 256

// request is something to be done by the writer.
type request struct {
	run   func(*batch) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// The states of a request.
const (
	queued int32 = iota
	begun
	calledOff
)

// writer makes all changes, in one goroutine.
type writer struct {
	*Store
	conn  *conn
	queue chan *request

	feed  string // makes the IDs of this feed's events unique
	first int64  // the oldest event held
	next  int64  // the event to come
	row   int64  // the row of the next new session
}

// load reads what the writer has to know before it begins.
func (w *writer) load() error {
	mode := ""
	err := w.conn.query(uninterrupted, "PRAGMA journal_mode = WAL", func(row []driver.Value) (bool, error) {
		mode = text(row[0])
		return false, nil
	})
	if err == nil && mode != "wal" {
		err = errors.New("sqlite: no write-ahead log can be kept here")
	}
	if err != nil {
		return err
	}
	// Whether the file can be written shows now, not when somebody logs in.
	if err := errors.Join(w.conn.exec("BEGIN IMMEDIATE"), w.conn.exec("ROLLBACK")); err != nil {
		return err
	}
	err = w.conn.query(uninterrupted, "SELECT feed, first FROM meta", func(row []driver.Value) (bool, error) {
		w.feed, w.first = text(row[0]), number(row[1])
		return false, nil
	})
	if err != nil {
		return err
	}
	last, err := w.conn.number("SELECT max(n) FROM events")
	if err != nil {
		return err
	}
	w.next = max(w.first, last+1)
	last, err = w.conn.number("SELECT max(n) FROM sessions")
	w.row = last + 1
	return err
}

// do has the writer do something, and waits until it is durable. What run
// leaves behind is the caller's once do has returned.
func (s *Store) do(ctx context.Context, run func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{run: run, done: make(chan struct{})}
	if err := s.enqueue(ctx, r); err != nil {
		return err
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(queued, calledOff) {
		return ctx.Err()
	}
	<-r.done
	return r.err
}

func (s *Store) enqueue(ctx context.Context, r *request) error {
	s.mu.RLock() // so that nobody queues after Close
	defer s.mu.RUnlock()
	if s.closed.Load() {
		return ErrClosed
	}
	select {
	case s.writer.queue <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run serves requests until the queue is closed.
func (w *writer) run() {
	var requests []*request
	for r := range w.queue {
		requests = append(requests[:0], r)
		for len(requests) < maxBatch {
			select {
			case r, open := <-w.queue:
				if open {
					requests = append(requests, r)
					continue
				}
			default:
			}
			break
		}
		w.serve(requests)
	}
}

// serve does what is requested in one transaction, and answers. If the
// transaction fails, nothing of it has happened.
func (w *writer) serve(requests []*request) {
	b := newBatch(w)
	err := w.commit(b, requests)
	if err != nil {
		// It may be over already: SQLite undoes it itself after some failures.
		_ = w.conn.exec("ROLLBACK")
	} else {
		for _, s := range b.signals {
			w.watch.Notify(s)
		}
	}
	if b.long {
		_, _ = w.conn.checkpoint() // no harm but a longer log
	}
	for _, r := range requests {
		if r.state.Load() == calledOff {
			continue
		}
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

func (w *writer) commit(b *batch, requests []*request) error {
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, r := range requests {
		if !r.state.CompareAndSwap(queued, begun) {
			continue
		}
		b.hot = false
		if r.err = r.run(b); b.failure != nil {
			return b.failure
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	w.visible.Lock()
	defer w.visible.Unlock()
	if err := w.conn.exec("COMMIT"); err != nil {
		return err
	}
	w.cache.publish(b.rows)
	w.first, w.next, w.row = b.first, b.next, b.row
	if b.wrote {
		select {
		case w.written <- struct{}{}:
		default:
		}
	}
	return nil
}
