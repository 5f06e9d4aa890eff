package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// readers is how many questions have a connection each; more wait.
const readers = 4

// The memory that SQLite takes for pages, in KiB: the writer's, and that of one
// reader.
const (
	writerPages = "cache_size = -65536"
	readerPages = "cache_size = -8192"
)

// Open opens the warehouse in the file at path, and makes the file if there is
// none, in a directory that exists. With an empty path the warehouse is in memory
// and gone when it is closed; there a question and a batch wait for one another.
//
// Faults of o are reported together. A file that is not a warehouse, is of a newer
// version or visibly damaged is left as it is: the error is [ErrForeign],
// [ErrNewer] or [ErrDamaged].
func Open(path string, o Options) (*Warehouse, error) {
	o = o.withDefaults()
	if err := o.validate(path); err != nil {
		return nil, err
	}
	if path == "" {
		return openMemory(o)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if err := checkHeader(path); errors.Is(err, errAbsent) && !o.ReadOnly {
		err = create(path)
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	w := newWarehouse(path, o)
	if err := w.connect(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (%s)", err, path), w.closeAll())
	}
	w.start()
	return w, nil
}

// OpenReader opens the warehouse in an existing file to ask it only, also while
// other processes record into it. It may be asked by one who may not write to the
// file, but -wal and -shm have to be there then, or the directory be writable.
func OpenReader(path string) (*Warehouse, error) {
	return Open(path, Options{ReadOnly: true})
}

func openMemory(o Options) (*Warehouse, error) {
	c, err := connect("", "", writerPages)
	if err != nil {
		return nil, err
	}
	if err := build(c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	w := newWarehouse("", o)
	w.readers = w.writer // one connection for all
	w.writer <- c
	w.start()
	return w, nil
}

// connect opens the connections.
func (w *Warehouse) connect() error {
	if !w.opts.ReadOnly {
		if err := w.connectWriter(); err != nil {
			return err
		}
	}
	for range readers {
		c, err := w.reader()
		if err != nil {
			return err
		}
		w.readers <- c
	}
	return w.examine()
}

func (w *Warehouse) connectWriter() error {
	sync := "synchronous = NORMAL"
	if w.opts.Durability == Full {
		sync = "synchronous = FULL"
	}
	// While another process writes, begin tries again and again, and looks at ctx.
	// secure_delete overwrites what retention deletes, where that costs nothing.
	settings := []string{sync, "busy_timeout = 10", "fullfsync = on", "secure_delete = fast", "journal_size_limit = 67108864"}
	c, err := connect(w.path, "rw", append(settings, writerPages, fmt.Sprint("wal_autocheckpoint = ", longLog))...)
	if err != nil {
		return err
	}
	w.writer <- c
	// Whether the file can be written shows now, not with the first batch.
	if err := begin(w.background.ctx, c); err != nil {
		return err
	}
	if err := c.exec("ROLLBACK"); err != nil {
		return err
	}
	w.checkpointer, err = connect(w.path, "rw", sync, "fullfsync = on", "cache_size = -256")
	return err
}

// reader opens a connection that only reads.
func (w *Warehouse) reader() (*conn, error) {
	return connect(w.path, "ro", readerPages)
}

// create makes a new file under another name, so that a file with ours is whole
// whenever the process dies, and holds a lock while it does, so that of several
// processes one makes it.
func create(path string) (err error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("sqlite: lock: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := checkHeader(path); !errors.Is(err, errAbsent) {
		return err
	}
	made := path + ".new"
	for _, leftover := range []string{made, made + "-wal", made + "-shm", made + "-journal"} {
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
	if err := fill(made); err != nil {
		return errors.Join(fmt.Errorf("%w (making %s)", err, path), os.Remove(made))
	}
	if err := os.Rename(made, path); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return syncDirectory(path)
}

// fill makes the tables, and has the file say that it keeps a write-ahead log.
func fill(path string) error {
	c, err := connect(path, "rw", "synchronous = FULL", "page_size = 4096")
	if err != nil {
		return err
	}
	if err := build(c); err != nil {
		return errors.Join(err, c.close())
	}
	mode := ""
	_, err = c.one("PRAGMA journal_mode = WAL", func(row []driver.Value) { mode = text(row[0]) })
	if err == nil && mode != "wal" {
		err = errors.New("sqlite: no write-ahead log can be kept here")
	}
	return errors.Join(err, c.close())
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

// examine looks whether the tables can be read. What is wrong inside them shows
// when it is read.
func (w *Warehouse) examine() error {
	c := <-w.readers
	defer func() { w.readers <- c }()
	for _, table := range tables {
		if _, err := c.one("SELECT * FROM "+table+" LIMIT 1", func([]driver.Value) {}); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return nil
}
