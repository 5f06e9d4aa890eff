package e2e

import (
	"testing"
	"time"
)

// patience is how long anything may take that is only a matter of time. No promise
// is measured by it; it is long because machines may be busy.
const patience = 5 * time.Second

// eventually calls check until it returns nil.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not so after %v: %v", what, patience, err)
		case <-ticker.C:
		}
	}
}
