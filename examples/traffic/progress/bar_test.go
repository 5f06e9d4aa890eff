package progress

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheBarTellsHowFarAndHowLong(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b := newBar(&out, func() time.Time { return now })
	now = now.Add(10 * time.Second)
	b.Show(25, 100, "25/100 steps")
	b.Show(26, 100, "too soon")
	now = now.Add(time.Second)
	b.Show(0, 0, "short")
	b.Clear()
	const first = "[######..................]  25 %  25/100 steps, 30s left"
	want := "\r" + first + "\rshort" + strings.Repeat(" ", len(first)-len("short")) + "\r     \r"
	if got := out.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAFileGetsNoBar(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := On(f)
	b.Show(1, 2, "never seen")
	b.Clear()
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%v, %v", info.Size(), err)
	}
}
