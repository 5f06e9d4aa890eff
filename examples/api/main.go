// Command api keeps notes for clients that hold tokens in place of a cookie.
//
//	INTROSPECT_SECRET=s3cret go run ./examples/api
//	curl $api/login -d '{"user":"ada","password":"sojourn"}'
//	curl $api/notes -H "Authorization: Bearer $access" -d '{"text":"buy milk"}'
//	curl $api/token -d grant_type=refresh_token -d refresh_token=$refresh
//	curl $api/introspect -u service:s3cret -d token=$access
//	curl $api/revoke -d token=$refresh
//
// Instances with the same -redis and -key know each other's sessions; the notes
// stay in the memory of each. It speaks plain HTTP, for a proxy with TLS before it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sojourn-go/sojourn/examples/api/setup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process the hard way
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

// run serves the API until ctx is done, and then finishes what is under way.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := setup.Open(ctx, args, stderr)
	if err != nil {
		return err
	}
	defer s.Close()
	a, err := newAPI(s.Config, os.Getenv("INTROSPECT_SECRET")) //nolint:contextcheck // the manager works until it is closed, after ctx is done
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: a.handler(), MaxHeaderBytes: 32 << 10, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(s.Listener) }()
	fmt.Fprintf(stdout, "listening on http://%v\n", s.Listener.Addr())
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, srv.Shutdown(drain), a.sessions.Close(drain))
}
