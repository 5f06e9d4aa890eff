package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

const columns = "sessions.n, sessions.due, sessions.ended, sessions.at, sessions.record"

// Load implements [sessionstore.Store].
func (s *Store) Load(ctx context.Context, id sessionstore.ID) (*sessionstore.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.closed.Load() {
		return nil, ErrClosed
	}
	e, l, mine := s.cache.get(id, true)
	if l == nil {
		return e.session()
	}
	if mine {
		// Others wait for it, whose ctx goes on.
		e, err := s.fetch(context.WithoutCancel(ctx), id)
		s.cache.finish(id, l, e, err)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.err != nil {
		return nil, l.err
	}
	return l.session()
}

// fetch reads a session from the file.
func (s *Store) fetch(ctx context.Context, id sessionstore.ID) (e entry, err error) {
	err = s.read(ctx, func(c *conn) (err error) { //nolint:contextcheck // others wait for it
		e, err = c.session(id)
		return err
	})
	return e, err
}

// session reads a session, of which there may be none.
func (c *conn) session(id sessionstore.ID) (e entry, err error) {
	err = c.query(uninterrupted, "SELECT "+columns+" FROM sessions WHERE id = ?", func(row []driver.Value) (bool, error) {
		e, err = decode(row)
		return false, err
	}, id[:])
	return e, err
}

// decode reads a row.
func decode(row []driver.Value) (entry, error) {
	e := entry{n: number(row[0]), due: number(row[1])}
	if why := text(row[2]); why != "" {
		e.ended = &sessionstore.EndedError{Reason: analytics.Reason(why), At: time.UnixMilli(number(row[3])).UTC()}
		return e, nil
	}
	b := blob(row[4])
	e.rec, e.size = new(sessionstore.Record), len(b)
	if err := e.rec.UnmarshalBinary(b); err != nil {
		return entry{}, fmt.Errorf("%w: row %d of the sessions: %w", ErrDamaged, e.n, err)
	}
	return e, nil
}

// session is the answer to who loads it.
func (e entry) session() (*sessionstore.Record, error) {
	switch {
	case e.ended != nil:
		return nil, e.ended
	case e.rec == nil:
		return nil, sessionstore.ErrEnded
	}
	return e.rec, nil
}

// Sessions implements [sessionstore.Store].
func (s *Store) Sessions(ctx context.Context, limit int) ([]*sessionstore.Record, error) {
	now := s.moment()
	var recs []*sessionstore.Record
	err := s.scan(ctx, "SELECT "+columns+" FROM sessions WHERE ended IS NULL", func(row []driver.Value) (bool, error) {
		if len(recs) == limit {
			return false, nil
		}
		e, err := decode(row)
		if err != nil {
			return false, err
		}
		if e.rec.Alive(now) {
			recs = append(recs, e.rec)
		}
		return true, nil
	})
	return recs, err
}

// UserSessions implements [sessionstore.Store].
func (s *Store) UserSessions(ctx context.Context, user string) ([]*sessionstore.Record, error) {
	found := snapshot{sessions: map[sessionstore.ID]*sessionstore.Record{}}
	query := "SELECT " + columns + ", logins.login FROM logins JOIN sessions ON sessions.id = logins.session WHERE logins.user = ? ORDER BY logins.n"
	err := s.scan(ctx, query, func(row []driver.Value) (bool, error) {
		e, err := decode(row)
		if err != nil {
			return false, err
		}
		if e.rec != nil {
			found.logins = append(found.logins, sessionstore.KeptLogin{Session: e.rec.ID, Login: text(row[5])})
			found.sessions[e.rec.ID] = e.rec
		}
		return true, nil
	}, user)
	if err != nil {
		return nil, err
	}
	return sessionstore.Tx{Keeper: found, Clock: s.Now(), Limits: s.opts.Limits}.UserSessions(user)
}

// snapshot is the sessions of one user at a moment, to be read only.
type snapshot struct {
	sessionstore.Keeper
	logins   []sessionstore.KeptLogin
	sessions map[sessionstore.ID]*sessionstore.Record
}

// Logins implements [sessionstore.Keeper].
func (s snapshot) Logins(string) ([]sessionstore.KeptLogin, error) { return s.logins, nil }

// Session implements [sessionstore.Keeper].
func (s snapshot) Session(id sessionstore.ID) (*sessionstore.Record, error) {
	rec := s.sessions[id]
	if rec == nil {
		return nil, sessionstore.ErrEnded
	}
	return rec, nil
}
