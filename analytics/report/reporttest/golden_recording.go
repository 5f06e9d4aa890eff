package reporttest

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func recordingScenarios() []scenario {
	return []scenario{
		{name: "the_slice_and_the_attributes_are_the_callers", once: true, check: recordsCopies},
		{name: "asked_while_it_records", once: true, check: recordsWhileAsked},
	}
}

func recordsCopies(e *env) {
	d := tuesday()
	events := d.Visit("v1").From(analytics.Origin{Device: "mobile"}).View("10:00", "/").Cart("10:01", "mug", 1).Ends("10:31", idle).Events()
	var before []map[string]string
	for _, ev := range events {
		before = append(before, maps.Clone(ev.Attributes))
	}
	e.record(events)
	for i := range events {
		if !maps.Equal(events[i].Attributes, before[i]) {
			e.Errorf("Record changed the attributes %v to %v", before[i], events[i].Attributes)
		}
	}
	clear(events) // as a pump does that uses it again
	mobile := report.Selection{Where: where("device", report.Is, "mobile")}
	e.is("views and actions", nil, []int64{e.totals(mobile).Views, e.totals(mobile).Actions}, []int64{1, 1})
}

// recordsWhileAsked records from several goroutines, some events in two of them,
// and asks from others.
func recordsWhileAsked(e *env) {
	d := tuesday()
	var visits []*Visit
	for i := range 40 {
		n := strconv.Itoa(i)
		visits = append(visits, d.Visit("v"+n).By("s"+strconv.Itoa(i%10)).View("10:00", "/"+n).Action("10:01", "play").Ends("10:31", idle))
	}
	batches := slices.Collect(slices.Chunk(Events(visits...), 16))
	var recording, asking sync.WaitGroup
	for worker := range 4 {
		recording.Go(func() {
			for i, batch := range batches {
				if i%4 == worker || i%3 == worker {
					if err := e.w.Record(e.Context(), batch); err != nil {
						e.Errorf("Record = %v, want success", err)
					}
				}
			}
		})
	}
	done := make(chan struct{})
	for range 2 {
		asking.Go(func() {
			for {
				l, err := e.w.Ledger(e.Context())
				if err != nil || l.Received != total64(l.Stored)+total64(l.Dropped) {
					e.Errorf("while it records, the ledger is %s, %v: it does not balance", describe(l), err)
				}
				groups, err := e.w.Totals(e.Context(), report.TotalsQuery{})
				if err != nil || len(groups) != 1 || groups[0].Bounces > groups[0].Judged || groups[0].Judged > groups[0].Visits {
					e.Errorf("while it records, the totals are %s, %v", describe(groups), err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	recording.Wait()
	close(done)
	asking.Wait()
	got := e.totals(report.Selection{})
	e.is("visits, visitors, views, actions, over", nil, []int64{got.Visits, got.Visitors, got.Views, got.Actions, got.Duration.N}, []int64{40, 10, 40, 40, 40})
	l, err := e.w.Ledger(e.Context())
	e.is("events stored", err, total64(l.Stored), 160)
}
