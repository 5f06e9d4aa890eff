package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// insertChunk is how many occasions go into one transaction, so that other
// writers get their turn.
const insertChunk = 500

// settled returns which of these occasions are in the outbox.
func (b *outbox) settled(ctx context.Context, ids []string) (map[string]bool, error) {
	known := map[string]bool{}
	if len(ids) == 0 {
		return known, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("campaign: outbox: %w", err)
	}
	rows, err := b.db.QueryContext(ctx, "SELECT id FROM occasions WHERE id IN (SELECT value FROM json_each(?))", string(list))
	if err != nil {
		return nil, fmt.Errorf("campaign: outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("campaign: outbox: %w", err)
		}
		known[id] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("campaign: outbox: %w", err)
	}
	return known, nil
}

// insert puts in what is not there yet, with a delivery for each of the hooks. It
// returns how many there were, and how many of them were missed.
func (b *outbox) insert(ctx context.Context, found []finding, hooks []string, now time.Time) (inserted, missed int, err error) {
	for chunk := range slices.Chunk(found, insertChunk) {
		var some, late int
		err := b.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
			for i := range chunk {
				isNew, err := insertOne(ctx, tx, &chunk[i], hooks, now.UnixMilli())
				if err != nil {
					return fmt.Errorf("insert: %w", err)
				}
				if isNew {
					some++
				}
				if isNew && chunk[i].missed {
					late++
				}
			}
			return nil
		})
		if err != nil {
			return inserted, missed, err
		}
		inserted, missed = inserted+some, missed+late
	}
	return inserted, missed, nil
}

func insertOne(ctx context.Context, tx *sql.Tx, f *finding, hooks []string, now int64) (bool, error) {
	body, err := json.Marshal(f.Occasion)
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, `
		INSERT INTO occasions (id, campaign, session, user, at, found, missed, body)
		VALUES (?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		f.ID, f.Campaign, f.Session, f.User, f.Time.UnixMilli(), now, f.missed, string(body))
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if f.missed {
		return true, nil
	}
	for _, hook := range hooks {
		// The earliest comes first; a clock that is ahead must not hold it up.
		_, err := tx.ExecContext(ctx, "INSERT INTO deliveries (hook, occasion, subject, found, next) VALUES (?, ?, ?, ?, ?)",
			hook, f.ID, f.subject(), now, min(f.Time.UnixMilli(), now))
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
