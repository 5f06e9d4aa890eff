package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// shuffled returns the events of the children's visits in any order, some of them
// twice.
func shuffled(seed uint64) []analytics.Event {
	var all []analytics.Event
	for batch := range batches(childVisits, 100) {
		all = append(all, batch...)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range len(all) / 10 {
		all = append(all, all[random.IntN(len(all))])
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// Whether an answer comes from rows, from segments in the file, or from memory, it is
// the same, in whatever order events arrived.
func TestRecord_orderDoesNotMatter(t *testing.T) {
	t.Parallel()
	want := reference(t)
	for seed := range uint64(3) {
		path := newFile(t)
		w := open(t, path, sqlite.Options{CacheBytes: 1})
		for i, batch := range slices.Collect(slices.Chunk(shuffled(seed), 97)) {
			if err := w.Record(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if i%5 != 0 {
				continue
			}
			if _, err := w.Totals(t.Context(), report.TotalsQuery{}); err != nil { // holds a state that grows old
				t.Fatal(err)
			}
			if err := w.Pack(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		same(t, answers(t, w), want)
		if err := w.Pack(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := w.Number("SELECT count(*) FROM hours LEFT JOIN segments USING (hour, version) WHERE columns IS NULL"); err != nil || n != 0 {
			t.Errorf("%d hours are not packed, %v", n, err)
		}
		w.Forget()
		same(t, answers(t, w), want)
	}
}

// A segment that cannot be read is made again.
func TestSegments_damaged(t *testing.T) {
	t.Parallel()
	w := open(t, newFile(t), sqlite.Options{})
	record(t, w, childVisits)
	if err := w.Pack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Exec("UPDATE segments SET columns = x'00' WHERE hour % 2"); err != nil {
		t.Fatal(err)
	}
	w.Forget()
	same(t, answers(t, w), reference(t))
}

// Questions see whole batches, whatever is recorded beside them.
func TestRecord_besideQuestions(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": newFile(t), "memory": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, path, sqlite.Options{})
			events := shuffled(9)
			// Until its start comes, a bot is taken for somebody, and then it is one visit less.
			person := func(e analytics.Event) bool { return e.Attributes["bot"] == "" }
			if err := w.Record(t.Context(), slices.DeleteFunc(slices.Clone(events), person)); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			ctx, cancel := context.WithCancel(t.Context())
			for range 3 {
				wg.Go(func() {
					for before := int64(0); ctx.Err() == nil; {
						groups, err := w.Totals(ctx, report.TotalsQuery{})
						if err != nil && ctx.Err() == nil {
							t.Error(err)
							return
						}
						if err == nil && groups[0].Visits < before {
							t.Errorf("%d visits after %d", groups[0].Visits, before)
						}
						if err == nil {
							before = groups[0].Visits
						}
					}
				})
			}
			var writers sync.WaitGroup
			for i := range 3 { // each of them all
				writers.Go(func() {
					for batch := range slices.Chunk(slices.Concat(events[i*100:], events[:i*100]), 150) {
						if err := w.Record(t.Context(), batch); err != nil {
							t.Error(err)
						}
					}
				})
			}
			writers.Wait()
			cancel()
			wg.Wait()
			same(t, answers(t, w), reference(t))
		})
	}
}

func TestRecord_calledOff(t *testing.T) {
	t.Parallel()
	w := open(t, newFile(t), sqlite.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Record(ctx, []analytics.Event{{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Record when ctx is done = %v, want context.Canceled", err)
	}
	l, err := w.Ledger(t.Context())
	if err != nil || l.Received != 0 {
		t.Errorf("the ledger has received %d (%v), want nothing", l.Received, err)
	}
	if _, err := w.Totals(ctx, report.TotalsQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Totals when ctx is done = %v, want context.Canceled", err)
	}
}

// Of a batch for which there is no room, nothing is recorded.
func TestRecord_fullDisk(t *testing.T) {
	t.Parallel()
	w := open(t, newFile(t), sqlite.Options{})
	if err := w.Exec("PRAGMA max_page_count = 90"); err != nil {
		t.Fatal(err)
	}
	var full error
	i, failed := 0, 0
	for batch := range batches(childVisits, childBatch) {
		if full = w.Record(t.Context(), batch); full != nil {
			failed = i
			break
		}
		i++
	}
	if full == nil || !strings.Contains(full.Error(), "full") {
		t.Fatalf("after %d batches: %v, want an error that says that the disk is full", i, full)
	}
	l, err := w.Ledger(t.Context())
	if err != nil || !balances(l) || l.Received != int64(failed*childBatch) {
		t.Errorf("the ledger is %+v (%v), want %d received", l, err, failed*childBatch)
	}
	if err := w.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	i = 0
	for batch := range batches(childVisits, childBatch) {
		if i++; i > failed { // as the pump does: the one that failed, and what follows
			if err := w.Record(t.Context(), batch); err != nil {
				t.Fatalf("when there is room again: %v", err)
			}
		}
	}
	same(t, answers(t, w), reference(t))
	if l, err := w.Ledger(t.Context()); err != nil || len(l.Dropped) != 0 {
		t.Errorf("dropped %v (%v), want nothing", l.Dropped, err)
	}
	integral(t, w)
}

// What a SKU cost when a change was recorded is what the cart is worth.
func TestRecord_price(t *testing.T) {
	t.Parallel()
	price := int64(100)
	w := open(t, "", sqlite.Options{Price: func(sku string) (int64, string, bool) { return price, "EUR", sku != "gift" }})
	at := trafficBegins
	for i, e := range []analytics.Event{
		{Session: "a", Attributes: map[string]string{"sku": "mug", "quantity": "2"}},
		{Session: "a", Attributes: map[string]string{"sku": "gift", "quantity": "1"}},
		{Session: "b", Attributes: map[string]string{"sku": "mug", "quantity": "1"}},
	} {
		e.ID, e.Type, e.Time = string(rune('1'+i)), analytics.CartChanged, at.Add(time.Duration(i)*time.Minute)
		price += 11
		if err := w.Record(t.Context(), []analytics.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	carts, err := w.Carts(t.Context(), report.CartsQuery{Now: at.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	// 2 · 111 of a, 133 of b; the gift has none.
	if carts.Abandoned != 2 || carts.Value["EUR"] != 2*111+133 || carts.Unpriced != 1 {
		t.Errorf("%+v, want 2 abandoned with 355 in all, one of them with a line without price", carts)
	}
}

// SKUs are told apart by every byte, also where they are no text.
func TestRecord_skusOfAnyBytes(t *testing.T) {
	t.Parallel()
	w := open(t, "", sqlite.Options{})
	for i, sku := range []string{"\xff", "\xfe", "a\x00b", "a"} {
		err := w.Record(t.Context(), []analytics.Event{{
			ID: strconv.Itoa(i), Type: analytics.CartChanged, Session: "s", Time: trafficBegins.Add(time.Duration(i) * time.Second),
			Attributes: map[string]string{"sku": sku, "quantity": strconv.Itoa(i + 1)},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	carts, err := w.Carts(t.Context(), report.CartsQuery{})
	if err != nil || len(carts.List) != 1 {
		t.Fatalf("%+v, %v, want one cart", carts, err)
	}
	if want := map[string]int64{"\xff": 1, "\xfe": 2, "a\x00b": 3, "a": 4}; !maps.Equal(carts.List[0].Lines, want) {
		t.Errorf("lines %+v, want %+v", carts.List[0].Lines, want)
	}
}

// However changes to the carts of one visitor arrive, the carts are those that their
// order in time makes.
func TestRecord_cartsFollowTheOrderOfTime(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	var changes []analytics.Event
	for i := range 300 {
		e := analytics.Event{
			ID: strconv.Itoa(i), Type: analytics.CartChanged, Session: "s", Visit: "v" + strconv.Itoa(i/40),
			Time:       trafficBegins.Add(time.Duration(i/2) * time.Minute), // two at a time
			Attributes: map[string]string{"sku": strconv.Itoa(random.IntN(3)), "quantity": strconv.Itoa(random.IntN(3))},
		}
		switch random.IntN(12) {
		case 0:
			e.Type, e.Attributes = analytics.CheckoutCompleted, nil
		case 1:
			e.Attributes = nil
		}
		changes = append(changes, e)
	}
	ask := func(batches [][]analytics.Event) string {
		w := open(t, "", sqlite.Options{Price: func(string) (int64, string, bool) { return 5, "EUR", true }})
		for _, batch := range batches {
			if err := w.Record(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
		carts, err := w.Carts(t.Context(), report.CartsQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v", carts)
	}
	want := ask([][]analytics.Event{changes})
	for size := 1; size < 20; size += 4 {
		if got := ask(slices.Collect(slices.Chunk(changes, size))); got != want {
			t.Errorf("in batches of %d the carts are\n%s\nwant\n%s", size, got, want)
		}
		mixed := slices.Clone(changes)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got := ask(slices.Collect(slices.Chunk(mixed, size))); got != want {
			t.Errorf("in any order, in batches of %d, the carts are\n%s\nwant\n%s", size, got, want)
		}
	}
}
