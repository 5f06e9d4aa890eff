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

// uninterrupted is the context of statements that take no longer than it would to
// call them off.
var uninterrupted = context.Background()

// conn is one connection to the database, with the statements that it has
// prepared. It is used by one goroutine at a time. The driver is used without
// database/sql: a batch makes some thousand calls, most of them alike.
type conn struct {
	raw   driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
	row   []driver.Value
}

// connect opens the database in an existing file, with mode "rw" or "ro", or one
// in memory if path is empty.
func connect(path, mode string, pragmas ...string) (*conn, error) {
	name := ":memory:?_error_rc=1&_dqs=0"
	if path != "" {
		name = filepath.ToSlash(path)
		if !strings.HasPrefix(name, "/") {
			name = "/" + name // a drive letter
		}
		dsn := url.URL{Scheme: "file", Path: name, RawQuery: "mode=" + mode + "&_error_rc=1&_dqs=0"}
		name = dsn.String()
	}
	connector, err := modernc.NewConnector(name)
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
	_, err := c.change(query, args...)
	return err
}

// change runs a statement and returns how many rows it changed.
func (c *conn) change(query string, args ...any) (int64, error) {
	result, err := c.run(query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, failed(verb(query), err)
	}
	return n, nil
}

// run runs a statement that changes something.
//
//nolint:contextcheck,nolintlint // nothing is interrupted, see query; the former looks for this here
func (c *conn) run(query string, args ...any) (driver.Result, error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return nil, err
	}
	exec := s.(driver.StmtExecContext) //nolint:errcheck // the driver's are
	result, err := exec.ExecContext(uninterrupted, c.args)
	if err != nil {
		return nil, failed(verb(query), err)
	}
	return result, nil
}

// query runs a statement and calls each for every row, until it returns false or
// ctx is done. The row is valid until then; each must not use c. SQLite itself is
// not interrupted: that might hit the statement after this one.
func (c *conn) query(ctx context.Context, query string, each func(row []driver.Value) (bool, error), args ...any) (err error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(uninterrupted, c.args) //nolint:errcheck,contextcheck // the driver's are; see above
	if err != nil {
		return failed(verb(query), err)
	}
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
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err := each(row); err != nil || !more {
			return err
		}
	}
}

// all is query for a caller that wants every row and cannot fail.
func (c *conn) all(ctx context.Context, query string, each func(row []driver.Value), args ...any) error {
	return c.query(ctx, query, func(row []driver.Value) (bool, error) {
		each(row)
		return true, nil
	}, args...)
}

// one calls each for the first row, and reports whether there is one.
//
//nolint:contextcheck,nolintlint // nothing is interrupted, see query; the former looks for this here
func (c *conn) one(query string, each func(row []driver.Value), args ...any) (found bool, err error) {
	err = c.query(uninterrupted, query, func(row []driver.Value) (bool, error) {
		found = true
		each(row)
		return false, nil
	}, args...)
	return found, err
}

// value returns what a statement yields, nil for no row.
func (c *conn) value(query string, args ...any) (v driver.Value, err error) {
	_, err = c.one(query, func(row []driver.Value) { v = row[0] }, args...)
	return v, err
}

// number returns the integer that a statement yields, 0 for NULL or no row.
func (c *conn) number(query string, args ...any) (n int64, err error) {
	_, err = c.one(query, func(row []driver.Value) { n = number(row[0]) }, args...)
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

// moment reads a column of Unix milliseconds that may be NULL.
func moment(v driver.Value) int64 {
	if n, ok := v.(int64); ok {
		return n
	}
	return never
}

// null returns NULL for never.
func null(ms int64) any {
	if ms == never {
		return nil
	}
	return ms
}
