package main

import (
	"context"
	"errors"
	"io"
)

// traffic is what a kind of request makes the server execute, per request.
type traffic struct {
	sent     rates // commands that came over the network
	inScript rates // commands that scripts called
}

// rates are commands per request, by name.
type rates map[string]float64

func (r rates) total() (sum float64) {
	for _, n := range r {
		sum += n
	}
	return sum
}

func (c commands) per(requests int64) rates {
	r := rates{}
	for name, n := range c {
		r[name] = float64(n) / float64(requests)
	}
	return r
}

// count finds out which commands each kind of request makes the server execute,
// background work up to the shop's close included. These requests are not
// timed: being listened to slows the server down.
func (f *field) count(ctx context.Context, progress io.Writer) error {
	for kind, e := range f.all() {
		t, err := f.countOne(ctx, e, kind)
		if err != nil {
			return err
		}
		e.traffic[kind] = t
		say(progress, "counting: %-14s  %-20s %9.2f commands", requests[kind].name, e.name, t.sent.total())
	}
	return nil
}

func (f *field) countOne(ctx context.Context, e *entrant, kind int) (t traffic, err error) {
	var (
		s              sample
		before         commands
		stopMonitoring func(context.Context) (commands, error)
	)
	err = e.serving(ctx, f.srv, func(o *opened) error {
		_, err := drive(ctx, o.handler, e.visitors, kind, f.duration/warmUp, f.parallelism)
		if err != nil {
			return err
		}
		if before, err = f.srv.executed(ctx); err != nil {
			return err
		}
		if stopMonitoring, err = f.srv.monitor(ctx); err != nil {
			return err
		}
		s, err = drive(ctx, o.handler, e.visitors, kind, f.duration, f.parallelism)
		return err
	})
	if stopMonitoring == nil {
		return t, err
	}
	scripts, stopErr := stopMonitoring(ctx)
	if err = errors.Join(err, stopErr); err != nil {
		return t, err
	}
	after, err := f.srv.executed(ctx)
	if err != nil {
		return t, err
	}
	return traffic{
		sent:     after.minus(before).minus(scripts).per(s.requests),
		inScript: scripts.per(s.requests),
	}, nil
}
