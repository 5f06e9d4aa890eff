package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/check"
	"github.com/sojourn-go/sojourn/examples/traffic/drive"
	"github.com/sojourn-go/sojourn/examples/traffic/plan"
	"github.com/sojourn-go/sojourn/examples/traffic/progress"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// campaign is what the command line says of a run.
type campaign struct {
	shop     *url.URL
	visitors int
	seed     uint64
	truth    string
	drive    drive.Options
}

func parseVisitors(args []string, stderr io.Writer) (campaign, error) {
	var c campaign
	o := &c.drive
	f := flag.NewFlagSet("traffic", flag.ContinueOnError)
	shop := f.String("shop", "http://127.0.0.1:8080", "`address` of the shop")
	anyHost := f.Bool("dangerously-any-host", false, "send made-up visitors to a shop on another machine, too")
	f.IntVar(&c.visitors, "visitors", 200, "how many `visitors` there are")
	f.Uint64Var(&c.seed, "seed", 1, "the same `seed` makes the same visitors")
	f.StringVar(&c.truth, "truth", "", "`file` to write to what reports must say; - is standard output")
	f.Float64Var(&o.Rate, "rate", 50, "requests a `second`, at most")
	f.DurationVar(&o.VisitIdle, "visit-idle", 30*time.Minute, "that of the shop; from 1s to 30m")
	f.Float64Var(&o.Think, "think", 0, "`factor` for the time that people think, 1 s to 2 min (default: 1, or less for a short -visit-idle)")
	f.DurationVar(&o.For, "for", time.Hour, "stop after this time, whoever is still there")
	if err := parse(f, args, 0, stderr); err != nil {
		return c, err
	}
	var err error
	if c.shop, err = target(*shop, *anyHost); err != nil {
		return c, usage(stderr, "%v", err)
	}
	if c.visitors < 1 || c.visitors > 1_000_000 {
		return c, usage(stderr, "-visitors is from 1 to 1,000,000")
	}
	o.Think = cmp.Or(o.Think, drive.DefaultThink(o.VisitIdle))
	return c, nil
}

// runVisitors sends visitors through the shop. It writes the truth also if it is
// called off.
func runVisitors(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) error {
	c, err := parseVisitors(args, stderr)
	if err != nil {
		return err
	}
	var before map[string]int64
	if c.truth != "" {
		if before, err = check.Skipped(ctx, c.shop); err != nil {
			return err
		}
	}
	bar := progress.On(stderr)
	begun := time.Now()
	c.drive.Shop, c.drive.Visitors = c.shop, plan.New(c.seed, c.visitors)
	c.drive.Progress = func(p drive.Progress) {
		bar.Show(p.Done, p.Steps, fmt.Sprintf("%d/%d steps, %.0f requests/s, %d errors",
			p.Done, p.Steps, float64(p.Requests)/time.Since(begun).Seconds(), p.Errors))
	}
	result, err := drive.Run(ctx, c.drive)
	bar.Clear()
	if err != nil {
		return err
	}
	t := truth.Of(result.Journals)
	t.Shop, t.Seed, t.VisitIdle, t.SkippedBefore = c.shop.String(), c.seed, c.drive.VisitIdle, before
	t.From, t.To, t.Requests, t.Complete = result.From, result.To, result.Requests, result.Complete
	if err := writeTruth(c.truth, t, stdout); err != nil {
		return err
	}
	if c.truth != "-" {
		tell(stdout, t, result.Faults)
	}
	return nil
}

// tell says in a few lines what was done.
func tell(w io.Writer, t truth.Truth, faults map[string]int64) {
	fmt.Fprintf(w, "%d visits of %d visitors: %d views, %d actions, %d purchases; %d requests in %v\n",
		t.Visits, t.Visitors, t.Views, t.Actions, t.Purchases, t.Requests, t.To.Sub(t.From).Round(time.Second))
	if !t.Complete {
		fmt.Fprintln(w, "not all was done that was planned")
	}
	for _, what := range slices.Sorted(maps.Keys(faults)) {
		fmt.Fprintf(w, "%d × %s\n", faults[what], what)
	}
	if t.Unsure > 0 {
		fmt.Fprintf(w, "of %d requests it is not known what the shop made of them: numbers may differ\n", t.Unsure)
	}
}

// writeTruth writes to a file, to standard output or nowhere.
func writeTruth(path string, t truth.Truth, stdout io.Writer) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the truth: %w", err)
	}
	text = append(text, '\n')
	switch path {
	case "":
		return nil
	case "-":
		_, err = stdout.Write(text)
	default:
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the truth: %w", err)
	}
	return nil
}
