//go:build !unix

package main

import (
	"runtime"
	"time"
)

var started = time.Now()

// processorTime is at most how long this process has kept processors busy: the
// system's own count is not known here.
func processorTime() time.Duration {
	return time.Since(started) * time.Duration(runtime.GOMAXPROCS(0))
}
