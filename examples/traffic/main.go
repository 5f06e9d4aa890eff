// Command traffic tries the tea shop's reports on visitors whose doings are known.
//
// It sends made-up visitors through a running shop, and writes down what the
// reports must say about them: the truth. It then asks the shop, and compares:
//
//	go run ./examples/shop -data "" -visit-idle 2s
//	go run ./examples/traffic -shop http://127.0.0.1:8080 -visitors 200 -visit-idle 2s -truth truth.json
//	go run ./examples/traffic check -shop http://127.0.0.1:8080 truth.json
//
// The two have to agree on when a visit ends: -visit-idle is that of the shop. Nobody
// else may use the shop meanwhile.
//
// It also replays the access logs of a web server into a warehouse, on the clock of
// the log, and shows what they come to:
//
//	go run ./examples/traffic replay -host tea.example -out analytics.db access.log.gz
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process the hard way
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "traffic:", err)
		os.Exit(1)
	}
}

// errUsage: the command line is wrong, and the user has been told.
var errUsage = errors.New("usage")

// run does what the command line says.
func run(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer, stderr *os.File) error {
	if len(args) > 0 {
		switch args[0] {
		case "check":
			return runCheck(ctx, args[1:], stdout, stderr)
		case "replay":
			return runReplay(ctx, args[1:], stdin, stdout, stderr)
		}
	}
	return runVisitors(ctx, args, stdout, stderr)
}

// parse parses a command line with the given number of arguments beside flags, at
// most.
func parse(f *flag.FlagSet, args []string, arguments int, stderr io.Writer) error {
	f.SetOutput(stderr)
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage
	case f.NArg() > arguments:
		return usage(stderr, "unexpected argument %q", f.Arg(arguments))
	}
	return nil
}

func usage(stderr io.Writer, format string, args ...any) error {
	fmt.Fprintf(stderr, format+"\n", args...)
	return errUsage
}
