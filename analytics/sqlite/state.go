package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"slices"
	"sync"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/channel"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// state is what questions need of the file beside the visits, as it is after so
// many changes. It does not change: the next one shares what stayed the same.
type state struct {
	meta meta

	hours      []hourVersion // in order
	first      []int64       // by visitor
	users      []string
	pages      []columns.Page
	origins    []columns.Origin
	names      []string
	currencies []string
	arms       []columns.Arm
}

// hourVersion is a row of hours.
type hourVersion struct{ hour, version int64 }

// states keeps the latest state that a question came by, so that the next one reads
// what was added since.
type states struct {
	mu   sync.Mutex
	last *state
}

// at returns the state for the transaction that c is in. If another question has
// gone ahead of that transaction, there is none: it has to be begun again.
func (s *states) at(ctx context.Context, c *conn) (*state, error) {
	m, err := readMeta(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.last == nil:
		s.last = &state{
			meta: meta{changes: -1}, first: make([]int64, 1), users: make([]string, 1), pages: make([]columns.Page, 1),
			origins: []columns.Origin{originOf(analytics.Origin{})},
			names:   make([]string, 1), currencies: make([]string, 1), arms: make([]columns.Arm, 1),
		}
	case s.last.meta.changes == m.changes:
		return s.last, nil
	case s.last.meta.changes > m.changes:
		return nil, nil
	}
	next := *s.last
	next.meta = m
	if err := next.catchUp(ctx, c, s.last.meta); err != nil {
		return nil, err
	}
	s.last = &next
	return s.last, nil
}

// catchUp reads what was added since.
func (s *state) catchUp(ctx context.Context, c *conn, since meta) error {
	if err := s.catchUpHours(ctx, c, since.changes); err != nil {
		return err
	}
	if err := s.catchUpFirst(ctx, c, since.changes); err != nil {
		return err
	}
	return s.catchUpTexts(ctx, c)
}

func (s *state) catchUpHours(ctx context.Context, c *conn, since int64) error {
	var changed []hourVersion
	err := c.all(ctx, "SELECT hour, version FROM hours WHERE version > ?", func(row []driver.Value) {
		changed = append(changed, hourVersion{number(row[0]), number(row[1])})
	}, since)
	if err != nil || len(changed) == 0 {
		return err
	}
	merged := slices.Concat(changed, s.hours)
	slices.SortStableFunc(merged, func(a, b hourVersion) int { return cmp.Compare(a.hour, b.hour) })
	s.hours = slices.CompactFunc(merged, func(a, b hourVersion) bool { return a.hour == b.hour })
	return nil
}

func (s *state) catchUpFirst(ctx context.Context, c *conn, since int64) error {
	known := int64(len(s.first))
	err := c.all(ctx, "SELECT n, first FROM visitors WHERE n >= ?", func(row []driver.Value) {
		s.first = put(s.first, number(row[0]), number(row[1]))
	}, known)
	if err != nil {
		return err
	}
	copied := false
	return c.all(ctx, "SELECT n, first FROM visitors WHERE changed > ? AND n < ?", func(row []driver.Value) {
		if !copied {
			s.first, copied = slices.Clone(s.first), true
		}
		s.first[number(row[0])] = number(row[1])
	}, since, known)
}

func (s *state) catchUpTexts(ctx context.Context, c *conn) error {
	for _, table := range []struct {
		query string
		known int
		add   func(row []driver.Value)
	}{
		{"SELECT n, name FROM users WHERE n >= ?", len(s.users), func(row []driver.Value) {
			s.users = put(s.users, number(row[0]), text(row[1]))
		}},
		{"SELECT n, name FROM names WHERE n >= ?", len(s.names), func(row []driver.Value) {
			s.names = put(s.names, number(row[0]), text(row[1]))
		}},
		{"SELECT n, name FROM currencies WHERE n >= ?", len(s.currencies), func(row []driver.Value) {
			s.currencies = put(s.currencies, number(row[0]), text(row[1]))
		}},
		{"SELECT n, experiment, variant FROM arms WHERE n >= ?", len(s.arms), func(row []driver.Value) {
			s.arms = put(s.arms, number(row[0]), columns.Arm{Experiment: text(row[1]), Name: text(row[2])})
		}},
		{"SELECT n, path, route, screen FROM pages WHERE n >= ?", len(s.pages), func(row []driver.Value) {
			s.pages = put(s.pages, number(row[0]), pageOf(text(row[1]), text(row[2]), text(row[3])))
		}},
		{"SELECT n, source, medium, campaign, term, content, click, referrer, platform, device, browser, os, language, bot" +
			" FROM origins WHERE n >= ?", len(s.origins), func(row []driver.Value) {
			s.origins = put(s.origins, number(row[0]), originOf(analytics.Origin{
				Source: text(row[1]), Medium: text(row[2]), Campaign: text(row[3]), Term: text(row[4]), Content: text(row[5]),
				Click: text(row[6]), Referrer: text(row[7]), Platform: text(row[8]), Device: text(row[9]), Browser: text(row[10]),
				OS: text(row[11]), Language: text(row[12]), Bot: text(row[13]),
			}))
		}},
	} {
		if err := c.all(ctx, table.query, table.add, int64(table.known)); err != nil {
			return err
		}
	}
	return nil
}

// put sets an element of a list and makes the list as long as it takes. What was
// there before is left alone: others read it.
func put[T any](list []T, n int64, value T) []T {
	for int64(len(list)) <= n {
		var zero T
		list = append(list, zero)
	}
	list[n] = value
	return list
}

func pageOf(path, route, screen string) columns.Page {
	if screen != "" {
		return columns.Page{Name: screen, Screen: true}
	}
	if route == "" {
		route = path
	}
	return columns.Page{Name: path, Route: route}
}

func originOf(o analytics.Origin) columns.Origin {
	return columns.Origin{Origin: o, Channel: string(channel.Of(o)), Source: channel.Source(o)}
}
