package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// lease is how long a delivery is one runner's: what a hook may take, and then
// some.
const lease = hookTimeout + 30*time.Second

// maxErrorText is how much of an error is kept, in bytes.
const maxErrorText = 500

// delivery is an occasion that is to be handed to a hook.
type delivery struct {
	hook     string
	occasion Occasion
	attempts int // this one included
	found    time.Time
}

// claim takes the delivery of a hook that has been due longest, of those that were
// by the moment due; nil if there is none. Of one subject only one is in hand, so
// that they go in their order.
func (b *outbox) claim(ctx context.Context, hook string, due, now time.Time) (d *delivery, err error) {
	var unreadable error
	err = b.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var id, body string
		var attempts int
		var found int64
		err := tx.QueryRowContext(ctx, `
			SELECT d.occasion, d.attempts + 1, d.found, coalesce(o.body, '') FROM deliveries d JOIN occasions o ON o.id = d.occasion
			WHERE d.hook = ?1 AND d.state = 'pending' AND d.next <= ?2 AND d.lease <= ?3 AND NOT EXISTS (
				SELECT 1 FROM deliveries e INDEXED BY deliveries_held
				WHERE e.hook = ?1 AND e.subject = d.subject AND e.lease > 0 AND e.lease > ?3)
			ORDER BY d.next, d.occasion LIMIT 1`,
			hook, due.UnixMilli(), now.UnixMilli()).Scan(&id, &attempts, &found, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("claim: %w", err)
		}
		d = &delivery{hook: hook, attempts: attempts, found: time.UnixMilli(found)}
		if err := json.Unmarshal([]byte(body), &d.occasion); err != nil {
			// Of a damaged file. It must not be what is due first for ever.
			unreadable = fmt.Errorf("campaign: outbox: occasion %s: %w", id, err)
			_, err = tx.ExecContext(ctx, "UPDATE deliveries SET state = 'failed', done = ?, error = ? WHERE hook = ? AND occasion = ?",
				now.UnixMilli(), short(unreadable), hook, id)
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE deliveries SET attempts = ?, holder = ?, lease = ? WHERE hook = ? AND occasion = ?",
			attempts, b.holder, now.Add(lease).UnixMilli(), hook, id)
		if err != nil {
			return fmt.Errorf("claim: %w", err)
		}
		return nil
	})
	if err := errors.Join(err, unreadable); err != nil {
		return nil, err
	}
	return d, nil
}

// next returns when the next delivery of a hook will be due, zero if none is
// waiting.
func (b *outbox) next(ctx context.Context, hook string, now time.Time) (time.Time, error) {
	var at sql.NullInt64
	err := b.db.QueryRowContext(ctx, "SELECT min(next) FROM deliveries WHERE hook = ? AND state = 'pending' AND next > ?",
		hook, now.UnixMilli()).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("campaign: outbox: next: %w", err)
	}
	if !at.Valid {
		return time.Time{}, nil
	}
	return time.UnixMilli(at.Int64), nil
}

// delivered notes that a hook was told, whoever has the delivery by now.
func (b *outbox) delivered(ctx context.Context, d *delivery, now time.Time) error {
	return b.note(ctx, `
		UPDATE deliveries SET state = 'delivered', done = ?, holder = NULL, lease = 0, error = NULL
		WHERE hook = ? AND occasion = ? AND state <> 'delivered'`,
		now.UnixMilli(), d.hook, d.occasion.ID)
}

// failed notes that a hook will not be told.
func (b *outbox) failed(ctx context.Context, d *delivery, now time.Time, why error) error {
	return b.note(ctx, `
		UPDATE deliveries SET state = 'failed', done = ?, error = ?, holder = NULL, lease = 0
		WHERE hook = ? AND occasion = ? AND state = 'pending' AND holder = ?`,
		now.UnixMilli(), short(why), d.hook, d.occasion.ID, b.holder)
}

// putOff notes that a hook is to be told later.
func (b *outbox) putOff(ctx context.Context, d *delivery, until time.Time, why error) error {
	return b.note(ctx, `
		UPDATE deliveries SET next = ?, error = ?, holder = NULL, lease = 0
		WHERE hook = ? AND occasion = ? AND state = 'pending' AND holder = ?`,
		until.UnixMilli(), short(why), d.hook, d.occasion.ID, b.holder)
}

// note runs a statement although ctx may be done: what has happened is noted.
func (b *outbox) note(ctx context.Context, query string, args ...any) error {
	if _, err := b.db.ExecContext(context.WithoutCancel(ctx), query, args...); err != nil {
		return fmt.Errorf("campaign: outbox: note: %w", err)
	}
	return nil
}

// short returns the text of an error, of bounded length.
func short(err error) string {
	text := err.Error()
	return text[:min(len(text), maxErrorText)]
}
