package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

const (
	// sweepSlice is how many deadlines are looked at in one transaction, so that
	// the requests which wait for it do not wait long; sweepSlices is how many
	// of them one call of Sweep makes.
	sweepSlice  = 50
	sweepSlices = 10

	// marked is how long logins that began before a user's sessions were ended
	// are refused: longer than any takes.
	marked = 24 * time.Hour
)

// Sweep implements [sessionstore.Store].
func (s *Store) Sweep(ctx context.Context, slack time.Duration) (more bool, err error) {
	for range sweepSlices {
		err = s.do(ctx, func(b *batch) (err error) { //nolint:contextcheck // others share the transaction
			more, err = b.sweep(slack)
			return err
		})
		if err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

func (b *batch) sweep(slack time.Duration) (more bool, err error) {
	tx := b.tx()
	by := b.w.moment().Add(-slack)
	due, err := b.due(by)
	if err != nil {
		return false, err
	}
	var damaged error
	for _, id := range due {
		r, err := b.session(id)
		switch {
		case errors.Is(err, ErrDamaged) && b.failure == nil: // must not keep the others from their end
			damaged = err
			if err := b.exec("UPDATE sessions SET due = ? WHERE id = ?", tx.Clock.Add(marked).UnixMilli(), id[:]); err != nil {
				return false, err
			}
			continue
		case err != nil:
			return false, err
		case r.due == 0 || r.due > by.UnixMilli(): // a request before has moved it
			continue
		case r.rec == nil:
			r.dirty, r.deleted = true, true
			continue
		}
		r.due = 0 // to be set anew
		if err := tx.Expire(id, by); err != nil {
			return false, err
		}
	}
	if len(due) == sweepSlice || damaged != nil {
		return true, damaged
	}
	if err := b.forget(tx.Clock); err != nil {
		return false, err
	}
	return b.trim()
}

// due returns sessions whose deadline has passed.
func (b *batch) due(by time.Time) (ids []sessionstore.ID, err error) {
	err = b.query(uninterrupted, "SELECT id FROM sessions WHERE due <= ? ORDER BY due LIMIT ?", func(row []driver.Value) (bool, error) {
		var id sessionstore.ID
		copy(id[:], blob(row[0]))
		ids = append(ids, id)
		return true, nil
	}, by.UnixMilli(), int64(sweepSlice))
	return ids, b.fail(err)
}

// forget removes some of the words and the marks of users whose time is over.
func (b *batch) forget(now time.Time) error {
	if err := b.forgetWords(now, 10*sweepSlice); err != nil {
		return err
	}
	return b.exec("DELETE FROM users WHERE user IN (SELECT user FROM users WHERE not_before < ? LIMIT ?)",
		now.Add(-marked).UnixNano(), int64(sweepSlice))
}

// Remember implements [sessionstore.Store].
func (s *Store) Remember(ctx context.Context, word string, ttl time.Duration) (first bool, err error) {
	if err := sessionstore.CheckWord(word, ttl); err != nil {
		return false, err
	}
	hash := sessionstore.HashSecret([]byte(word))
	err = s.do(ctx, func(b *batch) error { //nolint:contextcheck // others share the transaction
		now := b.w.moment()
		until, err := b.number("SELECT until FROM words WHERE hash = ?", hash[:])
		if err != nil {
			return b.fail(err)
		}
		if first = until <= now.UnixMilli(); !first {
			return nil
		}
		if err := b.forgetWords(now, 2); err != nil { // one more than comes in: what is over goes sooner or later
			return err
		}
		return b.exec("INSERT OR REPLACE INTO words VALUES (?, ?)", hash[:], dueAt(now.Add(ttl)))
	})
	return first && err == nil, err
}

func (b *batch) forgetWords(now time.Time, most int) error {
	return b.exec("DELETE FROM words WHERE hash IN (SELECT hash FROM words WHERE until <= ? LIMIT ?)", now.UnixMilli(), int64(most))
}
