package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// The memory that SQLite takes for pages: the writer's, and that of one reader.
const (
	writerPages = "cache_size = -32768" // KiB
	readerPages = "cache_size = -4096"
)

// readers is how many connections read beside the writer.
const readers = 4

// Open opens the store in the file at path, and makes the file if there is none,
// in a directory that exists. Nothing is read that grows with the sessions. A
// file that is not a session store, is of a newer version or visibly damaged is
// left as it is: the error is [ErrForeign], [ErrNewer] or [ErrDamaged], and
// [ErrInUse] if a process has the file open.
func Open(path string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if path, err = resolve(path); err != nil {
		return nil, err
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("sqlite: lock: %w", err)
	case !locked:
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	}
	s := newStore(path, o, lock)
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.start()
	return s, nil
}

// resolve returns the one name of a file, which may not exist yet, so that it has
// one lock.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("sqlite: the directory of the file: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("sqlite: the directory of the file: %s is none", dir)
	}
	path = filepath.Join(dir, filepath.Base(path))
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	return path, nil
}

// open opens the connections, once the lock is held.
func (s *Store) open() error {
	h, err := readHeader(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && h.empty:
		if err := create(s.path); err != nil {
			return err
		}
		h.version = version
	case err != nil:
		return err
	}
	if err := examine(s.path); err != nil {
		return err
	}
	if h.version < version {
		if err := upgrade(s.path); err != nil {
			return err
		}
	}
	sync := []string{"synchronous = FULL", "fullfsync = on", "wal_autocheckpoint = 0"} // fullfsync is for macOS
	if s.opts.Durability == Normal {
		sync = []string{"synchronous = NORMAL", "wal_autocheckpoint = 0"}
	}
	// The log is copied into the file beside the requests, see checkpoint.
	if s.writer.conn, err = connect(s.path, "rw", append(sync, "journal_size_limit = 16777216", "secure_delete = fast", writerPages)...); err != nil {
		return err
	}
	if err := s.writer.load(); err != nil {
		return fmt.Errorf("%w (%s)", err, s.path)
	}
	if s.checkpointer, err = connect(s.path, "rw", append(sync, "cache_size = -256")...); err != nil {
		return err
	}
	for range readers {
		c, err := s.reader()
		if err != nil {
			return err
		}
		s.readers <- c
	}
	return nil
}

// reader opens a connection that only reads.
func (s *Store) reader() (*conn, error) {
	return connect(s.path, "rw", "query_only = on", "wal_autocheckpoint = 0", readerPages)
}

// create makes a new file under another name, so that a file with ours is whole
// whenever the process dies.
func create(path string) error {
	made := path + ".new"
	for _, leftover := range []string{made, made + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	f, err := os.OpenFile(made, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the path is the caller's to choose
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	c, err := connect(made, "rw", "synchronous = FULL")
	if err != nil {
		return errors.Join(err, os.Remove(made))
	}
	if err := errors.Join(migrate(c, 0), c.close()); err != nil {
		return errors.Join(fmt.Errorf("%w (making %s)", err, path), os.Remove(made))
	}
	if err := os.Rename(made, path); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return syncDirectory(path)
}

// syncDirectory makes the name of a file durable.
func syncDirectory(path string) error {
	if runtime.GOOS == "windows" {
		return nil // where a directory is not synced
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sqlite: make the name of %s durable: %w", path, err)
	}
	return nil
}

// upgrade brings the tables of an earlier version to the present one.
func upgrade(path string) error {
	c, err := connect(path, "rw", "journal_mode = DELETE", "synchronous = FULL")
	if err != nil {
		return err
	}
	from, err := c.number("PRAGMA user_version")
	if err == nil {
		err = migrate(c, from)
	}
	return errors.Join(err, c.close())
}

// examine looks whether the tables can be read, without writing to the file.
// What is wrong inside them shows when it is read: see [Store.Check].
func examine(path string) error {
	if _, err := os.Stat(path + "-journal"); err == nil {
		return nil // of an upgrade that was interrupted; who reads only cannot undo it
	}
	c, err := connect(path, "ro")
	if err != nil {
		return fmt.Errorf("%w (%s)", err, path)
	}
	defer c.close()
	for _, table := range []string{
		"meta ORDER BY id", "sessions ORDER BY n", "sessions ORDER BY due", "logins ORDER BY user", "users ORDER BY user",
		"users ORDER BY not_before", "words ORDER BY hash", "words ORDER BY until", "events ORDER BY n", "groups ORDER BY name",
	} {
		for _, query := range []string{"SELECT * FROM " + table + " LIMIT 1", "SELECT * FROM " + table + " DESC LIMIT 1"} {
			err := c.query(uninterrupted, query, func([]driver.Value) (bool, error) { return true, nil })
			if err != nil {
				return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
			}
		}
	}
	return nil
}

// Check reads the whole file and reports, with [ErrDamaged], what is wrong with
// it, beside the requests. It takes a second for some 100 MB.
func (s *Store) Check(ctx context.Context) error {
	return s.read(ctx, func(c *conn) error {
		var faults []error
		err := c.query(ctx, "PRAGMA integrity_check(20)", func(row []driver.Value) (bool, error) {
			if what := text(row[0]); what != "ok" {
				faults = append(faults, fmt.Errorf("%w: %s: %s", ErrDamaged, s.path, what))
			}
			return true, nil
		})
		return errors.Join(append(faults, err)...)
	})
}
