package accesslog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// logged returns a line of a log for a path, at a second past noon.
func logged(second int, path string) string {
	return fmt.Sprintf("192.0.2.7 - - [01/Mar/2026:12:00:%02d +0000] \"GET %s HTTP/1.1\" 200 5\n", second, path)
}

func TestALogIsReadToItsEndWhateverItHolds(t *testing.T) {
	log := logged(1, "/a") + "junk\n\n" + strings.Repeat("x", maxLine+5) + "\r\n" + logged(2, "/b") + strings.TrimSpace(logged(3, "/c"))
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	if _, err := io.WriteString(z, log); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]io.Reader{
		"plain": strings.NewReader(log), "gzip": &compressed, "byte by byte": iotest.OneByteReader(strings.NewReader(log)),
	} {
		var got []string
		for l, err := range Read(r) {
			if err != nil {
				got = append(got, err.Error())
			} else {
				got = append(got, l.URL.Path)
			}
		}
		want := []string{"/a", ErrFormat.Error(), ErrTooLong.Error(), "/b", "/c"}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestALogThatBreaksOffIsAnError(t *testing.T) {
	broken := errors.New("broken disk")
	var last error
	lines := 0
	for _, err := range Read(io.MultiReader(strings.NewReader(logged(1, "/a")), iotest.ErrReader(broken))) {
		lines++
		last = err
	}
	if lines != 2 || !errors.Is(last, broken) {
		t.Errorf("%d lines, %v", lines, last)
	}
}

func TestLinesAreOrderedWithinTheWindowAndSpreadOverTheirSecond(t *testing.T) {
	log := logged(2, "/c") + logged(1, "/a") + logged(1, "/b") + "junk\n" + logged(2, "/d") + logged(2, "/e") +
		logged(40, "/f") + logged(9, "/late")
	var got []string
	for l, err := range InOrder(Read(strings.NewReader(log)), 10*time.Second) {
		if err != nil {
			got = append(got, "junk")
			continue
		}
		got = append(got, l.Time.Format("05.000 ")+l.URL.Path)
	}
	want := []string{"junk", "01.000 /a", "01.500 /b", "02.000 /c", "02.333 /d", "02.666 /e", "09.000 /late", "40.000 /f"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
