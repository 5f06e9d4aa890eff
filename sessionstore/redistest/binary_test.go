package redistest_test

import (
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func TestWithoutRedisServer(t *testing.T) {
	start := func(tb testing.TB) { redistest.Single(tb) }

	t.Run("skips", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("CI", "")
		if got := runFake(t, start); got.failed || !strings.Contains(got.skipped, "redis-server is not installed") {
			t.Errorf("failed = %v, skipped = %q; want a skip with its reason", got.failed, got.skipped)
		}
	})

	t.Run("fails under CI", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("CI", "true")
		if got := runFake(t, start); got.skipped != "" || !strings.Contains(got.fatal, "redis-server is needed") {
			t.Errorf("skipped = %q, fatal = %q; want a failure", got.skipped, got.fatal)
		}
	})
}
