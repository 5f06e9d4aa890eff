// Command shop is a small tea shop: the example that shows all of Sojourn at
// work. It serves pages for people and the same as JSON under /api/.
//
//	go run ./examples/shop
//	go run ./examples/shop -data ""
//	go run ./examples/shop -redis redis://localhost:6379
//	go run ./examples/shop report
//
// Sessions, carts and events are kept in the directory sojourn-data, which one
// shop has at a time, or where -data says; -data "" keeps them in memory. Any
// number of shops may share one Redis. Log in as ada, bob or admin with the
// password "sojourn".
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process the hard way
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

// run serves the shop until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	if len(args) > 0 && args[0] == "report" {
		return runReport(ctx, args[1:], stdout, stderr)
	}
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	news := slog.New(slog.NewTextHandler(stderr, nil))

	store, closeStore, err := openStore(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	warehouse, recorder, closeRecorders, err := openRecorders(o, stdout, log) //nolint:contextcheck // it opens at once, or not
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRecorders()) }()

	ln, err := listen(ctx, o)
	if err != nil {
		return err
	}
	defer ln.Close()

	o.sessions.Store, o.sessions.Recorder, o.sessions.Logger = store, recorder, log
	o.sessions.Cookie.DangerouslyInsecure = !o.tls() // listen has seen to it that nobody else is on the line
	s, err := newShop(o, warehouse, news)            //nolint:contextcheck // the manager works until it is closed, after ctx is done
	if err != nil {
		return err
	}
	return serve(ctx, ln, o, s, stdout)
}

// listen opens the port. Without TLS it accepts loopback addresses only: on any
// other, session cookies would cross a network unprotected.
func listen(ctx context.Context, o options) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return nil, err
	}
	if addr, ok := ln.Addr().(*net.TCPAddr); !o.tls() && (!ok || !addr.IP.IsLoopback()) {
		ln.Close()
		return nil, fmt.Errorf("plain HTTP on %s would show session cookies to the network: give -cert and -key, or a loopback -addr", ln.Addr())
	}
	return ln, nil
}

// How long the last requests and the last events are waited for.
const (
	drainRequests = 10 * time.Second
	drainEvents   = 5 * time.Second
)

// serve answers requests until ctx is done, and then finishes in order: the
// requests first, after them the sessions' background work.
func serve(ctx context.Context, ln net.Listener, o options, s *shop, stdout io.Writer) error {
	srv := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // bodies may be slow; /api/stream lifts it
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(o.sessions.Logger.Handler(), slog.LevelWarn),
	}
	srv.RegisterOnShutdown(s.endStreams)
	served := make(chan error, 1)
	scheme := "http"
	if o.tls() {
		scheme = "https"
		go func() { served <- srv.ServeTLS(ln, o.cert, o.key) }()
	} else {
		go func() { served <- srv.Serve(ln) }()
	}
	fmt.Fprintf(stdout, "listening on %s://%s\n", scheme, ln.Addr())

	campaigns := make(chan error, 1)
	go func() { campaigns <- s.campaigns.Run(ctx) }()

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainRequests)
		defer cancel()
		if srv.Shutdown(drain) != nil {
			err = srv.Close() // whoever is not done by now is cut off
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainEvents)
	defer cancel()
	return errors.Join(err, s.close(drain), <-campaigns)
}
