package campaign

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

const (
	// applicationID is in the header of the file, where the file command and others
	// find it: "SjCa".
	applicationID = 0x536a4361

	// version is that of the tables.
	version = 1

	// busy is how long a statement waits for another process.
	busy = 10 * time.Second
)

const schema = `
-- What came about, each once: the ID is derived from the campaign and the cause.
-- at, found: Unix milliseconds. body: JSON. After a time all but the ID is gone.
CREATE TABLE occasions (
	id TEXT PRIMARY KEY, campaign TEXT, session TEXT, user TEXT,
	at INTEGER NOT NULL, found INTEGER NOT NULL, missed INTEGER NOT NULL, body TEXT
) WITHOUT ROWID;
CREATE INDEX occasions_session ON occasions (session, at) WHERE session IS NOT NULL;
CREATE INDEX occasions_user ON occasions (user, at) WHERE user IS NOT NULL;
CREATE INDEX occasions_found ON occasions (found) WHERE body IS NOT NULL;

-- Who is, or was, to be told of it. state: pending, delivered, failed. next: not to
-- be tried before. holder: the runner that has it in hand, until the lease ends;
-- what is left behind by one that died is taken up then.
CREATE TABLE deliveries (
	hook TEXT, occasion TEXT, subject TEXT NOT NULL, found INTEGER NOT NULL,
	state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL,
	holder TEXT, lease INTEGER NOT NULL DEFAULT 0, done INTEGER, error TEXT,
	PRIMARY KEY (hook, occasion)
) WITHOUT ROWID;
CREATE INDEX deliveries_next ON deliveries (hook, next, occasion) WHERE state = 'pending';
CREATE INDEX deliveries_held ON deliveries (hook, subject) WHERE lease > 0;
CREATE INDEX deliveries_occasion ON deliveries (occasion);
`

// outbox keeps occasions and who was told of them, in one file that several
// processes may use at a time. What makes something happen once is a transaction
// there, and nothing in this process.
//
// A process that is killed loses nothing. The loss of power may take what was
// written in the last moments: what came about is then found again, under the
// same ID, and who was told of it is told again.
type outbox struct {
	db     *sql.DB
	holder string
}

// openOutbox opens the file, or makes it. Without a path it is in memory.
func openOutbox(ctx context.Context, path, holder string) (*outbox, error) {
	dsn := url.URL{Scheme: "file", Opaque: ":memory:"}
	if path != "" {
		// Made here rather than by SQLite, for the sake of the mode.
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the path is the caller's to choose
		if err != nil {
			return nil, fmt.Errorf("campaign: open the outbox: %w", err)
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("campaign: open the outbox: %w", err)
		}
		if path, err = filepath.Abs(path); err != nil {
			return nil, fmt.Errorf("campaign: open the outbox: %w", err)
		}
		name := filepath.ToSlash(path)
		if !strings.HasPrefix(name, "/") {
			name = "/" + name // a drive letter
		}
		dsn = url.URL{Scheme: "file", Path: name}
	}
	dsn.RawQuery = url.Values{
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "synchronous(normal)"},
		"_txlock": {"immediate"}, "_dqs": {"0"}, "_error_rc": {"1"},
	}.Encode()
	connector, err := modernc.NewConnector(dsn.String())
	if err != nil {
		return nil, fmt.Errorf("campaign: open the outbox: %w", err)
	}
	b := &outbox{db: sql.OpenDB(connector), holder: holder}
	b.db.SetMaxOpenConns(1) // one is enough, and in memory each would have its own
	if err := b.prepareAlone(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the outbox: %w", err), b.close())
	}
	return b, nil
}

// prepareAlone prepares the file while no other process does: SQLite does not
// withstand that one turns the write-ahead log on while another makes tables.
func (b *outbox) prepareAlone(ctx context.Context, path string) (err error) {
	if path == "" {
		return b.prepare(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, busy)
	defer cancel()
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return fmt.Errorf("campaign: lock the outbox: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return b.prepare(ctx)
}

func (b *outbox) close() error {
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("campaign: close the outbox: %w", err)
	}
	return nil
}

// prepare makes the tables, unless they are there, and refuses what is no outbox.
func (b *outbox) prepare(ctx context.Context) error {
	err := b.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var application, tables, found int64
		for query, into := range map[string]*int64{
			"PRAGMA application_id": &application, "PRAGMA user_version": &found, "SELECT count(*) FROM sqlite_schema": &tables,
		} {
			if err := tx.QueryRowContext(ctx, query).Scan(into); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
		}
		switch {
		case application == 0 && tables == 0:
			_, err := tx.ExecContext(ctx, fmt.Sprintf("%s PRAGMA application_id = %d; PRAGMA user_version = %d", schema, applicationID, version))
			return err
		case application != applicationID:
			return fmt.Errorf("%w: another application's database", ErrForeign)
		case found != version:
			return fmt.Errorf("%w: it has version %d, this is version %d", ErrNewer, found, version)
		}
		return nil
	})
	if isCode(err, lib.SQLITE_NOTADB) {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return fmt.Errorf("campaign: outbox: write-ahead log: %w", err)
	}
	return nil
}

// change runs do in a transaction that excludes other writers. It is not
// interrupted: it takes no longer than it would to call it off.
func (b *outbox) change(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("campaign: outbox: %w", err)
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(fmt.Errorf("campaign: outbox: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("campaign: outbox: %w", err)
	}
	return nil
}

// isCode reports whether err is SQLite's, of this kind.
func isCode(err error, code int) bool {
	e, ok := errors.AsType[*modernc.Error](err)
	return ok && e.Code()&0xff == code
}
