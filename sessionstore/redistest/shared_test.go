package redistest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

func TestSharedIsOneServer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a shared server")
	}
	outer := redistest.Shared(t)
	t.Run("subtest", func(t *testing.T) {
		if inner := redistest.Shared(t); inner.Addr() != outer.Addr() || inner.URL() == outer.URL() {
			t.Errorf("%s in a subtest of %s; want another database of the same server", inner.URL(), outer.URL())
		}
	})
}

// More tests than there are databases, so that each is used again.
func TestSharedStartsEmpty(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			client := redistest.Shared(t).Client()
			wantMissing(t, client, "k")
			mustSet(t, client, "k", "v")
		})
	}
}

func TestSharedRefusesToBeKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a shared server")
	}
	for name, end := range map[string]func(*redistest.Server){
		"Kill":    (*redistest.Server).Kill,
		"Restart": (*redistest.Server).Restart,
		"Pause":   (*redistest.Server).Pause,
		"Resume":  (*redistest.Server).Resume,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := runFake(t, func(tb testing.TB) { end(redistest.Shared(tb)) })
			if inner.fatal == "" {
				t.Error("a shared server can be stopped by one of its tests")
			}
		})
	}
}
