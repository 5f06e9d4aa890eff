package sqlite

import (
	"database/sql/driver"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// index brings the users' logins up to date with a step.
func (b *batch) index(s *sessionstore.Step) error {
	id := s.Record.ID
	for _, l := range s.Logins {
		if err := b.exec("DELETE FROM logins WHERE user = ? AND session = ? AND login = ?", l.User, id[:], l.ID); err != nil {
			return err
		}
	}
	if !s.Began {
		return nil
	}
	l := s.Record.Login
	last, err := b.number("SELECT max(n) FROM logins WHERE user = ?", l.User)
	if err != nil {
		return b.fail(err)
	}
	return b.exec("INSERT OR REPLACE INTO logins VALUES (?, ?, ?, ?)", l.User, id[:], l.ID, last+1)
}

// Logins implements [sessionstore.Keeper].
func (b *batch) Logins(user string) ([]sessionstore.KeptLogin, error) {
	var logins []sessionstore.KeptLogin
	err := b.query(uninterrupted, "SELECT session, login FROM logins WHERE user = ? ORDER BY n", func(row []driver.Value) (bool, error) {
		l := sessionstore.KeptLogin{Login: text(row[1])}
		copy(l.Session[:], blob(row[0]))
		logins = append(logins, l)
		return true, nil
	}, user)
	return logins, b.fail(err)
}

// NotBefore implements [sessionstore.Keeper].
func (b *batch) NotBefore(user string) (time.Time, error) {
	ns, err := b.number("SELECT not_before FROM users WHERE user = ?", user)
	if err != nil || ns == 0 {
		return time.Time{}, b.fail(err)
	}
	return time.Unix(0, ns).UTC(), nil
}

// SetNotBefore implements [sessionstore.Keeper].
func (b *batch) SetNotBefore(user string, at time.Time) error {
	return b.exec("INSERT OR REPLACE INTO users VALUES (?, ?)", user, at.UnixNano())
}
