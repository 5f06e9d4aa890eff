package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The bounds of [Query].
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// Query says which occasions are asked for. With both Session and User, those of
// either are; with neither, everybody's.
type Query struct {
	Session  string
	User     string
	Campaign string // empty: of any
	Limit    int    // the latest so many, up to 1000; default: 100
}

// Occasions returns what came about, the latest first: what a page of rewards
// lists. It is there whether or not a hook has been told yet, and without what was
// missed.
func (r *Runner) Occasions(ctx context.Context, q Query) ([]Occasion, error) {
	if q.Limit < 0 || q.Limit > maxLimit {
		return nil, fmt.Errorf("campaign: Query.Limit is %d, must be 1 to %d", q.Limit, maxLimit)
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r.outbox.occasions(ctx, q)
}

func (b *outbox) occasions(ctx context.Context, q Query) ([]Occasion, error) {
	who := ""
	args := []any{q.Campaign, q.Limit, q.Session, q.User}
	switch {
	case q.Session != "" && q.User != "":
		who = "(session = ?3 OR user = ?4) AND"
	case q.Session != "":
		who, args = "session = ?3 AND", args[:3]
	case q.User != "":
		who = "user = ?4 AND"
	default:
		args = args[:2]
	}
	rows, err := b.db.QueryContext(ctx, `SELECT body FROM occasions WHERE `+who+` body IS NOT NULL AND NOT missed
		AND (?1 = '' OR campaign = ?1) ORDER BY at DESC, campaign, id LIMIT ?2`, args...)
	if err != nil {
		return nil, fmt.Errorf("campaign: occasions: %w", err)
	}
	defer rows.Close()
	var list []Occasion
	for rows.Next() {
		var body []byte
		var o Occasion
		if err := errors.Join(rows.Scan(&body), json.Unmarshal(body, &o)); err != nil {
			return nil, fmt.Errorf("campaign: occasions: %w", err)
		}
		list = append(list, o)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("campaign: occasions: %w", err)
	}
	return list, nil
}

// Stats tells how the campaigns and hooks of an outbox do, those of other
// processes too, as far back as Options.Keep.
type Stats struct {
	Campaigns map[string]Findings   `json:"campaigns"` // by name
	Hooks     map[string]Deliveries `json:"hooks"`     // by name
}

// Findings tells how often it came about.
type Findings struct {
	Found  int64 `json:"found"`  // occasions that hooks were, or are to be, told of
	Missed int64 `json:"missed"` // carts whose session had ended before anybody was told
}

// Deliveries tells what became of deliveries.
type Deliveries struct {
	Pending   int64     `json:"pending"`
	Delivered int64     `json:"delivered"`
	Failed    int64     `json:"failed"`          // given up
	Oldest    time.Time `json:"oldest,omitzero"` // when the oldest pending occasion was found
}

// Stats returns how campaigns and hooks do. A campaign or hook of which nothing is
// known has no entry.
func (r *Runner) Stats(ctx context.Context) (Stats, error) {
	if err := r.open(); err != nil {
		return Stats{}, err
	}
	s := Stats{Campaigns: map[string]Findings{}, Hooks: map[string]Deliveries{}}
	err := errors.Join(r.outbox.countOccasions(ctx, s.Campaigns), r.outbox.countDeliveries(ctx, s.Hooks))
	if err != nil {
		return Stats{}, fmt.Errorf("campaign: stats: %w", err)
	}
	return s, nil
}

func (b *outbox) countOccasions(ctx context.Context, into map[string]Findings) error {
	return b.each(ctx, "SELECT campaign, sum(NOT missed), sum(missed) FROM occasions WHERE body IS NOT NULL GROUP BY campaign",
		func(rows *sql.Rows) error {
			var name string
			var c Findings
			err := rows.Scan(&name, &c.Found, &c.Missed)
			into[name] = c
			return err
		})
}

func (b *outbox) countDeliveries(ctx context.Context, into map[string]Deliveries) error {
	return b.each(ctx, `SELECT hook, sum(state = 'pending'), sum(state = 'delivered'), sum(state = 'failed'),
		min(iif(state = 'pending', found, NULL)) FROM deliveries GROUP BY hook`,
		func(rows *sql.Rows) error {
			var name string
			var h Deliveries
			var oldest sql.NullInt64
			err := rows.Scan(&name, &h.Pending, &h.Delivered, &h.Failed, &oldest)
			if oldest.Valid {
				h.Oldest = time.UnixMilli(oldest.Int64).UTC()
			}
			into[name] = h
			return err
		})
}

// each calls scan for every row.
func (b *outbox) each(ctx context.Context, query string, scan func(*sql.Rows) error) error {
	rows, err := b.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
