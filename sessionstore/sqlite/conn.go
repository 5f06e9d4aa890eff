package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	modernc "modernc.org/sqlite"
)

// uninterrupted is the context of what takes no longer than it would to call it
// off, and of what the writer does for several requests.
var uninterrupted = context.Background()

// conn is one connection to the database, with the statements that it has
// prepared. It is used by one goroutine at a time. The driver is used without
// database/sql: the writer makes some ten thousand calls a second, all alike.
type conn struct {
	raw   driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
	row   []driver.Value

	// fault, if set, fails calls in tests.
	fault func(query string) error
}

// connect opens the database in an existing file, with mode "rw" or "ro".
func connect(path, mode string, pragmas ...string) (*conn, error) {
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // a drive letter
	}
	dsn := url.URL{Scheme: "file", Path: name, RawQuery: "mode=" + mode + "&_error_rc=1&_dqs=0"}
	connector, err := modernc.NewConnector(dsn.String())
	if err != nil {
		return nil, failed("open", err)
	}
	raw, err := connector.Connect(uninterrupted)
	if err != nil {
		return nil, failed("open", err)
	}
	c := &conn{raw: raw, stmts: map[string]driver.Stmt{}}
	for _, p := range append([]string{"busy_timeout = 10000", "temp_store = memory"}, pragmas...) {
		if err := c.exec("PRAGMA " + p); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *conn) close() error {
	var all []error
	for _, s := range c.stmts {
		all = append(all, s.Close())
	}
	return errors.Join(append(all, c.raw.Close())...)
}

func (c *conn) prepare(query string, args []any) (driver.Stmt, error) {
	if c.fault != nil {
		if err := c.fault(query); err != nil {
			return nil, err
		}
	}
	s := c.stmts[query]
	if s == nil {
		var err error
		if s, err = c.raw.Prepare(query); err != nil {
			return nil, failed("prepare "+verb(query), err)
		}
		c.stmts[query] = s
	}
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s, nil
}

// exec runs a statement. Arguments are int64, string, []byte or nil.
func (c *conn) exec(query string, args ...any) error {
	s, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	exec := s.(driver.StmtExecContext) //nolint:errcheck // the driver's are
	if _, err := exec.ExecContext(uninterrupted, c.args); err != nil {
		return failed(verb(query), err)
	}
	return nil
}

// query runs a statement and calls each for every row, until it returns false.
// The row is valid until then.
func (c *conn) query(ctx context.Context, query string, each func(row []driver.Value) (bool, error), args ...any) error {
	rows, err := c.rows(ctx, query, args...)
	if err != nil {
		return err
	}
	return c.each(query, rows, each)
}

// rows runs a statement up to its first row, which fixes what it will see.
func (c *conn) rows(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, c.args) //nolint:errcheck // the driver's are
	if err != nil {
		return nil, failed(verb(query), err)
	}
	return rows, nil
}

func (c *conn) each(query string, rows driver.Rows, each func(row []driver.Value) (bool, error)) (err error) {
	defer func() {
		if e := rows.Close(); e != nil && err == nil {
			err = failed(verb(query), e)
		}
	}()
	n := len(rows.Columns())
	if cap(c.row) < n {
		c.row = make([]driver.Value, n)
	}
	row := c.row[:n]
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return failed(verb(query), err)
		}
		if more, err := each(row); err != nil || !more {
			return err
		}
	}
}

// number returns the integer that a statement yields, 0 for NULL or no row.
func (c *conn) number(query string, args ...any) (n int64, err error) {
	err = c.query(uninterrupted, query, func(row []driver.Value) (bool, error) {
		n = number(row[0])
		return false, nil
	}, args...)
	return n, err
}

// verb names a statement in an error, without its values.
func verb(query string) string {
	words := strings.Fields(query)
	return strings.Join(words[:min(len(words), 3)], " ")
}

// number, text and blob read a column. NULL is the zero value, and so is a value
// of another type, which only a damaged file has.
func number(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}

// null is NULL for an empty string.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
