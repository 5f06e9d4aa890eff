package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes the store, as it is at one moment, into a new file at path,
// beside the requests. When it returns the copy is whole and durable, and can be
// opened like the store; after an error there is none. A file that exists is not
// touched. It takes a second for some 50 MB; the log grows meanwhile.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	s.mu.RLock() // Close waits
	defer s.mu.RUnlock()
	if s.closed.Load() {
		return ErrClosed
	}
	c, err := connect(s.path, "rw", "wal_autocheckpoint = 0", readerPages) //nolint:contextcheck // takes no longer than calling it off
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	// SQLite writes into an empty file. This one is ours alone.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the path is the caller's to choose
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	err = c.query(ctx, "VACUUM INTO ?", func([]driver.Value) (bool, error) { return true, nil }, path)
	if err == nil {
		err = f.Sync() // which SQLite leaves to us
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("sqlite: backup to %s: %w", path, err), os.Remove(path))
	}
	return syncDirectory(path)
}
