package redistest_test

import (
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func TestLogIsShownWhenTheTestFailed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start func(testing.TB)
		want  string
	}{
		"single":  {func(tb testing.TB) { redistest.Single(tb) }, "Ready to accept connections"},
		"cluster": {func(tb testing.TB) { redistest.Cluster(tb) }, "Cluster state changed: ok"},
		"shared":  {func(tb testing.TB) { redistest.Shared(tb) }, "log of redis-server"},
		"wrong configuration": {
			func(tb testing.TB) { redistest.Single(tb, redistest.Config("no-such-directive", "1")) },
			"no-such-directive",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failed := runFake(t, func(tb testing.TB) {
				test.start(tb)
				tb.Fatal("on purpose")
			})
			if shown := failed.fatal + failed.logs; !strings.Contains(shown, test.want) {
				t.Errorf("a failed test shows %q; want the log with %q", shown, test.want)
			}
		})
	}
	if passed := runFake(t, func(tb testing.TB) { redistest.Single(tb) }); passed.logs != "" {
		t.Errorf("a passed test shows %q", passed.logs)
	}
}
