package report

import (
	"context"
	"maps"
	"slices"
)

// LedgerReport is what became of all the events that a warehouse was given.
type LedgerReport struct {
	Ledger

	StoredSum  int64 `json:"stored_sum"`
	DroppedSum int64 `json:"dropped_sum"`

	// Balanced tells whether every event received is accounted for: Received =
	// StoredSum + DroppedSum. Where it is not, no number can be trusted.
	Balanced bool `json:"balanced"`
}

// Ledger returns what became of the events.
func (r *Reports) Ledger(ctx context.Context) (*LedgerReport, error) {
	ledger, err := r.warehouse.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	l := &LedgerReport{Ledger: ledger, StoredSum: sum(ledger.Stored), DroppedSum: sum(ledger.Dropped)}
	l.Balanced = l.Received == l.StoredSum+l.DroppedSum
	return l, nil
}

func sum[K comparable](by map[K]int64) (n int64) {
	for _, v := range by {
		n += v
	}
	return n
}

// Table returns a row for each way that events went.
func (l *LedgerReport) Table() Table {
	t := Table{Title: "Ledger of events", Columns: []string{"events", "which", "count"}}
	t.Rows = append(t.Rows, []Cell{text("received"), {}, whole(l.Received)})
	t.Rows = append(t.Rows, ledgerRows("stored", l.Stored)...)
	t.Rows = append(t.Rows, ledgerRows("dropped", l.Dropped)...)
	t.Rows = append(t.Rows, []Cell{text("lost before they came"), {}, whole(l.Lost)})
	t.Rows = append(t.Rows, ledgerRows("views not recorded", l.Skipped)...)
	return t
}

func ledgerRows[K ~string](what string, by map[K]int64) [][]Cell {
	var rows [][]Cell
	for _, key := range slices.Sorted(maps.Keys(by)) {
		rows = append(rows, []Cell{text(what), text(string(key)), whole(by[key])})
	}
	return rows
}
