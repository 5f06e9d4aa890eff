package analytics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestSlogWritesOneRecordAnEvent(t *testing.T) {
	var buf bytes.Buffer
	rec := analytics.NewSlog(slog.New(slog.NewJSONHandler(&buf, nil)).With(slog.String("app", "shop")), slog.LevelInfo)
	err := rec.Record(t.Context(), []analytics.Event{
		{
			ID: "1", Type: analytics.LoginEnded, Time: noon, Detected: noon.Add(time.Second),
			Session: "s", Visit: "v", Login: "l", User: "u", Reason: analytics.ReasonIdle, Actor: "a",
			Attributes: map[string]string{"y": "2", "x": "1"},
		},
		{ID: "2", Type: analytics.SessionStarted, Time: noon},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"time":"2026-03-14T12:00:00Z","level":"INFO","msg":"session event","app":"shop","id":"1","type":"login.ended",` +
		`"detected":"2026-03-14T12:00:01Z","session":"s","visit":"v","login":"l","user":"u","reason":"idle","actor":"a",` +
		`"attributes":{"x":"1","y":"2"}}` + "\n" +
		`{"time":"2026-03-14T12:00:00Z","level":"INFO","msg":"session event","app":"shop","id":"2","type":"session.started"}` + "\n"
	if got := buf.String(); got != want {
		t.Errorf("logged\n%s\nwant\n%s", got, want)
	}
}

func TestSlogHonoursTheLevel(t *testing.T) {
	var buf bytes.Buffer
	rec := analytics.NewSlog(slog.New(slog.NewTextHandler(&buf, nil)), slog.LevelDebug)
	if err := rec.Record(t.Context(), []analytics.Event{event(1)}); err != nil || buf.Len() > 0 {
		t.Errorf("error %v, logged %q", err, buf.String())
	}
	if err := analytics.NewSlog(nil, slog.LevelError).Record(t.Context(), []analytics.Event{event(1)}); err != nil {
		t.Errorf("nil logger: %v", err)
	}
}

func TestSlogHostileStringsStayOnTheirLine(t *testing.T) {
	var buf bytes.Buffer
	e := event(1)
	e.User = "eve\nlevel=ERROR \x1b[2J\u202e"
	if err := analytics.NewSlog(slog.New(slog.NewTextHandler(&buf, nil)), slog.LevelInfo).Record(t.Context(), []analytics.Event{e}); err != nil {
		t.Fatal(err)
	}
	if got := buf.String(); strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("logged %q", got)
	}
}

// failingHandler is a log that is out of order.
type failingHandler struct {
	slog.Handler
	err error
}

func (h failingHandler) Handle(context.Context, slog.Record) error { return h.err }

func TestSlogReturnsTheHandlersError(t *testing.T) {
	full := errors.New("disk full")
	l := slog.New(failingHandler{slog.NewTextHandler(new(bytes.Buffer), nil), full})
	if err := analytics.NewSlog(l, slog.LevelInfo).Record(t.Context(), []analytics.Event{event(1)}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}
