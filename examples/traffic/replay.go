package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/terminal"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
	"github.com/sojourn-go/sojourn/examples/traffic/accesslog"
	"github.com/sojourn-go/sojourn/examples/traffic/progress"
	"github.com/sojourn-go/sojourn/examples/traffic/replay"
)

// replaying is what the command line says of a replay.
type replaying struct {
	log       string // "-" is standard input
	warehouse string // "" is memory
	host      string
	idle      time.Duration
	window    time.Duration
}

func parseReplay(args []string, stderr io.Writer) (replaying, error) {
	var r replaying
	f := flag.NewFlagSet("traffic replay", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: traffic replay [flags] access.log\nThe log may be compressed with gzip; - is standard input.")
		f.PrintDefaults()
	}
	data := f.String("data", "", "`directory` of a shop that is not at work, whose warehouse is added to")
	out := f.String("out", "", "`file` with the warehouse to make or add to (default: none is kept)")
	f.StringVar(&r.host, "host", "", "`name` of the site, whose own pages are no source of visits")
	f.DurationVar(&r.idle, "visit-idle", 30*time.Minute, "a visit ends after this time without a request")
	f.DurationVar(&r.window, "window", time.Minute, "how far lines may be out of order")
	if err := parse(f, args, 1, stderr); err != nil {
		return r, err
	}
	switch {
	case f.NArg() == 0:
		return r, usage(stderr, "the log is missing")
	case r.host == "":
		return r, usage(stderr, "-host is missing")
	case *data != "" && *out != "":
		return r, usage(stderr, "-data and -out exclude each other")
	case r.idle < time.Second || r.window < time.Second:
		return r, usage(stderr, "-visit-idle and -window are at least a second, as exactly as logs know the time")
	}
	r.log, r.warehouse = f.Arg(0), *out
	if *data != "" {
		r.warehouse = filepath.Join(*data, "analytics.db")
	}
	return r, nil
}

// runReplay replays a log and shows what it came to. What was replayed is kept, also
// if it is called off.
func runReplay(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer, stderr *os.File) (err error) {
	o, err := parseReplay(args, stderr)
	if err != nil {
		return err
	}
	log, size, err := openLog(o.log, stdin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	warehouse, err := sqlite.Open(o.warehouse, sqlite.Options{Logger: logger}) //nolint:contextcheck // it opens at once, or not
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, warehouse.Close()) }()

	bar := progress.On(stderr)
	in := &counted{r: log}
	begun := time.Now()
	result, err := replay.Run(ctx, accesslog.InOrder(accesslog.Read(in), o.window), replay.Options{
		Recorder: warehouse, Host: o.host, VisitIdle: o.idle, Logger: logger,
		Progress: func(requests int64) {
			bar.Show(in.n.Load(), size, fmt.Sprintf("%d requests, %.0f/s", requests, float64(requests)/time.Since(begun).Seconds()))
		},
	})
	bar.Clear()
	if err != nil && ctx.Err() == nil {
		return err
	}
	ended := err
	return errors.Join(summarize(context.WithoutCancel(ctx), stdout, warehouse, result), ended)
}

// openLog opens the log, and tells its size; 0 if that is not known.
func openLog(path string, stdin io.Reader) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(stdin), 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// counted counts what was read.
type counted struct {
	r io.Reader
	n atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// summarize says what became of the log, and shows the overview of its period.
func summarize(ctx context.Context, w io.Writer, warehouse report.Warehouse, r replay.Result) error {
	junk := int64(0)
	for _, n := range r.Junk {
		junk += n
	}
	fmt.Fprintf(w, "%d lines: %d requests, %d that are none\n", r.Requests+junk, r.Requests, junk)
	for _, why := range slices.SortedFunc(maps.Keys(r.Junk), func(a, b accesslog.JunkError) int {
		return cmp.Or(cmp.Compare(r.Junk[b], r.Junk[a]), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(w, "  %d × %s\n", r.Junk[why], why)
	}
	if r.Late > 0 {
		fmt.Fprintf(w, "%d requests were too far out of order, and taken as they came\n", r.Late)
	}
	if r.Requests == 0 {
		return nil
	}
	for _, why := range slices.Sorted(maps.Keys(r.Skipped)) {
		fmt.Fprintf(w, "%d pages are not counted: %s\n", r.Skipped[why], why)
	}
	overview, err := report.New(warehouse, report.Options{}).Overview(ctx, report.Request{
		Selection: report.Selection{From: r.First, To: r.Last.Add(time.Millisecond)},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	return terminal.Overview(w, overview, terminal.Options{})
}
