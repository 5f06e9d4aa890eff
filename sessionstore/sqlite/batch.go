package sqlite

import (
	"errors"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// batch is the requests that share a transaction: a [sessionstore.Keeper] in
// which each sees what those before it did. The rows of sessions and the events
// are written at its end, each row once.
type batch struct {
	*conn
	w    *writer
	rows map[sessionstore.ID]*row
	hot  bool // what the present request changes is to be held in memory

	events  []analytics.Event
	signals []sessionstore.Signal
	wrote   bool // the file
	long    bool // the log is to be copied after this

	first, next, row int64 // as those of the writer will be

	// failure is why the transaction cannot be committed.
	failure error
}

// row is a session in a batch.
type row struct {
	entry
	was     entry // as the file has it
	hot     bool
	dirty   bool
	deleted bool
}

func newBatch(w *writer) *batch {
	return &batch{conn: w.conn, w: w, rows: map[sessionstore.ID]*row{}, first: w.first, next: w.next, row: w.row}
}

// tx is a transaction at the present moment.
func (b *batch) tx() sessionstore.Tx {
	return sessionstore.Tx{Keeper: b, Clock: b.w.Now(), Limits: b.w.opts.Limits}
}

// fail fails the transaction, if there is an error of the database.
func (b *batch) fail(err error) error {
	if err != nil && b.failure == nil {
		b.failure = err
	}
	return err
}

// exec writes at once.
func (b *batch) exec(query string, args ...any) error {
	b.wrote = true
	return b.fail(b.conn.exec(query, args...))
}

// session returns the row of a session, which may be empty.
func (b *batch) session(id sessionstore.ID) (*row, error) {
	if r := b.rows[id]; r != nil {
		return r, nil
	}
	e, _, _ := b.w.cache.get(id, false)
	if e.n == 0 {
		var err error
		if e, err = b.conn.session(id); err != nil {
			if errors.Is(err, ErrDamaged) {
				return nil, err // which is no reason to fail others
			}
			return nil, b.fail(err)
		}
	}
	r := &row{entry: e, was: e}
	b.rows[id] = r
	return r, nil
}

// Session implements [sessionstore.Keeper].
func (b *batch) Session(id sessionstore.ID) (*sessionstore.Record, error) {
	r, err := b.session(id)
	if err != nil {
		return nil, err
	}
	return r.session()
}

// Keep implements [sessionstore.Keeper].
func (b *batch) Keep(s *sessionstore.Step) error {
	id := s.Record.ID
	r, err := b.session(id)
	if err != nil {
		return err
	}
	if r.n == 0 {
		r.n = b.row
		b.row++
	}
	r.dirty, r.hot = true, r.hot || b.hot
	// A deadline that moved away is left in the index, and looked at again.
	if due := dueAt(s.Due()); s.Ended != nil || r.due == 0 || due != 0 && due < r.due {
		r.due = due
	}
	r.rec, r.ended = s.Record, nil
	if s.Ended != nil {
		r.rec, r.ended = nil, s.Ended
	}
	b.events = append(b.events, s.Events...)
	if signal, ok := s.Signal(); ok {
		b.signals = append(b.signals, signal)
	}
	return b.index(s)
}

// dueAt is a deadline in the milliseconds of the index, which must not be before
// it.
func dueAt(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Millisecond - 1).UnixMilli()
}

// flush writes the rows and the events.
func (b *batch) flush() error {
	var record []byte
	for id, r := range b.rows {
		if !r.dirty {
			continue
		}
		record = record[:0]
		if r.rec != nil {
			record, _ = r.rec.AppendBinary(record) // it never fails
			r.size = len(record)
		}
		if err := b.flushRow(id, r, record); err != nil {
			return err
		}
	}
	return b.flushEvents()
}

func (b *batch) flushRow(id sessionstore.ID, r *row, record []byte) error {
	switch {
	case r.deleted:
		return b.exec("DELETE FROM sessions WHERE n = ?", r.n)
	case r.was.n == 0 && r.ended == nil:
		return b.exec("INSERT INTO sessions (n, id, due, record) VALUES (?, ?, ?, ?)", r.n, id[:], due(r.due), record)
	case r.was.n == 0:
		return b.exec("INSERT INTO sessions (n, id, due, ended, at) VALUES (?, ?, ?, ?, ?)",
			r.n, id[:], due(r.due), string(r.ended.Reason), r.ended.At.UnixMilli())
	case r.ended != nil:
		return b.exec("UPDATE sessions SET due = ?, ended = ?, at = ?, record = NULL WHERE n = ?",
			due(r.due), string(r.ended.Reason), r.ended.At.UnixMilli(), r.n)
	case r.due != r.was.due:
		return b.exec("UPDATE sessions SET due = ?, record = ? WHERE n = ?", due(r.due), record, r.n)
	default: // leaves the index alone
		return b.exec("UPDATE sessions SET record = ? WHERE n = ?", record, r.n)
	}
}

func due(ms int64) any {
	if ms == 0 {
		return nil
	}
	return ms
}
