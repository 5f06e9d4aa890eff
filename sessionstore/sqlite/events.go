package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

const (
	eventColumns = "n, type, time, detected, session, visit, login, user, reason, actor, attributes"
	insertEvents = "INSERT INTO events (" + eventColumns + ") VALUES "
	eventTuple   = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

	// eventsAtOnce is how many events one statement inserts where there are as
	// many.
	eventsAtOnce = 16
)

var (
	insertOne  = insertEvents + eventTuple
	insertMany = insertEvents + strings.Repeat(eventTuple+", ", eventsAtOnce-1) + eventTuple
)

// flushEvents appends the events to the feed, and drops what is too much.
func (b *batch) flushEvents() error {
	if len(b.events) == 0 {
		return nil
	}
	var args []any
	for i, e := range b.events {
		args = appendEvent(args, b.next, e)
		b.next++
		switch left := len(b.events) - i - 1; {
		case left >= eventsAtOnce-len(args)/11 && len(args) < 11*eventsAtOnce:
			continue // fills a large statement
		case len(args) == 11*eventsAtOnce:
			if err := b.exec(insertMany, args...); err != nil {
				return err
			}
		default:
			for one := range len(args) / 11 {
				if err := b.exec(insertOne, args[11*one:11*(one+1)]...); err != nil {
					return err
				}
			}
		}
		args = args[:0]
	}
	b.events = nil
	return b.drop(b.next - int64(b.w.opts.Feed.Cap))
}

// drop removes the events before one from the feed.
func (b *batch) drop(before int64) error {
	if before <= b.first {
		return nil
	}
	if err := b.exec("DELETE FROM events WHERE n < ?", before); err != nil {
		return err
	}
	b.first = before
	return b.exec("UPDATE meta SET first = ?", before)
}

func appendEvent(args []any, n int64, e analytics.Event) []any {
	var detected any
	if !e.Detected.IsZero() {
		detected = e.Detected.UnixMilli()
	}
	var attrs any
	if len(e.Attributes) > 0 {
		var b []byte
		for k, v := range e.Attributes {
			b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		}
		attrs = b
	}
	return append(args, n, string(e.Type), e.Time.UnixMilli(), detected,
		null(e.Session), null(e.Visit), null(e.Login), null(e.User), null(string(e.Reason)), null(e.Actor), attrs)
}

// event reads a row of eventColumns.
func (w *writer) event(row []driver.Value) analytics.Event {
	e := analytics.Event{
		ID:   w.feed + "-" + strconv.FormatInt(number(row[0]), 10),
		Type: analytics.Type(text(row[1])), Time: time.UnixMilli(number(row[2])).UTC(),
		Session: text(row[4]), Visit: text(row[5]), Login: text(row[6]), User: text(row[7]),
		Reason: analytics.Reason(text(row[8])), Actor: text(row[9]), Attributes: attributes(blob(row[10])),
	}
	if row[3] != nil {
		e.Detected = time.UnixMilli(number(row[3])).UTC()
	}
	return e
}

func attributes(b []byte) map[string]string {
	if len(b) == 0 {
		return nil
	}
	attrs := map[string]string{}
	word := func() string {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) { //nolint:gosec // size is not more than len(b)
			b = nil // damaged
			return ""
		}
		s := string(b[size : size+int(n)]) //nolint:gosec // less than len(b)
		b = b[size+int(n):]                //nolint:gosec // likewise
		return s
	}
	for len(b) > 0 {
		k := word()
		attrs[k] = word()
	}
	return attrs
}

// Events implements [sessionstore.Store]. It looks at every event held, some
// 500,000 a second; a Limit does not shorten that.
func (s *Store) Events(ctx context.Context, q analytics.Query) ([]analytics.Event, error) {
	where, args := []string{"true"}, []any{}
	add := func(column, value string) {
		if value != "" {
			where, args = append(where, column+" = ?"), append(args, value)
		}
	}
	add("session", q.Session)
	add("user", q.User)
	add("type", string(q.Type))
	if !q.Since.IsZero() {
		// Times have milliseconds: the first one that is not before Since.
		where, args = append(where, "time >= ?"), append(args, dueAt(q.Since))
	}
	limit := int64(-1)
	if q.Limit > 0 {
		limit = int64(q.Limit)
	}
	query := "SELECT " + eventColumns + " FROM events WHERE " + strings.Join(where, " AND ") + " ORDER BY time, n LIMIT ?"
	var found []analytics.Event
	err := s.scan(ctx, query, func(row []driver.Value) (bool, error) {
		found = append(found, s.writer.event(row))
		return true, nil
	}, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	return found, nil
}
