package reporttest

import (
	"slices"
	"testing" //nolint:depguard // a test package: nobody imports it but tests
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// Warehouse is what the suite tries: it takes events and answers questions.
type Warehouse interface {
	analytics.Recorder
	report.Warehouse
}

// Keep is for how long the warehouses of the suite keep events, be it before the
// newest one or before now. One event of 1970 is older, all others are younger.
const Keep = 50 * 365 * 24 * time.Hour

// Price is what the warehouses of the suite take SKUs to cost: a mug 12.50 EUR, a
// pen 2 EUR, a book 30 USD. Nothing else has a price.
func Price(sku string) (value int64, currency string, ok bool) {
	switch sku {
	case "mug":
		return 1250, "EUR", true
	case "pen":
		return 200, "EUR", true
	case "book":
		return 3000, "USD", true
	}
	return 0, "", false
}

// Run holds warehouses to the definitions of package analytics and the words of
// [report.Warehouse]. open returns a fresh, empty warehouse, to be closed with
// t.Cleanup; it asks [Price] for prices and drops what is older than [Keep].
//
// The suite first tells of traffic by hand, for which the answers were worked out
// on paper, and then of random traffic, for which a [Model] gives them.
func Run(t *testing.T, open func(t testing.TB) Warehouse) {
	t.Run("Golden", func(t *testing.T) { golden(t, open) })
	t.Run("Properties", func(t *testing.T) { properties(t, open) })
}

// scenario is traffic and what is to be found in it.
type scenario struct {
	name   string
	events []analytics.Event
	check  func(e *env)
	once   bool // the arrival is part of the scenario
}

func golden(t *testing.T, open func(t testing.TB) Warehouse) {
	groups := map[string][]scenario{
		"Totals": totalScenarios(), "Time": timeScenarios(), "Beacon": beaconScenarios(), "Pages": pageScenarios(), "Funnel": funnelScenarios(),
		"Paths": pathScenarios(), "Cohorts": cohortScenarios(), "Experiment": experimentScenarios(),
		"Carts": cartScenarios(), "Lifecycle": lifecycleScenarios(), "Visitors": visitorScenarios(),
		"Live": liveScenarios(), "Ledger": ledgerScenarios(), "Filter": filterScenarios(), "Empty": emptyScenarios(),
		"Question": questionScenarios(), "Recording": recordingScenarios(),
	}
	for name, list := range groups {
		t.Run(name, func(t *testing.T) {
			for _, s := range list {
				t.Run(s.name, func(t *testing.T) {
					e := &env{T: t, w: open(t)}
					e.record(s.events)
					s.check(e)
				})
				if s.once {
					continue
				}
				t.Run(s.name+"/backwards_and_twice", func(t *testing.T) {
					e := &env{T: t, w: open(t)}
					for batch := range slices.Chunk(mixed(s.events), 3) {
						e.record(batch)
					}
					s.check(e)
				})
			}
		})
	}
}

// env is a sub-test with its warehouse.
type env struct {
	*testing.T
	w Warehouse
}

func (e *env) record(events []analytics.Event) {
	e.Helper()
	if err := e.w.Record(e.Context(), events); err != nil {
		e.Fatalf("Record of %d events = %v, want success", len(events), err)
	}
}

// is compares an answer, as it is described, with what was worked out.
func (e *env) is(what string, err error, got, want any) {
	e.Helper()
	switch g, w := describe(got), describe(want); {
	case err != nil:
		e.Errorf("%s: %v, want\n%s", what, err, w)
	case g != w:
		e.Errorf("%s are\n%s\nwant\n%s", what, g, w)
	}
}

// totals asks for one group that is all.
func (e *env) totals(s report.Selection) report.Totals {
	e.Helper()
	groups, err := e.w.Totals(e.Context(), report.TotalsQuery{Selection: s})
	if err != nil || len(groups) != 1 {
		e.Fatalf("Totals without a dimension = %d groups, %v, want one", len(groups), err)
	}
	return groups[0].Totals
}

// mixed puts events in an order in which they may well arrive: the newest first,
// and each once more.
func mixed(events []analytics.Event) []analytics.Event {
	backwards := slices.Clone(events)
	slices.Reverse(backwards)
	return append(backwards, events...)
}
