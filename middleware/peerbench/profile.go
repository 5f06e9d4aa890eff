package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// startProfile begins a CPU profile, if a file is named, and returns what ends it.
func startProfile(file string) (stop func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(file) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("profile: %w", err), f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// labelled runs f, and the goroutines that it starts, under the labels by which
// a profile is taken apart:
//
//	go tool pprof -tagfocus library=Sojourn -tagfocus request=write peerbench.prof
func labelled(ctx context.Context, library, request string, f func(context.Context)) {
	pprof.Do(ctx, pprof.Labels("library", library, "request", request), f)
}
