package sqlite

import "database/sql/driver"

// meta is the row of what belongs to all, see the schema.
type meta struct {
	changes, pruned, exposed int64
	visits, visitors, users  int64
	horizon                  int64 // never: nothing was deleted
	newest                   int64 // never: no event is stored
}

func readMeta(c *conn) (m meta, err error) {
	_, err = c.one("SELECT changes, pruned, exposed, visits, visitors, users, horizon, newest FROM meta", func(row []driver.Value) {
		m = meta{
			changes: number(row[0]), pruned: number(row[1]), exposed: number(row[2]),
			visits: number(row[3]), visitors: number(row[4]), users: number(row[5]),
			horizon: moment(row[6]), newest: moment(row[7]),
		}
	})
	return m, err
}

func (m meta) write(c *conn) error {
	return c.exec("UPDATE meta SET changes = ?, pruned = ?, exposed = ?, visits = ?, visitors = ?, users = ?, horizon = ?, newest = ?",
		m.changes, m.pruned, m.exposed, m.visits, m.visitors, m.users, null(m.horizon), null(m.newest))
}
