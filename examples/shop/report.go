package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/terminal"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// tabled is a report that has a form in rows and columns.
type tabled interface{ Table() report.Table }

// shopFunnel is the way to an order.
var shopFunnel = []report.Step{
	{Page: "/"}, {Page: "/tea/*"}, {Action: "cart.changed"}, {Page: "/cart"}, {Action: "checkout.completed"},
}

// reports are what the command "shop report NAME" prints.
var reports = map[string]func(context.Context, *report.Reports, report.Request) (tabled, error){
	"overview": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Overview(ctx, req)
	},
	"sources": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Breakdown(ctx, req, report.BreakdownOptions{By: []report.Dimension{report.ByChannel, report.BySource}, Limit: 25})
	},
	"pages": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Pages(ctx, req, report.PagesOptions{Limit: 25})
	},
	"actions": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Actions(ctx, req, report.ActionsOptions{Limit: 25})
	},
	"hours": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.PeakHours(ctx, req)
	},
	"funnel": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Funnel(ctx, req, report.FunnelOptions{Steps: shopFunnel})
	},
	"paths": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Paths(ctx, req, report.PathsOptions{Length: 4, Limit: 25})
	},
	"retention": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Retention(ctx, req, report.RetentionOptions{})
	},
	"carts": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Carts(ctx, req, report.CartsOptions{Limit: 25})
	},
	"experiment": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Experiment(ctx, req, report.ExperimentOptions{Name: orderButtonName})
	},
	"logins": func(ctx context.Context, r *report.Reports, req report.Request) (tabled, error) {
		return r.Lifecycle(ctx, req)
	},
	"live":   func(ctx context.Context, r *report.Reports, _ report.Request) (tabled, error) { return r.Live(ctx) },
	"ledger": func(ctx context.Context, r *report.Reports, _ report.Request) (tabled, error) { return r.Ledger(ctx) },
}

// reportOptions is what the command line of "shop report" says.
type reportOptions struct {
	name, file, format string
	request            report.Request
	look               terminal.Options
}

// runReport prints one report, also while a shop is at work on the same file.
func runReport(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseReportFlags(args, stderr)
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.file); err != nil {
		return fmt.Errorf("there is nothing to report yet: %w", err)
	}
	warehouse, err := sqlite.Open(o.file, sqlite.Options{ReadOnly: true}) //nolint:contextcheck // it opens at once, or not
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, warehouse.Close()) }()
	answer, err := reports[o.name](ctx, report.New(warehouse, report.Options{}), o.request)
	if err != nil {
		return err
	}
	switch overview, ok := answer.(*report.Overview); {
	case o.format == "json":
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(answer)
	case o.format == "csv":
		return report.WriteCSV(stdout, answer.Table())
	case ok:
		return terminal.Overview(stdout, overview, o.look)
	}
	return terminal.Table(stdout, answer.Table(), o.look)
}

func parseReportFlags(args []string, stderr io.Writer) (reportOptions, error) {
	o := reportOptions{name: "overview"}
	names := slices.Sorted(maps.Keys(reports))
	f := flag.NewFlagSet("shop report", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintf(stderr, "usage: shop report [flags] [%s]\n", strings.Join(names, "|"))
		f.PrintDefaults()
	}
	data := f.String("data", defaultData, "`directory` that the shop keeps its data in")
	f.StringVar(&o.file, "analytics", "", "`file` that the shop was given with -analytics (default: analytics.db in -data)")
	period := f.String("period", "last 30 days", "`what` the report is about: today, yesterday, last N days, this month, last month")
	where := f.String("where", "", "`condition` on the visits, such as: source is Google and device is mobile")
	goal := f.String("goal", "action:checkout.completed", "what a visit is to reach: page:PATH, screen:NAME, action:NAME")
	zone := f.String("tz", "Local", "time `zone` of days and hours, such as Europe/Berlin")
	compare := f.String("compare", "", "compare with: previous, week, year")
	f.StringVar(&o.format, "format", "text", "text, csv or json")
	f.IntVar(&o.look.Width, "width", 80, "columns of the terminal")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil:
		return o, errUsage
	}

	var faults []error
	if name := f.Arg(0); name != "" {
		o.name = name
	}
	if _, ok := reports[o.name]; !ok || f.NArg() > 1 {
		faults = append(faults, fmt.Errorf("want one report of %s", strings.Join(names, ", ")))
	}
	if !slices.Contains([]string{"text", "csv", "json"}, o.format) {
		faults = append(faults, fmt.Errorf("-format is text, csv or json, not %q", o.format))
	}
	if !slices.Contains([]string{"", "previous", "week", "year"}, *compare) {
		faults = append(faults, fmt.Errorf("-compare is previous, week or year, not %q", *compare))
	}
	o.file = cmp.Or(o.file, filepath.Join(*data, warehouseFile))
	o.look.Color = isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == ""
	r, err := requestOf(*period, *where, *goal, *zone)
	r.Compare = report.Comparison(*compare)
	o.request = r
	if err := errors.Join(append(faults, err)...); err != nil {
		fmt.Fprintln(stderr, err)
		return o, errUsage
	}
	return o, nil
}

// requestOf puts the parts of a request together, and reports all faults.
func requestOf(period, where, goal, zone string) (report.Request, error) {
	var r report.Request
	location, zoneErr := time.LoadLocation(zone)
	r.Location = location
	var periodErr, whereErr, goalErr error
	r.From, r.To, periodErr = report.Period(period, time.Now(), location)
	if where != "" {
		r.Where, whereErr = report.ParseFilter(where)
	}
	if goal != "" {
		var step report.Step
		step, goalErr = report.ParseStep(goal)
		r.Goal = &step
	}
	return r, errors.Join(zoneErr, periodErr, whereErr, goalErr)
}

// isTerminal reports whether somebody is looking.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
