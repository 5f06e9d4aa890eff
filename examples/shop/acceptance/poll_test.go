package acceptance

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// patience is how long anything may take that is only a matter of time. No
// promise is measured by it; it is long because machines may be busy.
const patience = 30 * time.Second

// eventually calls check until it returns nil.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	eventuallyWithin(t, what, patience, 20*time.Millisecond, check)
}

// eventuallyWithin is eventually for what takes longer by design.
func eventuallyWithin(t *testing.T, what string, limit, every time.Duration, check func() error) {
	t.Helper()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	deadline := time.After(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not so after %v: %v", what, limit, err)
		case <-ticker.C:
		}
	}
}

// throughout calls check every so often for d, and stops at the first error.
func throughout(t *testing.T, what string, d, every time.Duration, check func() error) {
	t.Helper()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	over := time.After(d)
	for {
		if err := check(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-over:
			return
		case <-ticker.C:
		}
	}
}

// pass waits until a limit of the shop, which nothing but time makes pass, has
// passed.
func pass(until time.Time) { <-time.After(time.Until(until)) }

// together runs n calls at once and fails the test with what they complain of.
func together(t *testing.T, what string, n int, call func(i int) error) {
	t.Helper()
	start := make(chan struct{})
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	if err := summary(errs); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// summary joins the first few of many errors.
func summary(errs []error) error {
	var some []error
	count := 0
	for _, err := range errs {
		if err == nil {
			continue
		}
		if count++; count <= 5 {
			some = append(some, err)
		}
	}
	if count > len(some) {
		some = append(some, fmt.Errorf("and %d more", count-len(some)))
	}
	return errors.Join(some...)
}
