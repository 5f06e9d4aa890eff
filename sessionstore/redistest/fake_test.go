package redistest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// fakeTB notes how a test ended instead of ending the real one. The rest is
// the real one's.
type fakeTB struct {
	testing.TB
	failed               bool
	fatal, skipped, logs string
	cleanups             []func()
}

// runFake runs f as if it were a test of its own, with its cleanup.
func runFake(tb testing.TB, f func(testing.TB)) *fakeTB {
	fake := &fakeTB{TB: tb}
	run := func(f func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f()
		}()
		<-done
	}
	run(func() { f(fake) })
	for _, cleanup := range slices.Backward(fake.cleanups) {
		run(cleanup)
	}
	return fake
}

func (f *fakeTB) Helper()           {}
func (f *fakeTB) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }
func (f *fakeTB) Failed() bool      { return f.failed }

func (f *fakeTB) Logf(format string, args ...any) { f.logs += fmt.Sprintf(format, args...) }

func (f *fakeTB) Error(args ...any) {
	f.failed = true
	f.logs += fmt.Sprintln(args...)
}

func (f *fakeTB) Fatal(args ...any) {
	f.failed = true
	f.fatal = strings.TrimSpace(fmt.Sprintln(args...))
	runtime.Goexit()
}

func (f *fakeTB) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

func (f *fakeTB) Skipf(format string, args ...any) {
	f.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
