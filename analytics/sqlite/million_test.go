package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// BenchmarkMillion loads as many visits as SOJOURN_VISITS says and asks about all of
// them. It prints a table, and asserts no time.
func BenchmarkMillion(b *testing.B) {
	visits := 20_000
	if s := os.Getenv("SOJOURN_VISITS"); s != "" {
		var err error
		if visits, err = strconv.Atoi(s); err != nil {
			b.Fatalf("SOJOURN_VISITS: %v", err)
		}
	}
	for _, size := range []int{256, 1000, 10_000} {
		b.Run("batch="+strconv.Itoa(size), func(b *testing.B) {
			for range b.N {
				million(b, visits, size)
			}
		})
	}
}

func million(b *testing.B, visits, size int) {
	path := newFile(b)
	w := open(b, path, sqlite.Options{})
	events, recording := load(b, w, visits, size)
	packing := took(func() {
		if err := w.Pack(b.Context()); err != nil {
			b.Fatal(err)
		}
	})
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	rate := float64(events) / (recording + packing).Seconds()
	b.ReportMetric(rate, "events/s")
	b.ReportMetric(float64(info.Size()), "bytes")
	b.ReportMetric(0, "ns/op")

	var table strings.Builder
	fmt.Fprintf(&table, "%d visits, %d events in batches of %d: recorded in %v, the rest packed in %v, %.0f events/s; %.0f MB",
		visits, events, size, recording.Round(time.Millisecond), packing.Round(time.Millisecond), rate, float64(info.Size())/1e6)
	w = open(b, path, sqlite.Options{})
	ask(b, w, &table)
	afterEvent(b, w, &table)
	b.Log(table.String())
}

// load records the traffic and returns how long that took, without making the events.
func load(b *testing.B, w *sqlite.Warehouse, visits, size int) (events int, recording time.Duration) {
	for batch := range batches(visits, size) {
		events += len(batch)
		recording += took(func() {
			if err := w.Record(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		})
	}
	return events, recording
}

func took(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

// overview asks for all visits; the first question meets a cold cache.
func overview() []question {
	by := func(d ...report.Dimension) func(context.Context, *sqlite.Warehouse) (int, error) {
		return func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			rows, err := w.Totals(ctx, report.TotalsQuery{By: d, Quantiles: []float64{0.5, 0.95}})
			return len(rows), err
		}
	}
	steps := []report.Step{{Page: "/shop/1"}, {Page: "/shop/*"}, {Action: "cart.changed"}, {Action: "purchase"}}
	return []question{
		{"totals, cold", by()},
		{"totals", by()},
		{"totals by day", by(report.ByDay)},
		{"totals by source", by(report.BySource)},
		{"totals by channel", by(report.ByChannel)},
		{"totals by device", by(report.ByDevice)},
		{"totals by entry", by(report.ByEntry)},
		{"hours", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Hours(ctx, report.HoursQuery{}))
		}},
		{"pages", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Pages(ctx, report.PagesQuery{Kind: report.ByPath, Quantiles: []float64{0.5}}))
		}},
		{"actions", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Actions(ctx, report.ActionsQuery{}))
		}},
		{"funnel", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Funnel(ctx, report.FunnelQuery{Steps: steps}))
		}},
		{"cohorts", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Cohorts(ctx, report.CohortsQuery{Every: report.ByWeek, Periods: 12}))
		}},
		{"carts", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			carts, err := w.Carts(ctx, report.CartsQuery{Limit: 50})
			return len(carts.List), err
		}},
		{"carts of mobiles", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			mobile := report.Filter{Field: report.Field(report.ByDevice), Op: report.Is, Values: []string{"mobile"}}
			carts, err := w.Carts(ctx, report.CartsQuery{Selection: report.Selection{Where: mobile}, Limit: 50})
			return len(carts.List), err
		}},
		{"lifecycle", func(ctx context.Context, w *sqlite.Warehouse) (int, error) {
			return rows(w.Lifecycle(ctx, report.LifecycleQuery{}))
		}},
	}
}

type question struct {
	name string
	ask  func(context.Context, *sqlite.Warehouse) (int, error)
}

func rows[T any](list []T, err error) (int, error) { return len(list), err }

// ask asks each question five times and returns the middle of how long it took.
func ask(b *testing.B, w *sqlite.Warehouse, table *strings.Builder) {
	for i, q := range overview() {
		var times []time.Duration
		var n int
		for range 5 {
			times = append(times, took(func() {
				var err error
				if n, err = q.ask(b.Context(), w); err != nil {
					b.Fatal(err)
				}
			}))
			if i == 0 {
				break // the others are not cold
			}
		}
		slices.Sort(times)
		line(table, i, q.name, n, times[len(times)/2])
	}
}

// line adds to the table, which has to be low: the testing package shows ten lines.
func line(table *strings.Builder, i int, name string, rows int, took time.Duration) {
	if i%3 == 0 {
		table.WriteString("\n")
	}
	fmt.Fprintf(table, "%-19s %5d rows %7.1f ms   ", name, rows, took.Seconds()*1000)
}

// afterEvent asks right after an event of a visit that is under way.
func afterEvent(b *testing.B, w *sqlite.Warehouse, table *strings.Builder) {
	e := analytics.Event{ID: "0-0-0", Type: analytics.VisitStarted, Time: trafficEnds, Session: id(1, 16), Visit: "late"}
	if err := w.Record(b.Context(), []analytics.Event{e}); err != nil {
		b.Fatal(err)
	}
	line(table, 0, "live after an event", 1, took(func() {
		if _, err := w.Live(b.Context(), trafficEnds); err != nil {
			b.Fatal(err)
		}
	}))
	line(table, 1, "totals after that", 1, took(func() {
		if _, err := w.Totals(b.Context(), report.TotalsQuery{}); err != nil {
			b.Fatal(err)
		}
	}))
}
