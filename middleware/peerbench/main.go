// Command peerbench runs the same little shop on scs with goredisstore, on
// gorilla/sessions with boj/redistore and on Sojourn, and prints one table: what
// a request costs on each, and what becomes of state and logins when requests
// overlap. It starts one redis-server for itself, and ends it.
//
//	go run .              the table, in about three minutes
//	go run . -json        the same for machines
//	go run . -h           what can be changed
//
// It is a module of its own, so that what the others need is not needed by
// users of Sojourn. A target that is missed is printed as missed; the exit status
// tells only of what must never happen: it is 1 if Sojourn loses state, revives
// an end or does not report one.
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
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "peerbench:", err)
		os.Exit(1)
	}
}

var errBroken = errors.New("a promise of Sojourn is broken: see the rows that say so")

// run is the whole program.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	stopProfile, err := startProfile(o.cpuProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopProfile()) }()

	res, err := bench(ctx, o, stderr)
	if err != nil {
		return err
	}
	if o.json {
		err = res.writeJSON(stdout)
	} else {
		err = res.writeTable(stdout)
	}
	if err == nil && res.broken() {
		err = errBroken
	}
	return err
}

// bench starts a server and takes all measurements on it.
func bench(ctx context.Context, o options, progress io.Writer) (res *results, err error) {
	srv, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, srv.close()) }()

	res = &results{Setting: settingOf(o, srv)}
	if res.Checks, err = runChecks(ctx, srv, progress); err != nil {
		return nil, err
	}
	field, err := enter(ctx, srv, o)
	if err != nil {
		return nil, err
	}
	if err := field.count(ctx, progress); err != nil {
		return nil, err
	}
	if err := field.time(ctx, progress); err != nil {
		return nil, err
	}
	if err := field.verify(ctx); err != nil {
		return nil, err
	}
	res.judge(field)
	return res, nil
}
