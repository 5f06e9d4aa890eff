package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Config configures [New]. Only Store is required; the zero value of every
// other field is a safe default. A zero duration or number means the default
// that its comment names.
type Config struct {
	_ [0]func() // fields are named, and configurations are not compared

	Store sessionstore.Store

	// Recorder receives every event, at least once, in the background. Several
	// recorders go into an [analytics.Fanout]. Nil: events stay in the feed.
	Recorder analytics.Recorder

	Cookie Cookie

	// Tokens configures access and refresh tokens, for clients that hold no
	// cookie. Nil: there are none.
	Tokens *TokenOptions

	// A session, with its values and cart, ends after SessionIdle without a
	// request (default 30 days), and SessionMax after it began (default: never).
	SessionIdle time.Duration
	SessionMax  time.Duration

	// A login ends after LoginIdle without a request (default 1 h) and LoginMax
	// after it began (default 24 h): AAL2 in NIST SP 800-63B-4 §2.2.3. See
	// ASVS 7.3.1 and 7.3.2.
	LoginIdle time.Duration
	LoginMax  time.Duration

	// A visit ends after VisitIdle without a request (default 30 min) and
	// VisitMax after it began (default 24 h).
	VisitIdle time.Duration
	VisitMax  time.Duration

	// Visits says whose visits are known. Default: [SessionVisits].
	Visits VisitPolicy

	// RotateEvery is how long a secret serves before the next request is given
	// a new one (default 1 h). RotateGrace is how long the one before stays good
	// once the new one was seen (default 30 s), for requests that were on their
	// way; a secret is not replaced during that time.
	RotateEvery time.Duration
	RotateGrace time.Duration

	// MaxLogins bounds the logins of one user (default: 1000, the oldest gives
	// way). LoginPolicy says what happens beyond it. See ASVS 7.1.2.
	MaxLogins   int
	LoginPolicy sessionstore.LoginPolicy

	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	// Default: none, the client is whoever connects.
	TrustedProxies []netip.Prefix

	// CrossOrigin decides which requests from other origins are refused with
	// 403. Default: [http.NewCrossOriginProtection], which refuses everything
	// but GET, HEAD and OPTIONS. See ASVS 3.5.1.
	CrossOrigin *http.CrossOriginProtection

	// DangerouslyAllowCrossOrigin turns that protection off.
	DangerouslyAllowCrossOrigin bool

	// OnOutage says what becomes of a request whose session cannot be loaded.
	// Default: [Refuse] for all.
	OnOutage func(*http.Request) Outage

	// OnError answers a request that cannot be served: no login where one is
	// needed, the store out of reach, a credential superseded meanwhile.
	// [StatusOf] tells the fitting status. Default: that status as plain text.
	// Nothing of a response has been written when it is called.
	OnError func(w http.ResponseWriter, r *http.Request, err error)

	// Logger receives what no request can be told. Default: nowhere.
	Logger *slog.Logger
}

// Outage is what becomes of a request whose session cannot be loaded because
// the store fails.
type Outage int

const (
	// Refuse answers 503 with Retry-After.
	Refuse Outage = iota
	// Continue lets the handler run without knowing of a session: [Manager.Current]
	// reports none, whatever writes or needs a login fails with [ErrUnavailable].
	// For pages that look the same to everybody.
	Continue
)

// withDefaults returns the configuration that is in force, or all its faults.
func (c Config) withDefaults() (Config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("middleware: "+format, args...)) }
	if c.Store == nil {
		fault("Config.Store is missing")
	}
	for _, d := range []struct {
		name    string
		value   *time.Duration
		missing time.Duration
	}{
		{"SessionIdle", &c.SessionIdle, 30 * 24 * time.Hour},
		{"SessionMax", &c.SessionMax, 0},
		{"LoginIdle", &c.LoginIdle, time.Hour},
		{"LoginMax", &c.LoginMax, 24 * time.Hour},
		{"VisitIdle", &c.VisitIdle, 30 * time.Minute},
		{"VisitMax", &c.VisitMax, 24 * time.Hour},
		{"RotateEvery", &c.RotateEvery, time.Hour},
		{"RotateGrace", &c.RotateGrace, 30 * time.Second},
	} {
		switch {
		case *d.value < 0:
			fault("Config.%s is negative", d.name)
		case *d.value == 0:
			*d.value = d.missing
		case *d.value < time.Millisecond:
			fault("Config.%s is below the clock's precision of 1 ms", d.name)
		}
	}
	if c.MaxLogins < 0 {
		fault("Config.MaxLogins is negative")
	}
	switch c.LoginPolicy {
	case sessionstore.DenyNew, sessionstore.EvictOldest, sessionstore.EvictIdle:
	default:
		fault("Config.LoginPolicy is unknown")
	}
	switch c.Visits {
	case SessionVisits, NavigationVisits:
	default:
		fault("Config.Visits is unknown")
	}
	for _, p := range c.TrustedProxies {
		if !p.IsValid() || p.Addr().Is4In6() {
			fault("Config.TrustedProxies: %v is not an IPv4 or IPv6 prefix", p)
		}
	}
	switch {
	case c.DangerouslyAllowCrossOrigin && c.CrossOrigin != nil:
		fault("Config.CrossOrigin and Config.DangerouslyAllowCrossOrigin exclude each other")
	case c.CrossOrigin == nil && !c.DangerouslyAllowCrossOrigin:
		c.CrossOrigin = http.NewCrossOriginProtection()
	}
	if c.OnOutage == nil {
		c.OnOutage = func(*http.Request) Outage { return Refuse }
	}
	if c.OnError == nil {
		c.OnError = plainError
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, errors.Join(faults...)
}

// shortestIdle is the idle limit that the precision of clocks must suit.
func (c Config) shortestIdle() time.Duration {
	return min(c.SessionIdle, c.LoginIdle, c.VisitIdle)
}
