package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// options are the command line's.
type options struct {
	runs        int           // measurements of each request on each library
	duration    time.Duration // of each
	parallelism int           // requests under way at a time
	sessions    int           // that they are spread over
	json        bool
	cpuProfile  string
}

var errUsage = errors.New("usage")

// parseFlags returns an error of kind errUsage or flag.ErrHelp once it has
// written to out what is wrong or possible.
func parseFlags(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("peerbench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&o.runs, "runs", 9, "how often each request is measured on each library, in turns")
	flags.DurationVar(&o.duration, "duration", time.Second, "how long each measurement takes")
	flags.IntVar(&o.parallelism, "parallelism", 32, "requests under way at a time")
	flags.IntVar(&o.sessions, "sessions", 1000, "sessions on each library")
	flags.BoolVar(&o.json, "json", false, "print JSON in place of the table")
	flags.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile to this `file`; its labels library and request tell the measurements apart")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage
	}
	if fault := o.fault(flags.Args()); fault != "" {
		fmt.Fprintln(out, fault)
		flags.Usage()
		return o, errUsage
	}
	return o, nil
}

func (o *options) fault(rest []string) string {
	switch {
	case len(rest) > 0:
		return fmt.Sprintf("unexpected argument %q", rest[0])
	case o.runs < 1, o.parallelism < 1, o.sessions < 1:
		return "-runs, -parallelism and -sessions must be at least 1"
	case o.duration < time.Millisecond:
		return "-duration must be at least 1ms"
	case o.sessions < o.parallelism:
		return "-sessions must not be below -parallelism: no two requests share one"
	}
	return ""
}
