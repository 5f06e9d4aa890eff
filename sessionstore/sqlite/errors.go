package sqlite

import (
	"errors"
	"fmt"

	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// The reasons for which a file is not opened, or a store fails, told apart with
// [errors.Is]. None says anything of a session.
var (
	// ErrInUse: a process has the file open, perhaps this one.
	ErrInUse = errors.New("sqlite: the file is in use")

	// ErrForeign: the file was not made by this package, or its header is lost.
	ErrForeign = errors.New("sqlite: not a session store")

	// ErrNewer: the file was written by a later version of this package.
	ErrNewer = errors.New("sqlite: the file is of a newer version")

	// ErrDamaged: the file does not hold what was written to it.
	ErrDamaged = errors.New("sqlite: the file is damaged")

	// ErrClosed: the store was closed.
	ErrClosed = errors.New("sqlite: the store is closed")
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
