package campaign

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// The defaults and bounds of [Options].
const (
	defaultEvery       = 10 * time.Second
	minEvery           = 10 * time.Millisecond
	defaultMaxAge      = 3 * 24 * time.Hour
	defaultKeep        = 365 * 24 * time.Hour
	defaultConcurrency = 4
	maxConcurrency     = 64
)

// Options configures a [Runner]. Warehouse and Campaigns are required.
type Options struct {
	// Warehouse is asked for what has come about.
	Warehouse report.Warehouse

	// Path is the file of the outbox, which is made with mode 0600 if there is
	// none, on a disk of the machine and in a directory that exists. Several
	// processes may share it, with the same campaigns and hooks. Empty: in memory, where it ends with the runner, so
	// that the next one tells of everything again.
	Path string

	// Campaigns are what to look for, each with a name of its own.
	Campaigns []Campaign

	// Hooks are who is told. Without any, occasions are recorded and that is all.
	Hooks []Subscription

	// Every is the pause between two looks for a campaign, at least 10 ms; it is
	// longer where a look takes more than a tenth of it, so that the warehouse has
	// time for others. Default: 10 s.
	Every time.Duration

	// MaxAge is how long an occasion is worth telling of. Default: 3 days.
	MaxAge time.Duration

	// Keep is how long [Runner.Occasions] and [Runner.Stats] know of an occasion
	// that was delivered or given up; it must be longer than MaxAge. After that its
	// ID alone is kept, so that it does not come about again. Default: 365 days.
	Keep time.Duration

	// Now is the clock. Default: [time.Now].
	Now func() time.Time

	// Logger is told of failures at Warn, of what was given up at Error, and of
	// what was missed at Info. It sees names, IDs of occasions and errors, and
	// nothing of visitors. Default: nothing is logged.
	Logger *slog.Logger
}

// Subscription is a hook and what it is told of.
type Subscription struct {
	// Name is unique, and under it the outbox keeps what the hook was told of. What
	// is pending for a name that no process has any more is given up after MaxAge;
	// what came about before a name was there is not delivered under it.
	Name string

	Hook Hook

	// Campaigns names those whose occasions the hook is handed. Empty: all.
	Campaigns []string

	// Concurrency is the most calls at a time in this process, 1 to 64. Default: 4.
	Concurrency int
}

// wants reports whether the hook is handed the occasions of a campaign.
func (s *Subscription) wants(campaign string) bool {
	return len(s.Campaigns) == 0 || slices.Contains(s.Campaigns, campaign)
}

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.Keep == 0 {
		o.Keep = max(defaultKeep, 2*o.MaxAge)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Hooks = slices.Clone(o.Hooks)
	for i := range o.Hooks {
		if o.Hooks[i].Concurrency == 0 {
			o.Hooks[i].Concurrency = defaultConcurrency
		}
	}
	return o
}

// validate returns every fault of o, which has its defaults, joined.
func (o Options) validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf("campaign: "+format, args...)) }
	if o.Warehouse == nil {
		fault("Options.Warehouse is nil")
	}
	if o.Every < minEvery {
		fault("Options.Every is %v, must be at least %v", o.Every, minEvery)
	}
	if o.MaxAge < 0 {
		fault("Options.MaxAge is %v, must not be negative", o.MaxAge)
	}
	if o.Keep <= o.MaxAge {
		fault("Options.Keep is %v, must be longer than MaxAge, which is %v", o.Keep, o.MaxAge)
	}
	if len(o.Campaigns) == 0 {
		fault("Options.Campaigns is empty")
	}
	campaigns := map[string]bool{}
	for i, c := range o.Campaigns {
		if c == nil {
			fault("Options.Campaigns[%d] is nil", i)
			continue
		}
		if campaigns[c.name()] {
			fault("two campaigns are named %q", c.name())
		}
		campaigns[c.name()] = true
		for _, what := range c.faults() {
			fault("campaign %q: %s", c.name(), what)
		}
	}
	hooks := map[string]bool{}
	for i, h := range o.Hooks {
		switch {
		case h.Name == "":
			fault("Options.Hooks[%d] has no name", i)
		case hooks[h.Name]:
			fault("two hooks are named %q", h.Name)
		}
		hooks[h.Name] = true
		if h.Hook == nil {
			fault("hook %q is nil", h.Name)
		}
		if h.Concurrency < 1 || h.Concurrency > maxConcurrency {
			fault("hook %q: Concurrency is %d, must be 1 to %d", h.Name, h.Concurrency, maxConcurrency)
		}
		for _, name := range h.Campaigns {
			if !campaigns[name] {
				fault("hook %q: there is no campaign %q", h.Name, name)
			}
		}
	}
	return errors.Join(errs...)
}
