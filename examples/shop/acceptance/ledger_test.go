package acceptance

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// claimed is how long it may take until the events that a killed shop had in hand
// are taken over: the store waits 30 s for whoever holds them, and looks every 5 s.
const claimed = 35*time.Second + patience

// TestLedgerIsBalancedAfterKills: however often the shop and its Redis are killed,
// each event of the feed is in the reports exactly once, and the ledger says so.
func TestLedgerIsBalancedAfterKills(t *testing.T) {
	t.Parallel()
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		s := oneFile.open(t, "-visit-idle", "2s")
		ledgerAfter(t, s, func(*testing.T) { s.here().kill(t) })
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		r := redistest.Single(t, redistest.AppendOnly())
		s := openOn(t, r, shared(t, "-visit-idle", "2s")...)
		turn := 0
		ledgerAfter(t, s, func(t *testing.T) {
			t.Helper()
			if turn++; turn%2 == 0 {
				r.Kill()
				pass(time.Now().Add(rand.N(300 * time.Millisecond)))
				r.Restart()
			}
			[]*instance{s.here(), s.there()}[turn%2].kill(t)
		})
	})
}

// ledgerAfter lets a crowd in, kills again and again, starts anew what is gone, and
// when all is quiet audits the ledger.
func ledgerAfter(t *testing.T, s *shop, kill func(t *testing.T)) {
	t.Helper()
	guests := gather(s, 20)
	until := time.Now().Add(soakTime(t) - defaultSoak)
	kills := 0
	for ; kills < 3 || time.Now().Before(until); kills++ {
		guests.busy(t, 100)
		pass(time.Now().Add(rand.N(700 * time.Millisecond)))
		kill(t)
		s.revive(t)
	}
	guests.busy(t, 100)
	orders := guests.disperse(t)

	var events []analytics.Event
	var books ledger
	check := func() (err error) {
		if books, _, err = tryReport[ledger](s, "ledger"); err != nil {
			return err
		}
		if events, err = s.feed(); err != nil {
			return err
		}
		return errors.Join(over(events), entered(events, books))
	}
	eventuallyWithin(t, "the ledger accounts for each event of the feed", claimed, time.Second, check)
	throughout(t, "and goes on to", time.Second, 500*time.Millisecond, check)
	for _, e := range ofType(events, ofVisits...) {
		if e.Session != "" && e.Visit == "" {
			t.Logf("in a session, and outside of its visits: %s", show([]analytics.Event{e}))
		}
	}
	t.Logf("%d kills, %d acts, %d orders; received %d, dropped %v, skipped %v, stored %v",
		kills, guests.acts.Load(), len(orders), books.Received, books.Dropped, books.Skipped, books.Stored)
	if !books.Balanced || books.balance() != 0 || books.Lost != 0 {
		t.Errorf("received is not stored and dropped, or some are lost: %+v", books)
	}
	if err := confirmed(events, orders); err != nil {
		t.Error(err)
	}
	var people, bots overview
	people = must[overview](t)(tryReport[overview](s, "overview"))
	bots = must[overview](t)(tryReport[overview](s, "overview?bots=true"))
	starts, views := float64(len(ofType(events, analytics.VisitStarted))), float64(len(ofType(events, analytics.PageViewed)))
	for what, n := range map[string][3]float64{
		"visits": {*people.Visits.Value, *bots.Visits.Value, starts},
		"views":  {*people.Views.Value, *bots.Views.Value, views},
	} {
		if n[0]+n[1] != n[2] {
			t.Errorf("%v %s of people and %v of bots are reported, %v are in the feed", n[0], what, n[1], n[2])
		}
	}
}

// revive starts anew the instances that have ended.
func (s *shop) revive(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	instances := slices.Clone(s.instances)
	s.mu.Unlock()
	for i, in := range instances {
		select {
		case <-in.exited:
			s.replace(t, i)
		default:
		}
	}
}

// feed returns all events, asked for type by type.
func (s *shop) feed() ([]analytics.Event, error) {
	all, _, err := s.tryEvents()
	if err != nil {
		return nil, err
	}
	types := map[analytics.Type]int{}
	for _, e := range all {
		types[e.Type]++
	}
	var events []analytics.Event
	for typ := range types {
		some, _, err := s.tryEvents("type", string(typ))
		if err != nil {
			return nil, err
		}
		if len(some) < types[typ] {
			return nil, fmt.Errorf("%d events of type %s, %d without the filter", len(some), typ, types[typ])
		}
		events = append(events, some...)
	}
	return events, nil
}

// over complains while visits are under way, save one: the administrator's.
func over(events []analytics.Event) error {
	began, ended := len(ofType(events, analytics.VisitStarted)), len(ofType(events, analytics.VisitEnded))
	if began-ended > 1 {
		return fmt.Errorf("%d visits began, %d are over", began, ended)
	}
	return nil
}

// ofVisits are the types of events that count in visits only.
var ofVisits = []analytics.Type{analytics.PageViewed, analytics.PageEngaged, analytics.ActionTaken, analytics.ExperimentExposed}

// entered complains unless the books have each event once. What happened outside of
// any visit, such as on the verge of its end, cannot be in a report; it is dropped,
// as often as it was delivered.
func entered(events []analytics.Event, books ledger) error {
	ids := map[analytics.Type]map[string]bool{}
	outside := map[string]bool{}
	for _, e := range events {
		if e.Visit == "" && slices.Contains(ofVisits, e.Type) {
			outside[e.ID] = true
			continue
		}
		if ids[e.Type] == nil {
			ids[e.Type] = map[string]bool{}
		}
		ids[e.Type][e.ID] = true
	}
	var errs []error
	for _, typ := range slices.Sorted(maps.Keys(ids)) {
		if got, want := books.Stored[typ], int64(len(ids[typ])); got != want {
			errs = append(errs, fmt.Errorf("%d events of type %s are stored, %d are in the feed", got, typ, want))
		}
	}
	for typ, n := range books.Stored {
		if ids[typ] == nil {
			errs = append(errs, fmt.Errorf("%d events of type %s are stored, none is in the feed", n, typ))
		}
	}
	if got := books.Dropped["invalid"] + books.Dropped["outside"]; got < int64(len(outside)) || got > 0 && len(outside) == 0 {
		errs = append(errs, fmt.Errorf("%d events are dropped because they belong to no visit, of %d in the feed", got, len(outside)))
	}
	for reason, n := range books.Dropped {
		if reason != "duplicate" && reason != "invalid" && reason != "outside" {
			errs = append(errs, fmt.Errorf("%d events are dropped as %s", n, reason))
		}
	}
	return errors.Join(errs...)
}

// confirmed complains of orders that visitors were told of and events were not.
func confirmed(events []analytics.Event, orders []string) error {
	checkouts, purchases := map[string]int{}, map[string]int{}
	for _, e := range ofType(events, analytics.CheckoutCompleted, analytics.ActionTaken) {
		switch {
		case e.Type == analytics.CheckoutCompleted:
			checkouts[e.Attributes["order"]]++
		case e.Attributes["action"] == analytics.PurchaseAction:
			purchases[e.Attributes["order"]]++
		}
	}
	var errs []error
	for _, o := range orders {
		if checkouts[o] != 1 || purchases[o] != 1 {
			errs = append(errs, fmt.Errorf("order %s was confirmed, and has %d checkouts and %d purchases", o, checkouts[o], purchases[o]))
		}
	}
	return summary(errs)
}
