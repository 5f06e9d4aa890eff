package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Store is a [sessionstore.Store] in a file. Make one with [Open]. Its methods
// are safe for concurrent use. After [Store.Close] they return [ErrClosed].
type Store struct {
	path  string
	opts  Options
	lock  *flock.Flock
	cache *cache
	watch sessionstore.Watchers

	writer  *writer
	readers chan *conn // those that nobody uses

	// visible is held by the writer while a commit becomes visible in the file
	// but is not in the cache yet, so that nobody reads on from one to the other
	// and back in time.
	visible sync.RWMutex

	checkpointer *conn
	written      chan struct{} // wakes the checkpointer
	quit         chan struct{} // closed to end it
	background   sync.WaitGroup

	mu     sync.RWMutex // held by whoever uses what Close closes
	closed atomic.Bool
}

func newStore(path string, o Options, lock *flock.Flock) *Store {
	s := &Store{
		path: path, opts: o, lock: lock, cache: newCache(o.CacheBytes),
		readers: make(chan *conn, readers), written: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	s.writer = &writer{Store: s, queue: make(chan *request, maxBatch)}
	return s
}

func (s *Store) start() {
	s.background.Go(s.writer.run)
	s.background.Go(s.checkpoint)
}

// Close waits for what is under way, copies the log into the file and gives the
// file back. Watch goes on, and hears of nothing more.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed.Swap(true) {
		s.mu.Unlock()
		return ErrClosed
	}
	close(s.writer.queue)
	close(s.quit)
	s.mu.Unlock()
	s.background.Wait()
	return s.closeFiles()
}

// closeFiles closes what is open; the last connection copies the log.
func (s *Store) closeFiles() error {
	var all []error
	for len(s.readers) > 0 {
		all = append(all, (<-s.readers).close())
	}
	for _, c := range []*conn{s.checkpointer, s.writer.conn} {
		if c != nil {
			all = append(all, c.close())
		}
	}
	return errors.Join(append(all, s.lock.Close())...)
}

// read does something with a connection that reads.
func (s *Store) read(ctx context.Context, do func(*conn) error) error {
	s.mu.RLock() // Close waits
	defer s.mu.RUnlock()
	if s.closed.Load() {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *conn
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := do(c)
	if err != nil && ctx.Err() != nil { // it may have been interrupted: do not use it again
		if fresh, e := s.reader(); e == nil { //nolint:contextcheck // the ctx is done
			err = errors.Join(err, c.close())
			c = fresh
		}
	}
	s.readers <- c
	return err
}

// scan reads rows, all of one moment.
func (s *Store) scan(ctx context.Context, query string, each func(row []driver.Value) (bool, error), args ...any) error {
	return s.read(ctx, func(c *conn) error {
		s.visible.RLock()
		rows, err := c.rows(ctx, query, args...)
		s.visible.RUnlock()
		if err != nil {
			return err
		}
		return c.each(query, rows, each)
	})
}

// Now implements [sessionstore.Store].
func (s *Store) Now() time.Time { return s.opts.Now().UTC() }

// moment is the clock in the precision of records and events.
func (s *Store) moment() time.Time { return time.UnixMilli(s.opts.Now().UnixMilli()).UTC() }

// Ping implements [sessionstore.Store]: it asks the writer for a transaction.
func (s *Store) Ping(ctx context.Context) error {
	return s.do(ctx, func(*batch) error { return nil })
}

// Apply implements [sessionstore.Store]. Until the change is begun it can be
// called off by ctx, and has then not happened; from then on its outcome is
// waited for.
func (s *Store) Apply(ctx context.Context, c sessionstore.Change) (sessionstore.Result, error) {
	if err := c.Check(s.opts.Limits); err != nil {
		return sessionstore.Result{}, err
	}
	var res sessionstore.Result
	err := s.do(ctx, func(b *batch) (err error) {
		b.hot = true
		res, err = b.tx().Apply(&c)
		return err
	})
	if err != nil {
		return sessionstore.Result{}, err
	}
	return res, nil
}

// Touch implements [sessionstore.Store].
func (s *Store) Touch(ctx context.Context, touches []sessionstore.Touch) error {
	if len(touches) == 0 {
		return nil
	}
	return s.do(ctx, func(b *batch) error { return b.tx().Touch(touches) })
}

// Append implements [sessionstore.Store].
func (s *Store) Append(ctx context.Context, events ...analytics.Event) error {
	return s.do(ctx, func(b *batch) error {
		for _, e := range events {
			if e.Time.IsZero() {
				e.Time = b.tx().Clock
			}
			b.events = append(b.events, e)
		}
		return nil
	})
}

// EndUser implements [sessionstore.Store].
func (s *Store) EndUser(ctx context.Context, user string, e sessionstore.EndUser) ([]sessionstore.ID, error) {
	var ended []sessionstore.ID
	err := s.do(ctx, func(b *batch) (err error) {
		ended, err = b.tx().EndUser(user, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// Watch implements [sessionstore.Store].
func (s *Store) Watch(ctx context.Context, notify func(sessionstore.Signal)) error {
	return s.watch.Watch(ctx, notify)
}

var _ sessionstore.Store = (*Store)(nil)
