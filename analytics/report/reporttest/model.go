package reporttest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Model is a warehouse in memory that keeps every event and computes each answer
// afresh from all of them, by plain loops that follow the definitions word for
// word. It is the second opinion that other warehouses are held against, and fast
// enough for the traffic of a test: a question takes some milliseconds for each
// thousand events. What it holds is gone with it.
//
// The zero value is ready for use. A Model is safe for concurrent use; its fields
// must not change once it is in use.
type Model struct {
	// Price tells what one piece of a SKU costs, in the smallest unit of the
	// currency. Nil: nothing has a price.
	Price func(sku string) (value int64, currency string, ok bool)

	// Keep is how long before the newest event an event may lie that is still
	// taken; 0: any time.
	Keep time.Duration

	mu       sync.Mutex
	received int64
	dropped  map[report.Drop]int64
	events   []analytics.Event // as they came, each once
	seen     map[string]bool   // what identifies each of them
	newest   time.Time
}

// NewModel returns a Model without prices that keeps all it is given.
func NewModel() *Model { return &Model{} }

// Record takes events. It fails only where ctx is done; then it took none.
func (m *Model) Record(ctx context.Context, events []analytics.Event) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reporttest: record: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		e.Time = e.Time.UTC().Truncate(time.Millisecond)
		e.Attributes = maps.Clone(e.Attributes)
		m.received++
		if why := m.refuse(e); why != "" {
			if m.dropped == nil {
				m.dropped = map[report.Drop]int64{}
			}
			m.dropped[why]++
			continue
		}
		if m.seen == nil {
			m.seen = map[string]bool{}
		}
		for _, id := range identities(e) {
			m.seen[id] = true
		}
		m.events = append(m.events, e)
		if e.Time.After(m.newest) {
			m.newest = e.Time
		}
	}
	return nil
}

// refuse returns why e is not stored; empty: it is.
func (m *Model) refuse(e analytics.Event) report.Drop {
	if why := fault(e); why != "" {
		return why
	}
	if m.Keep > 0 && e.Time.Before(m.newest.Add(-m.Keep)) {
		return report.DropExpired
	}
	for _, id := range identities(e) {
		if m.seen[id] {
			return report.DropDuplicate
		}
	}
	return ""
}

// identities returns what an event must not share with an earlier one. Stores
// that start again count their IDs from the beginning, so that the ID alone does
// not do.
func identities(e analytics.Event) []string {
	key := func(kind string, parts ...string) string { return kind + "\x00" + strings.Join(parts, "\x00") }
	ids := []string{key("event", e.ID, e.Session, string(e.Type), strconv.FormatInt(e.Time.UnixMilli(), 10))}
	if view := e.Attributes["view"]; e.Type == analytics.PageViewed && view != "" {
		ids = append(ids, key("view", e.Visit, view))
	}
	return ids
}

// fault returns why e cannot be counted at all; empty: it can.
func fault(e analytics.Event) report.Drop {
	a := e.Attributes
	var sessionless, inVisit, complete bool
	switch e.Type {
	case analytics.FeedGap:
		sessionless, complete = true, isCount(a["lost"])
	case analytics.PageSkipped:
		sessionless, complete = true, isCount(a["count"])
	case analytics.LoginFailed:
		sessionless, complete = true, true
	case analytics.PageViewed:
		inVisit, complete = true, a["view"] != "" && (a["path"] != "" || a["screen"] != "")
	case analytics.PageEngaged:
		inVisit, complete = true, a["view"] != "" && isCount(a["milliseconds"])
	case analytics.ActionTaken:
		inVisit, complete = true, a["action"] != "" && (a["action"] != analytics.PurchaseAction || isPurchase(a))
	case analytics.ExperimentExposed:
		inVisit, complete = true, a["experiment"] != "" && a["variant"] != ""
	case analytics.VisitStarted:
		complete = e.Visit != ""
	case analytics.VisitEnded:
		complete = e.Visit != "" && (e.Reason == "" || e.Reason.Valid()) && isStretch(a["start"], a["last"], e.Time)
	case analytics.CartChanged:
		complete = a["sku"] == "" || isInteger(a["quantity"])
	case analytics.SessionStarted, analytics.SessionEnded, analytics.LoginStarted, analytics.LoginEnded,
		analytics.LoginReauthenticated, analytics.CredentialRotated, analytics.CredentialReused,
		analytics.CredentialUnknown, analytics.CheckoutCompleted, analytics.StateConflicted:
		complete = true
	default:
		return report.DropUnknown
	}
	switch {
	case e.Time.IsZero(), !isMoment(e.Time.UnixMilli()), e.Session == "" && !sessionless, !complete:
		return report.DropInvalid
	case inVisit && e.Visit == "":
		return report.DropOutside
	}
	return ""
}

func isPurchase(a map[string]string) bool {
	value := integer(a["value"])
	return a["order"] != "" && isInteger(a["value"]) && value >= -analytics.MaxPurchase && value <= analytics.MaxPurchase && a["currency"] != ""
}

func isInteger(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

func isCount(s string) bool { return isInteger(s) && !strings.HasPrefix(s, "-") }

// isMoment reports whether there is such a moment, from 1970 to 9999.
func isMoment(ms int64) bool {
	return ms >= 0 && ms < time.Date(10_000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// isStretch reports whether the moments that the end of a visit tells of can be, for
// clocks that are a day apart at most. None has to be told.
func isStretch(start, last string, ended time.Time) bool {
	for _, told := range []string{start, last} {
		if told != "" && (!isInteger(told) || !isMoment(integer(told)) || time.UnixMilli(integer(told)).After(ended.Add(24*time.Hour))) {
			return false
		}
	}
	return true
}

// integer returns the number that s is; fault has seen that it is one.
func integer(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Ledger returns what became of the events received.
func (m *Model) Ledger(context.Context) (report.Ledger, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := report.Ledger{
		Received: m.received,
		Stored:   map[analytics.Type]int64{},
		Dropped:  maps.Clone(m.dropped),
		Skipped:  map[string]int64{},
		Newest:   m.newest,
	}
	for _, e := range m.events {
		l.Stored[e.Type]++
		switch e.Type {
		case analytics.FeedGap:
			l.Lost += integer(e.Attributes["lost"])
		case analytics.PageSkipped:
			l.Skipped[e.Attributes["reason"]] += integer(e.Attributes["count"])
		default:
		}
	}
	return l, nil
}
