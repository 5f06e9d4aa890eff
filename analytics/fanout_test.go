package analytics_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestFanoutIsolatesMembers(t *testing.T) {
	first, last := analytics.NewMemory(0), analytics.NewMemory(0)
	refused := errors.New("refused")
	f := analytics.Fanout{
		"a": first,
		"b": analytics.RecorderFunc(func(context.Context, []analytics.Event) error { return refused }),
		"c": analytics.RecorderFunc(func(_ context.Context, events []analytics.Event) error {
			clear(events) // must not reach the others
			panic(io.ErrUnexpectedEOF)
		}),
		"d": nil,
		"z": last,
	}
	batch := []analytics.Event{event(0), event(1)}
	err := f.Record(t.Context(), batch)
	for name, m := range map[string]*analytics.Memory{"a": first, "z": last} {
		if got := ids(m.Events(analytics.Query{})); !slices.Equal(got, firstIDs(2)) {
			t.Errorf("member %s got %v", name, got)
		}
	}
	for _, want := range []error{refused, analytics.ErrPanicked, io.ErrUnexpectedEOF} {
		if !errors.Is(err, want) {
			t.Errorf("error %v does not wrap %v", err, want)
		}
	}
	lines := strings.Split(err.Error(), "\n")
	for i, name := range []string{`"b"`, `"c"`, `"d"`} {
		if len(lines) != 3 || !strings.Contains(lines[i], name) {
			t.Fatalf("errors %q", lines)
		}
	}
	if batch[0].ID != id(0) {
		t.Error("a member changed the caller's slice")
	}
}

func TestFanoutWithoutErrors(t *testing.T) {
	if err := (analytics.Fanout{"a": analytics.NewMemory(0)}).Record(t.Context(), []analytics.Event{event(0)}); err != nil {
		t.Error(err)
	}
	if err := analytics.Fanout(nil).Record(t.Context(), []analytics.Event{event(0)}); err != nil {
		t.Error(err)
	}
}

// A member that hangs does not keep the batch from the others.
func TestFanoutDeliversConcurrently(t *testing.T) {
	got := make(chan struct{})
	f := analytics.Fanout{
		"hangs": analytics.RecorderFunc(func(context.Context, []analytics.Event) error { <-got; return nil }),
		"works": analytics.RecorderFunc(func(context.Context, []analytics.Event) error { close(got); return nil }),
	}
	if err := f.Record(t.Context(), []analytics.Event{event(0)}); err != nil {
		t.Error(err)
	}
}
