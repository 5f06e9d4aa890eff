package main

import (
	"bytes"
	"testing"
)

func TestAlign(t *testing.T) {
	var b bytes.Buffer
	align(&b, [][]string{{"", "one", "two"}, {"long name", "1", "–"}, {"a", "10 000", ""}})
	const want = "" +
		"              one  two\n" +
		"long name       1    –\n" +
		"a          10 000\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestSpread(t *testing.T) {
	samples := []sample{{requests: 1, elapsed: 30}, {requests: 2, elapsed: 20}, {requests: 1, elapsed: 20}}
	if got, want := spreadOf(samples, sample.nsPerOp), (spread{Median: 20, Min: 10, Max: 30}); got != want {
		t.Errorf("three: %+v, want %+v", got, want)
	}
	if got := spreadOf(samples[:2], sample.nsPerOp).Median; got != 20 {
		t.Errorf("two: %v, want 20", got)
	}
}

func TestByRate(t *testing.T) {
	if got, want := byRate(rates{"get": 1, "set": 2, "a": 1, "rare": 0.004}), "set 2.00, a 1.00, get 1.00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBroken(t *testing.T) {
	res := results{Checks: []checked{{Kept: true}, {Kept: true}}, Targets: []target{{Met: false}}}
	if res.broken() {
		t.Error("a target that is missed breaks nothing")
	}
	res.Checks[1].Kept = false
	if !res.broken() {
		t.Error("a check that failed went unnoticed")
	}
}
