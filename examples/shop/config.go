package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// options is what the command line says.
type options struct {
	addr, cert, key string
	redis, data     string
	warehouse       string
	events          string
	webhook         string
	abandon         time.Duration
	sessions        middleware.Config // the limits; 0 means the library's default
}

func (o *options) tls() bool { return o.cert != "" }

// Where the shop keeps what it has to keep, unless told otherwise.
const (
	defaultData   = "sojourn-data"
	warehouseFile = "analytics.db"
)

// errUsage: the command line is wrong, and the user has been told.
var errUsage = errors.New("usage")

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	c := &o.sessions
	f := flag.NewFlagSet("shop", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on; port 0 picks a free one")
	f.StringVar(&o.cert, "cert", "", "`file` with the TLS certificate")
	f.StringVar(&o.key, "key", "", "`file` with the TLS key")
	f.StringVar(&o.redis, "redis", "", "`URL` of the Redis that keeps the sessions; several, comma-separated, of a cluster")
	f.StringVar(&o.data, "data", defaultData, "`directory` that keeps the sessions, if no Redis does; it is made if need be, and one shop has it at a time; \"\" keeps them in memory")
	f.StringVar(&o.warehouse, "analytics", "", "`file` that keeps what reports are made of (default: analytics.db in -data; in memory if -data is \"\")")
	f.StringVar(&o.events, "events", "", "`file` to append events to as JSON lines; - is standard output")
	f.StringVar(&o.webhook, "webhook", "", "`URL` that is told of abandoned carts, badges and the like; its secret is in SHOP_WEBHOOK_SECRET")
	f.DurationVar(&o.abandon, "abandon", time.Hour, "a cart is abandoned after this time without a request")
	visits := f.String("visits", "navigation", "visits are followed for `whom`: navigation, everybody whose browser opens a page; session, those who have a session anyway")
	f.DurationVar(&c.LoginIdle, "login-idle", 0, "a login ends after this time without a request (default 1h)")
	f.DurationVar(&c.LoginMax, "login-max", 0, "and this long after it began (default 24h)")
	f.DurationVar(&c.VisitIdle, "visit-idle", 0, "a visit ends after this time without a request (default 30m)")
	f.DurationVar(&c.SessionIdle, "session-idle", 0, "a session, with its cart, ends after this time without a request (default 720h)")
	f.DurationVar(&c.RotateEvery, "rotate", 0, "the secret in the cookie is replaced after this time (default 1h)")
	f.DurationVar(&c.RotateGrace, "grace", 0, "and stays good this long once the new one was used (default 30s)")
	f.IntVar(&c.MaxLogins, "max-logins", 0, "one user's logins; one more ends the oldest (default 1000)")
	c.LoginPolicy = sessionstore.EvictOldest

	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil:
		return o, errUsage
	case f.NArg() > 0:
		fmt.Fprintf(stderr, "unexpected argument %q\n", f.Arg(0))
		return o, errUsage
	case o.abandon <= 0:
		fmt.Fprintln(stderr, "-abandon must be positive")
		return o, errUsage
	case *visits != "navigation" && *visits != "session":
		fmt.Fprintf(stderr, "-visits is navigation or session, not %q\n", *visits)
		return o, errUsage
	case (o.cert == "") != (o.key == ""):
		fmt.Fprintln(stderr, "-cert and -key belong together")
		return o, errUsage
	}
	if *visits == "navigation" {
		c.Visits = middleware.NavigationVisits
	}
	if o.warehouse == "" && o.data != "" {
		o.warehouse = filepath.Join(o.data, warehouseFile)
	}
	return o, nil
}
