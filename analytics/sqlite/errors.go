package sqlite

import (
	"errors"
	"fmt"

	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The reasons for which a file is not opened, or a warehouse fails, told apart with
// [errors.Is].
var (
	// ErrForeign: the file was not made by this package, or its header is lost.
	ErrForeign = errors.New("sqlite: not an analytics warehouse")

	// ErrNewer: the file was written by a later version of this package.
	ErrNewer = errors.New("sqlite: the file is of a newer version")

	// ErrDamaged: the file does not hold what was written to it.
	ErrDamaged = errors.New("sqlite: the file is damaged")

	// ErrReadOnly: the warehouse was opened to be asked only.
	ErrReadOnly = errors.New("sqlite: the warehouse is read-only")

	// ErrClosed: the warehouse was closed.
	ErrClosed = errors.New("sqlite: the warehouse is closed")
)

// failed wraps an error of the database: what it was about, and ErrDamaged
// where it says so.
func failed(doing string, err error) error {
	e, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return fmt.Errorf("sqlite: %s: %w", doing, err)
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, doing, err)
	case lib.SQLITE_IOERR:
		if e.Code() == lib.SQLITE_IOERR_SHORT_READ {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, doing, err)
		}
	}
	return fmt.Errorf("sqlite: %s: %w", doing, err)
}

// isBusy reports whether another connection holds what was asked for.
func isBusy(err error) bool {
	e, ok := errors.AsType[*modernc.Error](err)
	return ok && e.Code()&0xff == lib.SQLITE_BUSY
}
