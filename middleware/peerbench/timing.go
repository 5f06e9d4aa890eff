package main

import (
	"context"
	"io"
)

// warmUp is the part of a measurement's duration that goes before it.
const warmUp = 5

// time takes the measurements: of each kind of request one on each entrant, as
// often as there are to be runs.
func (f *field) time(ctx context.Context, progress io.Writer) error {
	for run := range f.runs {
		for kind, e := range f.all() {
			var err error
			labelled(ctx, e.name, requests[kind].name, func(ctx context.Context) {
				err = f.timeOne(ctx, e, kind)
			})
			if err != nil {
				return err
			}
			say(progress, "run %d of %d: %-14s  %-20s %9.0f ns/op", run+1, f.runs, requests[kind].name, e.name, e.samples[kind][run].nsPerOp())
		}
	}
	return nil
}

func (f *field) timeOne(ctx context.Context, e *entrant, kind int) error {
	return e.serving(ctx, f.srv, func(o *opened) error {
		if _, err := drive(ctx, o.handler, e.visitors, kind, f.duration/warmUp, f.parallelism); err != nil {
			return err
		}
		before, err := f.srv.processorTime(ctx)
		if err != nil {
			return err
		}
		s, err := drive(ctx, o.handler, e.visitors, kind, f.duration, f.parallelism)
		if err != nil {
			return err
		}
		after, err := f.srv.processorTime(ctx)
		if err != nil {
			return err
		}
		s.redis = after - before
		e.samples[kind] = append(e.samples[kind], s)
		return nil
	})
}
