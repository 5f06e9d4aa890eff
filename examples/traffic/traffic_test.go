package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/examples/traffic/truth"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// The reports of the real shop must say what the visitors did, number by number.
func TestTheReportsSayWhatHappened(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		visitors string
		flags    func(t *testing.T) []string
	}{
		"file":             {"60", func(t *testing.T) []string { return []string{"-data", t.TempDir()} }},
		"redis":            {"60", func(t *testing.T) []string { return []string{"-data", "", "-redis", redistest.Single(t).URL()} }},
		"memory":           {"25", func(*testing.T) []string { return []string{"-data", ""} }},
		"in sessions only": {"25", func(*testing.T) []string { return []string{"-data", "", "-visits", "session"} }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := startShop(t, append(tt.flags(t), "-visit-idle", "2s")...)
			file := filepath.Join(t.TempDir(), "truth.json")
			send(t, "-shop", shop, "-visitors", tt.visitors, "-rate", "80", "-visit-idle", "2s", "-think", "0.005", "-for", "1m", "-truth", file)
			told := readTruth(t, file)
			if !told.Complete || told.Unsure != 0 || told.Visits < 10 {
				t.Fatalf("%d visits, %d requests unsure, complete: %v", told.Visits, told.Unsure, told.Complete)
			}
			var out bytes.Buffer
			if err := runCheck(t.Context(), []string{"-shop", shop, "-all=false", file}, &out, &out); err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

// send sends visitors, as the command does.
func send(t *testing.T, args ...string) string {
	t.Helper()
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	var stdout bytes.Buffer
	if err := run(t.Context(), args, strings.NewReader(""), &stdout, stderr); err != nil {
		said, _ := os.ReadFile(stderr.Name())
		t.Fatalf("%v\n%s%s", err, &stdout, said)
	}
	return stdout.String()
}

func readTruth(t *testing.T, file string) truth.Truth {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var told truth.Truth
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatal(err)
	}
	return told
}

// A number that is wrong is found, and named.
func TestACheckFindsWhatDiffers(t *testing.T) {
	t.Parallel()
	shop := startShop(t, "-data", "", "-visit-idle", "1s")
	file := filepath.Join(t.TempDir(), "truth.json")
	send(t, "-shop", shop, "-visitors", "8", "-rate", "80", "-visit-idle", "1s", "-truth", file)
	told := readTruth(t, file)
	told.Bounces++
	told.Pages["/"].Exits++
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = runCheck(t.Context(), []string{"-all=false", file}, &out, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "2 of ") || strings.Count(out.String(), "differs") != 2 {
		t.Errorf("%v\n%s", err, &out)
	}
}
