package sqlite_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// filled returns a file with the traffic of so many visits in it.
func filled(t testing.TB, visits int) (path string) {
	t.Helper()
	path = newFile(t)
	w := open(t, path, sqlite.Options{})
	record(t, w, visits)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func record(t testing.TB, w *sqlite.Warehouse, visits int) {
	t.Helper()
	for batch := range batches(visits, 100) {
		if err := w.Record(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

func visitsOf(t testing.TB, w *sqlite.Warehouse) int64 {
	t.Helper()
	n := int64(0)
	for _, bots := range []bool{false, true} {
		groups, err := w.Totals(t.Context(), report.TotalsQuery{Selection: report.Selection{Bots: bots}})
		if err != nil {
			t.Fatal(err)
		}
		n += groups[0].Visits
	}
	return n
}

func TestOpen_again(t *testing.T) {
	t.Parallel()
	path := filled(t, 50)
	for _, d := range []sqlite.Durability{sqlite.Full, sqlite.Normal} {
		w := open(t, path, sqlite.Options{Durability: d})
		if got := visitsOf(t, w); got != 50 {
			t.Errorf("%d visits after Open again, want 50", got)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := w.Live(t.Context(), time.Now())
		for name, err := range map[string]error{
			"Close": w.Close(), "Live": err, "Record": w.Record(t.Context(), []analytics.Event{{}}),
		} {
			if !errors.Is(err, sqlite.ErrClosed) {
				t.Errorf("%s after Close = %v, want ErrClosed", name, err)
			}
		}
	}
}

func TestOpen_filesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	open(t, path, sqlite.Options{})
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 4 {
		t.Errorf("%d files, %v, want the file, its log, index and lock", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", f.Name(), info.Mode())
		}
	}
}

// An empty file, such as mktemp makes, holds nothing that could be lost.
func TestOpen_emptyFileAndLeftovers(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	for name, content := range map[string]string{"": "", ".new": "half a file", ".new-journal": "half a file", ".lock": ""} {
		if err := os.WriteFile(path+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record(t, open(t, path, sqlite.Options{}), 5)
}

func TestOpen_faultyOptionsAreReportedTogether(t *testing.T) {
	t.Parallel()
	_, err := sqlite.Open("", sqlite.Options{Durability: 7, Keep: -time.Hour, CacheBytes: -1, ReadOnly: true})
	if err == nil {
		t.Fatal("faulty options are taken")
	}
	for _, want := range []string{"durability 7", "-1h", "-1 bytes", "read-only"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to tell of %q, too", err, want)
		}
	}
}

func TestOpen_noDirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none", "analytics.db")
	if _, err := sqlite.Open(path, sqlite.Options{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("Open in no directory = %v, want an error that names the path", err)
	}
	if _, err := sqlite.OpenReader(newFile(t)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("OpenReader without a file = %v, want os.ErrNotExist", err)
	}
}

// change returns the content of a file after changing it.
func change(t *testing.T, path string, how func(b []byte) []byte) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = how(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpen_refusesAndLeavesAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how  func(b []byte) []byte
		want error
	}{
		"a text":                      {func([]byte) []byte { return []byte(strings.Repeat("text ", 100)) }, sqlite.ErrForeign},
		"a few bytes":                 {func([]byte) []byte { return []byte("SQLite format 3\x00") }, sqlite.ErrForeign},
		"another program's database":  {func(b []byte) []byte { copy(b[68:], "abcd"); return b }, sqlite.ErrForeign},
		"the file of a newer version": {func(b []byte) []byte { binary.BigEndian.PutUint32(b[60:], 99); return b }, sqlite.ErrNewer},
		"half a file":                 {func(b []byte) []byte { return b[:len(b)/2/4096*4096] }, sqlite.ErrDamaged},
		"a torn schema":               {func(b []byte) []byte { clear(b[100:200]); return b }, sqlite.ErrDamaged},
		"torn tables": {func(b []byte) []byte {
			for page := 4096; page < len(b); page += 4096 {
				b[page] = 0xff
			}
			return b
		}, sqlite.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filled(t, 20)
			before := change(t, path, c.how)
			for _, o := range []sqlite.Options{{}, {ReadOnly: true}} {
				w, err := sqlite.Open(path, o)
				if err == nil {
					w.Close()
				}
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("Open = %v, want %v and the path", err, c.want)
				}
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestOpenReader_asksOnly(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	w := open(t, path, sqlite.Options{})
	record(t, w, 30)
	r, err := sqlite.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := visitsOf(t, r); got != 30 {
		t.Errorf("a reader sees %d visits, want 30", got)
	}
	if err := r.Record(t.Context(), []analytics.Event{{}}); !errors.Is(err, sqlite.ErrReadOnly) {
		t.Errorf("Record of a reader = %v, want ErrReadOnly", err)
	}
	e := analytics.Event{ID: "1", Type: analytics.VisitStarted, Time: trafficEnds, Session: "s", Visit: "one more"}
	if err := w.Record(t.Context(), []analytics.Event{e}); err != nil {
		t.Fatal(err)
	}
	if got := visitsOf(t, r); got != 31 {
		t.Errorf("a reader sees %d visits after another came, want 31", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := visitsOf(t, r); got != 31 {
		t.Errorf("a reader sees %d visits after the writer has gone, want 31", got)
	}
}

func TestOpen_memoryIsOfOneWarehouse(t *testing.T) {
	t.Parallel()
	w := open(t, "", sqlite.Options{})
	record(t, w, 20)
	if got := visitsOf(t, w); got != 20 {
		t.Errorf("%d visits in memory, want 20", got)
	}
	if got := visitsOf(t, open(t, "", sqlite.Options{})); got != 0 {
		t.Errorf("%d visits in another warehouse in memory, want none", got)
	}
}

// People who open the file with sqlite3 find views that join the tables.
func TestOpen_viewsForPeople(t *testing.T) {
	t.Parallel()
	w := open(t, "", sqlite.Options{})
	record(t, w, 200)
	for query, want := range map[string]string{
		"SELECT count(*) FROM visit_report":                                              "SELECT count(*) FROM visits",
		"SELECT sum(views) FROM visit_report":                                            "SELECT count(*) FROM view_report",
		"SELECT count(*) FROM view_report":                                               "SELECT count(*) FROM views",
		"SELECT count(*) FROM visit_report WHERE entry IS NULL":                          "SELECT 0",
		"SELECT count(*) FROM visit_report WHERE ended = 'idle'":                         "SELECT count(*) FROM visits WHERE reason = 'idle'",
		"SELECT count(DISTINCT visitor) FROM visit_report":                               "SELECT count(*) FROM visitors",
		"SELECT sum(actions) FROM visit_report":                                          "SELECT (SELECT count(*) FROM actions) + (SELECT sum(counts) FROM purchases)",
		"SELECT count(*) FROM visit_report WHERE started LIKE '2026-0_-__ __:__:__.___'": "SELECT count(*) FROM visits",
	} {
		got, err := w.Number(query)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.Number(want); err != nil || n != got {
			t.Errorf("%s = %d, want %d (%v)", query, got, n, err)
		}
	}
}
