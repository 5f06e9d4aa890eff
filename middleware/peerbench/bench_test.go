package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestBench runs everything once, for moments only: how long something took means
// nothing then, but what Sojourn promises holds, and no cell of the table is
// empty.
func TestBench(t *testing.T) {
	needRedis(t)
	o := options{runs: 1, duration: 50 * time.Millisecond, parallelism: 8, sessions: 16}
	res, err := bench(t.Context(), o, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Checks {
		if got := c.Outcomes[libraries[subject].name]; got != c.Must {
			t.Errorf("%s: %s, must be %s", c.Name, got, c.Must)
		}
	}
	if len(res.Checks) != len(checks) || len(res.Targets) != len(goals) {
		t.Errorf("%d checks and %d targets, want %d and %d", len(res.Checks), len(res.Targets), len(checks), len(goals))
	}

	rows := res.table()
	for _, row := range rows[1:] {
		if len(row) != len(rows[0]) {
			t.Errorf("%d cells, want %d: %q", len(row), len(rows[0]), row)
		}
		for _, cell := range row {
			if strings.TrimSpace(cell) == "" || strings.Contains(cell, "NaN") {
				t.Errorf("empty cell: %q", row)
				break
			}
		}
	}
	for _, kind := range []int{read, write} {
		for _, l := range libraries {
			c := res.cost(kind, l.name)
			if c.NsPerOp.Median <= 0 || c.AllocsPerOp.Median <= 0 || c.Commands < 1 || c.Ratio <= 0 {
				t.Errorf("%s on %s: not measured: %+v", c.Request, c.Library, c)
			}
		}
	}

	var out bytes.Buffer
	if err := res.writeTable(&out); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), requests[write].name+", ns/op") {
		t.Errorf("no table:\n%s", out.String())
	}
	out.Reset()
	if err := res.writeJSON(&out); err != nil {
		t.Error(err)
	}
	var read results
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || len(read.Costs) != len(res.Costs) {
		t.Errorf("JSON: %v\n%s", err, out.String())
	}
}

// needRedis ends the test where redis-server is missing: as a failure under CI,
// where nothing may be left out silently.
func needRedis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err == nil {
		return
	} else if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip("redis-server is not installed: run `make tools`")
}
