package campaign

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// tidyChunk is how many rows are tidied in one transaction.
const tidyChunk = 500

// tidy gives up what was found before expired and is still pending, which nobody
// may have come to, and forgets what was found before forgotten. It returns how
// many deliveries were given up.
func (b *outbox) tidy(ctx context.Context, expired, forgotten, now time.Time) (givenUp int64, err error) {
	givenUp, err = b.inChunks(ctx, `
		UPDATE deliveries SET state = 'failed', done = ?1, error = coalesce(error, 'no hook of this name took it in time'), holder = NULL, lease = 0
		WHERE (hook, occasion) IN (SELECT hook, occasion FROM deliveries WHERE state = 'pending' AND found < ?2 AND lease <= ?1 LIMIT ?3)`,
		now.UnixMilli(), expired.UnixMilli(), tidyChunk)
	if err != nil {
		return givenUp, fmt.Errorf("give up: %w", err)
	}
	_, err = b.inChunks(ctx, `
		UPDATE occasions SET campaign = NULL, session = NULL, user = NULL, body = NULL
		WHERE id IN (SELECT id FROM occasions o WHERE body IS NOT NULL AND found < ?1 AND NOT EXISTS (
			SELECT 1 FROM deliveries d WHERE d.occasion = o.id AND d.state = 'pending') LIMIT ?2)`,
		forgotten.UnixMilli(), tidyChunk)
	if err != nil {
		return givenUp, fmt.Errorf("forget: %w", err)
	}
	_, err = b.inChunks(ctx, `
		DELETE FROM deliveries WHERE (hook, occasion) IN (
			SELECT d.hook, d.occasion FROM deliveries d JOIN occasions o ON o.id = d.occasion
			WHERE d.found < ?1 AND o.body IS NULL LIMIT ?2)`,
		forgotten.UnixMilli(), tidyChunk)
	if err != nil {
		return givenUp, fmt.Errorf("forget: %w", err)
	}
	return givenUp, nil
}

// inChunks repeats a statement until it finds nothing more to do, and returns how
// much it did.
func (b *outbox) inChunks(ctx context.Context, query string, args ...any) (total int64, err error) {
	for {
		var n int64
		err := b.change(ctx, func(ctx context.Context, tx *sql.Tx) error {
			result, err := tx.ExecContext(ctx, query, args...)
			if err != nil {
				return err
			}
			n, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return total, err
		}
		if total += n; n < tidyChunk {
			return total, nil
		}
	}
}
