package acceptance

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reportNames are the reports that the command "shop report" prints.
var reportNames = []string{
	"overview", "sources", "pages", "actions", "hours", "funnel", "paths", "retention", "carts", "experiment", "logins", "live", "ledger",
}

// shopReport runs the command "shop report".
func shopReport(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	binary, err := plainBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"report"}, args...)...)
	cmd.Dir = dir
	var out, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &told
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), told.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), told.String(), 0
}

// TestReportCommand prints every report, while a shop is at work on the file and
// after it was killed.
func TestReportCommand(t *testing.T) {
	dir := t.TempDir()
	s := open(t, 1, "-data", dir)
	guests := gather(s, 4)
	guests.busy(t, 200)
	reported(t, s, "visitors are in the reports", "overview", func(o overview) error {
		if o.Views.Value == nil || *o.Views.Value < 20 {
			return errors.New("too few views")
		}
		return nil
	})
	printed := func(name, format string) string {
		t.Helper()
		out, told, code := shopReport(t, dir, "-data", dir, "-tz", "Europe/Berlin", "-format", format, name)
		if code != 0 || told != "" || strings.TrimSpace(out) == "" {
			t.Fatalf("shop report -format %s %s: exit %d, %q and %q", format, name, code, clip(out), clip(told))
		}
		return out
	}
	for _, name := range reportNames {
		if text := printed(name, "json"); !json.Valid([]byte(text)) {
			t.Errorf("shop report -format json %s: %s", name, clip(text))
		}
	}
	if rows, err := csv.NewReader(strings.NewReader(printed("pages", "csv"))).ReadAll(); err != nil || len(rows) < 2 {
		t.Errorf("shop report -format csv pages: %v: %v", rows, err)
	}
	var first, second ledger
	for i, books := range []*ledger{&first, &second} {
		if i == 1 {
			guests.busy(t, 50)
			s.here().kill(t)
			s.revive(t)
		}
		if err := json.Unmarshal([]byte(printed("ledger", "json")), books); err != nil {
			t.Fatal(err)
		}
		if !books.Balanced || books.balance() != 0 {
			t.Errorf("shop report ledger, while the shop writes: %+v", *books)
		}
	}
	if second.Received < first.Received {
		t.Errorf("%d events received, and later %d", first.Received, second.Received)
	}
	guests.disperse(t)
	s.here().kill(t)
	if text := printed("overview", "text"); !strings.Contains(text, "/tea/sencha") || strings.Contains(text, "\x1b") {
		t.Errorf("shop report, of a shop that was killed:\n%s", text)
	}
}

func TestReportCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other.db"), []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		code int
		want string // on stderr
	}{
		"a flag that there is not":       {[]string{"-tea"}, 2, "usage: shop report"},
		"a report that there is not":     {[]string{"tea"}, 2, "overview"},
		"two reports":                    {[]string{"pages", "live"}, 2, "want one report"},
		"all faults together":            {[]string{"-format", "pdf", "-period", "ever", "-tz", "Tea/Pot", "-where", "tea is green", "-goal", "tea"}, 2, "pdf"},
		"a comparison that there is not": {[]string{"-compare", "tea"}, 2, "-compare is previous, week or year"},
		"no file yet":                    {nil, 1, "nothing to report yet"},
		"no file of that name":           {[]string{"-analytics", "missing.db"}, 1, "missing.db"},
		"a file of another kind":         {[]string{"-analytics", "other.db"}, 1, "other.db"},
		"help":                           {[]string{"-h"}, 0, "usage: shop report"},
	} {
		t.Run(name, func(t *testing.T) {
			out, told, code := shopReport(t, dir, tt.args...)
			if code != tt.code || !strings.Contains(told, tt.want) || out != "" {
				t.Errorf("shop report %v: exit %d, want %d; it said %q and %q, want %q", tt.args, code, tt.code, out, told, tt.want)
			}
			if strings.Contains(told, "goroutine ") {
				t.Errorf("shop report %v: %s", tt.args, told)
			}
		})
	}
	_, told, _ := shopReport(t, dir, "-format", "pdf", "-period", "ever", "-tz", "Tea/Pot", "-where", "tea is green", "-goal", "tea")
	for _, fault := range []string{"pdf", "ever", "Tea/Pot", "unknown field", "step"} {
		if !strings.Contains(told, fault) {
			t.Errorf("nothing is said of %s: %s", fault, told)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); err == nil {
		t.Error("to ask for a report makes a file")
	}
}
