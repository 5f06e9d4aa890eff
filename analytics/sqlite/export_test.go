package sqlite

import (
	"context"
	"database/sql/driver"
)

// Pack makes the segments of all hours.
func (w *Warehouse) Pack(ctx context.Context) error {
	changes, err := w.Number("SELECT changes FROM meta")
	if err != nil {
		return err
	}
	_, err = w.packQuiet(ctx, changes)
	return err
}

// Forget has the next questions begin with the file.
func (w *Warehouse) Forget() {
	w.state.mu.Lock()
	defer w.state.mu.Unlock()
	w.state.last = nil
	w.cache.mu.Lock()
	defer w.cache.mu.Unlock()
	for w.cache.used.Len() > 0 {
		w.cache.drop(w.cache.used.Back())
	}
}

// Expire deletes what is too old.
func (w *Warehouse) Expire(ctx context.Context) error { return w.expire(ctx) }

// Exec runs a statement on the connection that writes.
func (w *Warehouse) Exec(query string) error {
	c := <-w.writer
	defer func() { w.writer <- c }()
	return c.all(context.Background(), query, func([]driver.Value) {})
}

// Number returns the integer that a statement yields.
func (w *Warehouse) Number(query string) (int64, error) {
	c := <-w.writer
	defer func() { w.writer <- c }()
	return c.number(query)
}
