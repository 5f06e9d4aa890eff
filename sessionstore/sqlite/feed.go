package sqlite

import (
	"context"
	"database/sql/driver"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// group is what one group has read and acknowledged.
type group struct {
	next    int64
	pending spans
	changed bool
}

// group returns a group as it is, if there is one.
func (b *batch) group(name string) (g group, exists bool, err error) {
	err = b.query(uninterrupted, "SELECT next, pending FROM groups WHERE name = ?", func(row []driver.Value) (bool, error) {
		g, exists = group{next: number(row[0]), pending: parseSpans(blob(row[1]))}, true
		return false, nil
	}, name)
	return g, exists, b.fail(err)
}

func (b *batch) setGroup(name string, g group) error {
	return b.exec("INSERT OR REPLACE INTO groups VALUES (?, ?, ?)", name, g.next, g.pending.encode())
}

// Read implements [analytics.Feed].
func (s *Store) Read(ctx context.Context, name, _ string, limit int) ([]analytics.Entry, error) {
	var entries []analytics.Entry
	err := s.do(ctx, func(b *batch) (err error) { //nolint:contextcheck // others share the transaction
		entries, err = b.read(name, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (b *batch) read(name string, limit int) ([]analytics.Entry, error) {
	if err := b.flushEvents(); err != nil { // of the requests before
		return nil, err
	}
	g, exists, err := b.group(name)
	if err != nil {
		return nil, err
	}
	if !exists {
		g = group{next: b.first, changed: true}
	}
	now := b.w.moment()
	entries := b.gap(&g, now)
	wanted := func() int { return max(0, limit-len(entries)) }
	for _, n := range g.pending.stale(now.Add(-b.w.opts.Feed.ClaimAfter).UnixMilli(), wanted()) {
		if entries, err = b.deliver(entries, &g, n, n+1, now); err != nil {
			return nil, err
		}
	}
	if to := min(b.next, g.next+int64(wanted())); to > g.next {
		if entries, err = b.deliver(entries, &g, g.next, to, now); err != nil {
			return nil, err
		}
		g.next = to
	}
	if !g.changed {
		return entries, nil
	}
	return entries, b.setGroup(name, g)
}

// deliver appends the events from one up to another, which are then pending.
func (b *batch) deliver(entries []analytics.Entry, g *group, from, to int64, now time.Time) ([]analytics.Entry, error) {
	query := "SELECT " + eventColumns + " FROM events WHERE n >= ? AND n < ? ORDER BY n"
	err := b.query(uninterrupted, query, func(row []driver.Value) (bool, error) {
		entries = append(entries, analytics.Entry{Position: strconv.FormatInt(number(row[0]), 10), Event: b.w.event(row)})
		return true, nil
	}, from, to)
	if to == from+1 {
		g.pending = g.pending.remove(from)
	}
	g.pending = g.pending.add(span{from, to, now.UnixMilli()})
	g.changed = true
	return entries, b.fail(err)
}

// gap reports the events that the cap dropped before the group was done with
// them, as an event of its own with no place in the log.
func (b *batch) gap(g *group, now time.Time) []analytics.Entry {
	lost := max(0, b.first-g.next)
	g.next = max(g.next, b.first)
	rest, unread := g.pending.dropBefore(b.first)
	g.pending = rest
	if lost += unread; lost == 0 {
		return nil
	}
	g.changed = true
	return []analytics.Entry{{Event: analytics.Event{
		ID:         b.w.feed + "-gap-" + strconv.FormatInt(b.first, 10),
		Type:       analytics.FeedGap,
		Time:       now,
		Attributes: map[string]string{"lost": strconv.FormatInt(lost, 10)},
	}}}
}

// Ack implements [analytics.Feed].
func (s *Store) Ack(ctx context.Context, name string, positions []string) error {
	return s.do(ctx, func(b *batch) error { //nolint:contextcheck // others share the transaction
		g, exists, err := b.group(name)
		if err != nil || !exists {
			return err
		}
		for _, p := range positions {
			if n, err := strconv.ParseInt(p, 10, 64); err == nil {
				g.pending = g.pending.remove(n)
			}
		}
		return b.setGroup(name, g)
	})
}

// trimAtOnce is how many events a sweep removes in one transaction.
const trimAtOnce = 500

// trim removes some of what every group acknowledged and nobody is to look up
// any more, and reports whether there may be more.
func (b *batch) trim() (more bool, err error) {
	done, groups := b.next, 0
	err = b.query(uninterrupted, "SELECT next, pending FROM groups", func(row []driver.Value) (bool, error) {
		groups++
		done = min(done, number(row[0]))
		if pending := parseSpans(blob(row[1])); len(pending) > 0 {
			done = min(done, pending[0].from)
		}
		return true, nil
	})
	if err != nil || groups == 0 {
		return false, b.fail(err)
	}
	if most := b.first + trimAtOnce; done > most {
		done, more = most, true
	}
	oldest := b.w.moment().Add(-b.w.opts.Feed.Keep).UnixMilli()
	kept, err := b.number("SELECT n FROM events WHERE n < ? AND time >= ? ORDER BY n LIMIT 1", done, oldest)
	if err != nil {
		return false, b.fail(err)
	}
	if kept != 0 {
		done, more = kept, false
	}
	return more, b.drop(done)
}
