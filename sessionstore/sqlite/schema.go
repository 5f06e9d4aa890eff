package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// applicationID is in the header of every file of this package, where the file
// command and others find it: "SjRn".
const applicationID = 0x536a526e

// version is that of the tables. The steps in migrations lead to it.
const version = 1

// migrations[i] leads from version i to i+1, in one transaction with all that
// follow.
var migrations = [version]string{`
-- The one row of what belongs to all: the name that makes the IDs of the events
-- unique, and the number of the oldest event that is held.
CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), feed TEXT NOT NULL, first INTEGER NOT NULL);

-- A session, or what is known of it for a while after it ended. The row is
-- named by n, not by the ID, so that those made at a time, which are used at a
-- time, lie on the same pages. due, at: Unix milliseconds. record: as
-- sessionstore.Record.AppendBinary writes it.
CREATE TABLE sessions (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, due INTEGER, ended TEXT, at INTEGER, record BLOB);
CREATE INDEX sessions_due ON sessions (due);

-- The index of users: their logins, in the order of n, and the moment by which
-- logins began that are refused, in Unix nanoseconds.
CREATE TABLE logins (user TEXT, session BLOB, login TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (user, session)) WITHOUT ROWID;
CREATE TABLE users (user TEXT PRIMARY KEY, not_before INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX users_not_before ON users (not_before);

-- The words that are remembered, by their SHA-256. until: Unix milliseconds.
CREATE TABLE words (hash BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX words_until ON words (until);

-- The feed, and what its groups have read. time, detected: Unix milliseconds.
CREATE TABLE events (n INTEGER PRIMARY KEY, type TEXT, time INTEGER, detected INTEGER, session TEXT, visit TEXT,
	login TEXT, user TEXT, reason TEXT, actor TEXT, attributes BLOB);
CREATE TABLE groups (name TEXT PRIMARY KEY, next INTEGER NOT NULL, pending BLOB) WITHOUT ROWID;
`}

// migrate brings the tables to the present version. It is given a connection
// that keeps a rollback journal, so that the file itself says what it is before
// anything is written to it.
func migrate(c *conn, from int64) (err error) {
	if from == version {
		return nil
	}
	if err := c.exec("BEGIN EXCLUSIVE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.exec("ROLLBACK"))
		}
	}()
	for _, m := range migrations[from:] {
		if err := c.exec(m); err != nil {
			return err
		}
	}
	if from == 0 {
		if err := c.exec("INSERT INTO meta VALUES (1, ?, 1)", sessionstore.NewSpanID()); err != nil {
			return err
		}
	}
	if err := c.exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	if err := c.exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return c.exec("COMMIT")
}

// header is what the first bytes of a file tell (https://sqlite.org/fileformat.html §1.3).
type header struct {
	empty   bool
	version int64
}

// readHeader looks at a file before SQLite does, so that what is not ours is
// not touched.
func readHeader(path string) (h header, err error) {
	f, err := os.Open(path) //nolint:gosec // the path is the caller's to choose
	if err != nil {
		return h, fmt.Errorf("sqlite: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return h, fmt.Errorf("sqlite: %w", err)
	}
	if !info.Mode().IsRegular() {
		return h, fmt.Errorf("%w: %s is not a regular file", ErrForeign, path)
	}
	if info.Size() == 0 {
		return header{empty: true}, nil
	}
	var b [100]byte
	if _, err := io.ReadFull(f, b[:]); errors.Is(err, io.ErrUnexpectedEOF) {
		return h, fmt.Errorf("%w: %s has %d bytes", ErrForeign, path, info.Size())
	} else if err != nil {
		return h, fmt.Errorf("sqlite: read %s: %w", path, err)
	}
	switch {
	case string(b[:16]) != "SQLite format 3\x00":
		return h, fmt.Errorf("%w: %s is no SQLite database", ErrForeign, path)
	case binary.BigEndian.Uint32(b[68:]) != applicationID:
		return h, fmt.Errorf("%w: %s is another application's SQLite database", ErrForeign, path)
	}
	h.version = int64(binary.BigEndian.Uint32(b[60:]))
	if h.version > version || h.version < 1 {
		return h, fmt.Errorf("%w: %s has version %d, this is version %d", ErrNewer, path, h.version, version)
	}
	return h, shorter(path, info.Size(), b[:])
}

// shorter reports a file that lacks some of its end. While there is a log the
// header may be ahead of the rest, if the process died as it copied.
func shorter(path string, size int64, b []byte) error {
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil
	}
	page := int64(binary.BigEndian.Uint16(b[16:]))
	if page == 1 {
		page = 65536
	}
	if want := page * int64(binary.BigEndian.Uint32(b[28:])); size < want {
		return fmt.Errorf("%w: %s has %d bytes of %d", ErrDamaged, path, size, want)
	}
	return nil
}
