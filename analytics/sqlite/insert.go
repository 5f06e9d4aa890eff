package sqlite

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/sojourn-go/sojourn/analytics"
)

// isLifecycle reports whether events of a type have rows in lifecycle.
func isLifecycle(t analytics.Type) bool {
	switch t {
	case analytics.SessionStarted, analytics.SessionEnded, analytics.LoginStarted, analytics.LoginEnded,
		analytics.LoginReauthenticated, analytics.LoginFailed, analytics.CredentialReused, analytics.CredentialUnknown:
		return true
	default:
		return false
	}
}

// insert makes the rows of an event, and reports whether it is not a duplicate. v is
// nil outside of a visit.
func (b *batch) insert(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow, user int64) (bool, error) {
	switch e.Type {
	case analytics.VisitStarted:
		return b.insertStart(e, at, v)
	case analytics.VisitEnded:
		return insertEnd(e, at, v), nil
	case analytics.PageViewed:
		return b.insertView(e, at, v, user)
	case analytics.ActionTaken:
		if isPurchaseEvent(e) {
			return b.insertPurchase(e, at, visitor, v, user)
		}
		return b.insertAction(e, at, v, user, e.Attributes["action"])
	case analytics.ExperimentExposed:
		return b.insertExposure(e, at, visitor, v)
	case analytics.CartChanged, analytics.CheckoutCompleted:
		return b.insertCartChange(e, at, visitor, v, user)
	case analytics.FeedGap:
		stored, err := b.insertCounted(e, at)
		if stored {
			b.ledger[entry{kind: kindLost}] += integer(e.Attributes["lost"])
		}
		return stored, err
	case analytics.PageSkipped:
		stored, err := b.insertCounted(e, at)
		if stored {
			b.ledger[entry{kindSkipped, e.Attributes["reason"]}] += integer(e.Attributes["count"])
		}
		return stored, err
	default:
		if isLifecycle(e.Type) {
			return b.insertLifecycle(e, at, visitor, v, user)
		}
		return b.insertCounted(e, at)
	}
}

// insertEngagement keeps what a beacon told of a view. Its sender can name any view and
// visit: it makes no visit, and changes nothing of one.
func (b *batch) insertEngagement(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow) (bool, error) {
	stored, err := b.insertOnce("INSERT INTO engagements VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		v.n, digest(e.Attributes["view"]), at, e.ID, integer(e.Attributes["milliseconds"]))
	v.changed = v.changed || stored
	visitor.met(at)
	return stored, err
}

// insertOnce makes a row, and reports whether it was not there.
func (b *batch) insertOnce(query string, args ...any) (bool, error) {
	n, err := b.c.change(query, args...)
	return n > 0, err
}

func (b *batch) insertStart(e *analytics.Event, at int64, v *visitRow) (bool, error) {
	if v.known == byStart {
		return false, nil
	}
	told := make([]string, len(originAttributes))
	for i, name := range originAttributes {
		told[i] = e.Attributes[name]
	}
	code, err := b.code(origins, told...)
	if err != nil {
		return false, err
	}
	v.start, v.known, v.origin = at, byStart, code
	return true, nil
}

func insertEnd(e *analytics.Event, at int64, v *visitRow) bool {
	if v.ended != never {
		return false
	}
	v.ended, v.reason = at, string(e.Reason)
	if start := e.Attributes["start"]; start != "" && v.known < byEnd {
		v.start, v.known = integer(start), byEnd
	}
	if last := e.Attributes["last"]; last != "" {
		v.active(integer(last))
	}
	return true
}

func (b *batch) insertView(e *analytics.Event, at int64, v *visitRow, user int64) (bool, error) {
	a := e.Attributes
	page, err := b.code(pages, a["path"], a["route"], a["screen"])
	if err != nil {
		return false, err
	}
	stored, err := b.insertOnce("INSERT INTO views VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", v.n, digest(a["view"]), at, page, user, e.ID)
	if stored {
		v.active(at)
	}
	return stored, err
}

func (b *batch) insertAction(e *analytics.Event, at int64, v *visitRow, user int64, name string) (bool, error) {
	code, err := b.code(names, name)
	if err != nil {
		return false, err
	}
	v.active(at)
	return b.insertOnce("INSERT INTO actions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", v.n, at, e.ID, code, user)
}

func (b *batch) insertExposure(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow) (bool, error) {
	arm, err := b.code(arms, e.Attributes["experiment"], e.Attributes["variant"])
	if err != nil {
		return false, err
	}
	stored, err := b.insertOnce("INSERT INTO exposures VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", v.n, at, e.ID, arm, visitor.n)
	b.exposed = b.exposed || stored
	return stored, err
}

func (b *batch) insertLifecycle(e *analytics.Event, at int64, visitor *visitorRow, v *visitRow, user int64) (bool, error) {
	visit := int64(0)
	if v != nil {
		visit = v.n
	}
	stored, err := b.insertOnce("INSERT INTO lifecycle VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		at, e.ID, string(e.Type), visitor.n, visit, string(e.Reason))
	if stored && v != nil && e.Type == analytics.LoginStarted {
		return b.insertAction(e, at, v, user, string(e.Type))
	}
	return stored, err
}

// insertCounted remembers an event, and nothing of it.
func (b *batch) insertCounted(e *analytics.Event, at int64) (bool, error) {
	key := digest(string(e.Type) + "\x00" + e.Session + "\x00" + e.ID)
	return b.insertOnce("INSERT INTO counted VALUES (?, ?) ON CONFLICT DO NOTHING", at, key)
}

// digest returns the first 64 bits of the SHA-256 of s. It stands for s among the
// few texts of one visit or one millisecond.
func digest(s string) int64 {
	sum := sha256.Sum256([]byte(s))
	return int64(binary.BigEndian.Uint64(sum[:])) //nolint:gosec // any 64 bits do (G115)
}
