package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVisitorsGoToThisMachineUnlessToldOtherwise(t *testing.T) {
	for address, fine := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:1/": true, "https://[::1]:8443": true,
		"http://shop.example": false, "http://10.0.0.1:8080": false, "http://localhost.shop.example": false,
		"ftp://127.0.0.1": false, "127.0.0.1:8080": false, "http://127.0.0.1/shop": false, "http://ada@127.0.0.1": false, "": false,
	} {
		if _, err := target(address, false); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
	if u, err := target("https://shop.example", true); err != nil || u.Host != "shop.example" {
		t.Errorf("%v, %v", u, err)
	}
}

func TestFaultyCommandLinesAreRefused(t *testing.T) {
	for _, line := range []string{
		"-visitors 0", "-shop http://shop.example", "-nonsense", "more",
		"check", "check a b", "replay", "replay -host a", "replay log", "replay -host a -data b -out c log",
		"replay -host a -visit-idle 1ms log",
	} {
		stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		err = run(t.Context(), strings.Fields(line), strings.NewReader(""), io.Discard, stderr)
		if info, statErr := stderr.Stat(); !errors.Is(err, errUsage) || statErr != nil || info.Size() == 0 {
			t.Errorf("%s: %v", line, err)
		}
		stderr.Close()
	}
}

func TestAReplayIsSummedUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "analytics.db")
	log, err := os.Open("replay/testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"replay", "-host", "tea.example", "-out", file, "-"}, log, &out, stderr); err != nil {
		t.Fatal(err)
	}
	const want = `28 lines: 25 requests, 3 that are none
  1 × no such time
  1 × not a request of HTTP
  1 × not in a log format
4 pages are not counted: bot

`
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "/tea/gyokuro") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
