package redistest

import (
	"os"
	"os/exec"
	"testing"
)

// findBinary returns the path of redis-server, or ends the test.
func findBinary(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("redis-server")
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		tb.Fatalf("redis-server is needed under CI: %v", err)
	}
	tb.Skipf("redis-server is not installed (%v): run `make tools`", err)
	return ""
}
