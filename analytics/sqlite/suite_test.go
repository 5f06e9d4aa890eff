package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

func TestWarehouse(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]func(testing.TB) string{
		"file":   newFile,
		"memory": func(testing.TB) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reporttest.Run(t, func(t testing.TB) reporttest.Warehouse {
				return open(t, path(t), sqlite.Options{Price: reporttest.Price, Keep: reporttest.Keep})
			})
		})
	}
}

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "analytics.db") }

// open opens a warehouse until the test ends.
func open(t testing.TB, path string, o sqlite.Options) *sqlite.Warehouse {
	t.Helper()
	w, err := sqlite.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a test may have closed it
	return w
}
