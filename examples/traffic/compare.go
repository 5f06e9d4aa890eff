package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/check"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// comparison is what the command line says of a check.
type comparison struct {
	shop  *url.URL
	truth truth.Truth
	wait  time.Duration
	all   bool
}

func parseCheck(args []string, stderr io.Writer) (comparison, error) {
	var c comparison
	f := flag.NewFlagSet("traffic check", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: traffic check [flags] truth.json")
		f.PrintDefaults()
	}
	shop := f.String("shop", "", "`address` of the shop (default: that of the truth)")
	anyHost := f.Bool("dangerously-any-host", false, "ask a shop on another machine, too")
	f.DurationVar(&c.wait, "wait", 0, "until the visits are over, at most (default: their idle time and a minute)")
	f.BoolVar(&c.all, "all", true, "show the numbers that agree, too")
	if err := parse(f, args, 1, stderr); err != nil {
		return c, err
	}
	if f.NArg() == 0 {
		return c, usage(stderr, "the file with the truth is missing")
	}
	text, err := os.ReadFile(f.Arg(0))
	if err == nil {
		err = json.Unmarshal(text, &c.truth)
	}
	if err != nil {
		return c, fmt.Errorf("reading the truth: %w", err)
	}
	if c.shop, err = target(cmp.Or(*shop, c.truth.Shop), *anyHost); err != nil {
		return c, usage(stderr, "%v", err)
	}
	c.wait = cmp.Or(c.wait, c.truth.VisitIdle+time.Minute)
	return c, nil
}

// runCheck compares the reports of a shop with a truth. It fails if they differ.
func runCheck(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parseCheck(args, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	rows, err := check.Compare(ctx, c.shop, c.truth)
	if err != nil {
		return err
	}
	if err := check.Write(stdout, rows, c.all); err != nil {
		return err
	}
	if c.truth.Unsure > 0 {
		fmt.Fprintf(stdout, "of %d requests it is not known what the shop made of them: numbers may differ\n", c.truth.Unsure)
	}
	if n := check.Differing(rows); n > 0 {
		return fmt.Errorf("%d of %d numbers differ", n, len(rows))
	}
	fmt.Fprintf(stdout, "all %d numbers agree\n", len(rows))
	return nil
}
