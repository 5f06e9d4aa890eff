package reporttest

import (
	"math"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

func ledgerScenarios() []scenario {
	d := tuesday()
	count := func(e *env, what string, want report.Ledger) {
		got, err := e.w.Ledger(e.Context())
		e.is(what, err, got, want)
	}
	visit := d.Visit("v1").View("10:00", "/").Engaged("10:01", time.Second).Action("10:02", "play").Expose("10:02", "button", "blue").Ends("10:32", idle)
	complete := visit.Events()
	return []scenario{{
		name:   "every_event_is_stored_or_dropped_for_a_reason",
		events: complete,
		once:   true,
		check: func(e *env) {
			want := report.Ledger{
				Received: 6,
				Stored: map[analytics.Type]int64{
					analytics.VisitStarted: 1, analytics.PageViewed: 1, analytics.PageEngaged: 1,
					analytics.ActionTaken: 1, analytics.ExperimentExposed: 1, analytics.VisitEnded: 1,
				},
				Dropped: map[report.Drop]int64{},
				Newest:  d.At("10:32"),
			}
			count(e, "ledger", want)

			e.record(complete)
			e.record(nil)
			want.Received, want.Dropped[report.DropDuplicate] = 12, 6
			count(e, "ledger after all of it again", want)

			timeless := d.happened("11:00", analytics.SessionStarted, "s2")
			timeless.Time = time.Time{}
			e.record([]analytics.Event{
				timeless,
				d.happened("11:00", analytics.SessionStarted, ""),
				d.happened("11:00", analytics.VisitStarted, "s2"), // without the visit's ID
				d.happened("11:00", analytics.PageViewed, "", inVisit("v1"), having(map[string]string{"view": "x", "path": "/"})),
			})
			want.Received, want.Dropped[report.DropInvalid] = 16, 4
			count(e, "ledger after events that lack something", want)

			e.record([]analytics.Event{
				d.happened("11:00", analytics.PageViewed, "s2", having(map[string]string{"view": "x", "path": "/"})),
				d.happened("11:00", analytics.ActionTaken, "s2", having(map[string]string{"action": "play"})),
				d.happened("11:00", analytics.ExperimentExposed, "s2", having(map[string]string{"experiment": "button", "variant": "blue"})),
			})
			want.Received, want.Dropped[report.DropOutside] = 19, 3
			count(e, "ledger after events outside of visits", want)

			e.record([]analytics.Event{d.happened("11:00", "page.folded", "s2"), d.happened("11:00", "", "s2")})
			want.Received, want.Dropped[report.DropUnknown] = 21, 2
			count(e, "ledger after unknown events", want)

			e.record([]analytics.Event{Day("1970-01-02", "UTC").happened("11:00", analytics.SessionStarted, "s0")})
			want.Received, want.Dropped[report.DropExpired] = 22, 1
			count(e, "ledger after an event of long ago", want)
		},
	}, {
		name:   "moments_that_cannot_be_are_no_moments",
		events: complete,
		once:   true,
		check: func(e *env) {
			var odd []analytics.Event
			for i, at := range []time.Time{time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.UnixMilli(math.MaxInt64), time.Unix(-1, 0)} {
				started := d.happened("11:00", analytics.SessionStarted, "s"+strconv.Itoa(i))
				started.Time = at
				odd = append(odd, started)
			}
			start, late := strconv.FormatInt(d.At("10:00").UnixMilli(), 10), strconv.FormatInt(d.Plus(2).At("11:00").UnixMilli(), 10)
			for i, told := range []map[string]string{
				{"start": start, "last": "9223372036854775807"},
				{"start": "-9223372036854775808", "last": start},
				{"start": start, "last": late},
				{"start": start, "last": "soon"},
				{"start": "soon", "last": start},
				{"start": late, "last": late},
				{"start": "-1"},
			} {
				odd = append(odd, d.happened("11:00", analytics.VisitEnded, "s2", inVisit("odd"+strconv.Itoa(i)), having(told)))
			}
			e.record(odd)
			want := report.Ledger{
				Received: 6 + int64(len(odd)),
				Stored: map[analytics.Type]int64{
					analytics.VisitStarted: 1, analytics.PageViewed: 1, analytics.PageEngaged: 1,
					analytics.ActionTaken: 1, analytics.ExperimentExposed: 1, analytics.VisitEnded: 1,
				},
				Dropped: map[report.Drop]int64{report.DropInvalid: int64(len(odd))},
				Newest:  d.At("10:32"),
			}
			count(e, "ledger", want)
			hours, err := e.w.Hours(e.Context(), report.HoursQuery{})
			e.is("number of hours", err, len(hours), 1)
		},
	}, {
		name: "a_purchase_of_more_than_there_is_makes_no_sum_wrong",
		events: Events(
			d.Visit("v1").Purchase("10:00", "o1", 1_000_000_000_000_000, "EUR"),
			d.Visit("v2").Purchase("10:00", "o2", 1_000_000_000_000_001, "EUR").Purchase("10:00", "o3", math.MaxInt64, "EUR").
				Purchase("10:00", "o4", math.MinInt64, "EUR"),
		),
		check: func(e *env) {
			l, err := e.w.Ledger(e.Context())
			e.is("purchases stored", err, l.Stored[analytics.ActionTaken], int64(1))
			e.is("revenue", nil, e.totals(report.Selection{}).Revenue, map[string]int64{"EUR": 1_000_000_000_000_000})
		},
	}, {
		name: "what_never_came",
		events: []analytics.Event{
			d.happened("10:00", analytics.FeedGap, "", having(map[string]string{"lost": "7"})),
			d.happened("10:01", analytics.FeedGap, "", having(map[string]string{"lost": "2"})),
			d.happened("10:02", analytics.PageSkipped, "", having(map[string]string{"reason": "prefetch", "count": "3"})),
			d.happened("10:03", analytics.PageSkipped, "", having(map[string]string{"reason": "prefetch", "count": "2"})),
			d.happened("10:04", analytics.PageSkipped, "", having(map[string]string{"reason": "consent", "count": "1"})),
			d.happened("10:05", analytics.SessionStarted, "s1"),
			d.happened("10:06", analytics.CredentialRotated, "s1"),
			d.happened("10:07", analytics.StateConflicted, "s1"),
		},
		check: func(e *env) {
			got, err := e.w.Ledger(e.Context())
			got.Received, got.Dropped = 0, nil
			e.is("ledger", err, got, report.Ledger{
				Stored: map[analytics.Type]int64{
					analytics.FeedGap: 2, analytics.PageSkipped: 3, analytics.SessionStarted: 1, analytics.CredentialRotated: 1, analytics.StateConflicted: 1,
				},
				Lost: 9, Skipped: map[string]int64{"prefetch": 5, "consent": 1}, Newest: d.At("10:07"),
			})
			e.is("totals", nil, e.totals(report.Selection{}), report.Totals{})
		},
	}}
}
