package analytics

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

// Slog is a [Recorder] that writes each event to a log, as one record with the
// message "session event". The record's time is the event's Time. Its
// attributes are named as in the event's JSON form; empty ones are left out,
// and the event's own Attributes form a group. To keep them apart from other
// attributes, pass a logger made by [slog.Logger.WithGroup].
//
// A Slog is safe for concurrent use.
type Slog struct {
	handler slog.Handler
	level   slog.Level
}

// NewSlog returns a Slog that logs to l at the given level. A nil l discards
// everything.
func NewSlog(l *slog.Logger, level slog.Level) *Slog {
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return &Slog{handler: l.Handler(), level: level}
}

// Record logs events in order. Where the log's handler fails, it stops and
// returns that error; the events before are logged again when the batch comes
// again. Events below the handler's level are skipped.
func (s *Slog) Record(ctx context.Context, events []Event) error {
	if !s.handler.Enabled(ctx, s.level) {
		return nil
	}
	for _, e := range events {
		// Not slog.Logger.LogAttrs: it stamps the present time and swallows the
		// handler's error, and with it the event.
		r := slog.NewRecord(e.Time, s.level, "session event", 0)
		r.AddAttrs(attrs(e)...)
		if err := s.handler.Handle(ctx, r); err != nil {
			return fmt.Errorf("analytics: log event %s: %w", e.ID, err)
		}
	}
	return nil
}

// attrs returns the fields of e that are not empty. Time is left to the record.
func attrs(e Event) []slog.Attr {
	all := make([]slog.Attr, 0, 10)
	text := func(key, value string) {
		if value != "" {
			all = append(all, slog.String(key, value))
		}
	}
	text("id", e.ID)
	text("type", string(e.Type))
	if !e.Detected.IsZero() {
		all = append(all, slog.Time("detected", e.Detected))
	}
	text("session", e.Session)
	text("visit", e.Visit)
	text("login", e.Login)
	text("user", e.User)
	text("reason", string(e.Reason))
	text("actor", e.Actor)
	if len(e.Attributes) > 0 {
		group := make([]slog.Attr, 0, len(e.Attributes))
		for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
			group = append(group, slog.String(key, e.Attributes[key]))
		}
		all = append(all, slog.GroupAttrs("attributes", group...))
	}
	return all
}
