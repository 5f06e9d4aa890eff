package sqlite

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// applicationID is in the header of every file of this package, where the file
// command and others find it: "SjAn".
const applicationID = 0x536a416e

// version is that of the tables.
const version = 1

//go:embed schema.sql
var schema string

// tables are those of the schema, for examine.
var tables = []string{
	"meta", "ledger", "users", "pages", "names", "currencies", "arms", "origins", "visitors", "visits", "views", "engagements",
	"actions", "exposures", "purchases", "lifecycle", "counted", "cart_changes", "carts", "hours", "segments",
}

// build makes the tables in an empty database.
func build(c *conn) error {
	for _, statement := range []string{
		"BEGIN EXCLUSIVE",
		schema,
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", version),
		"COMMIT",
	} {
		if err := c.exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// errAbsent: there is no file, or one without a byte in it.
var errAbsent = errors.New("sqlite: there is no file")

// checkHeader looks at the first bytes of a file before SQLite does, so that what
// is not ours is not touched (https://sqlite.org/fileformat.html §1.3).
func checkHeader(path string) error {
	f, err := os.Open(path) //nolint:gosec // the path is the caller's to choose
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %w", errAbsent, err)
	}
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a regular file", ErrForeign, path)
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w at %s", errAbsent, path)
	}
	var b [100]byte
	if _, err := io.ReadFull(f, b[:]); errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s has %d bytes", ErrForeign, path, info.Size())
	} else if err != nil {
		return fmt.Errorf("sqlite: read %s: %w", path, err)
	}
	switch {
	case string(b[:16]) != "SQLite format 3\x00":
		return fmt.Errorf("%w: %s is no SQLite database", ErrForeign, path)
	case binary.BigEndian.Uint32(b[68:]) != applicationID:
		return fmt.Errorf("%w: %s is another application's SQLite database", ErrForeign, path)
	}
	if v := binary.BigEndian.Uint32(b[60:]); v > version || v < 1 {
		return fmt.Errorf("%w: %s has version %d, this is version %d", ErrNewer, path, v, version)
	}
	return checkSize(path, info.Size(), b[:])
}

// checkSize reports a file that lacks some of its end. While there is a log the
// header may be ahead of the rest.
func checkSize(path string, size int64, b []byte) error {
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
