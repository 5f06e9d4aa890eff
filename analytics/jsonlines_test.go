package analytics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/sojourn-go/sojourn/analytics"
)

var hostile = map[string]string{
	"newlines":   "a\nb\r\nc\u2028d\u2029e\u0085f\v\f",
	"ansi":       "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u009b2J \x7f\x00\b",
	"bidi":       "user\u202e gnp.exe\u2066\u200f\ufeff",
	"astral":     "tag\U000E0041 emoji \U0001F468\u200d\U0001F469",
	"html":       `<script>&amp;'"\`,
	"json":       `{"id":"forged"}` + "\n" + `{"id":"forged"}`,
	"escapes":    `\u0041 \n \\u202e`,
	"plain":      "naïve 日本語",
	"with\nname": "odd key",
}

func TestJSONLinesRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	want := []analytics.Event{{
		ID: "1", Type: analytics.VisitEnded, Time: noon, Detected: noon.Add(time.Second), Session: "s", Visit: "v", Login: "l",
		User: hostile["bidi"], Reason: analytics.ReasonLifetime, Actor: hostile["ansi"], Attributes: hostile,
	}, event(2)}
	if err := analytics.NewJSONLines(&buf).Record(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	text := buf.String()
	if n := strings.Count(text, "\n"); n != 2 {
		t.Errorf("%d lines, want 2", n)
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U stands in the text as it is", r)
		}
	}
	for _, s := range []string{"<script>&amp;", "naïve 日本語"} {
		if !strings.Contains(text, s) {
			t.Errorf("%s was escaped for no reason", s)
		}
	}
	if got := decode(t, text); !reflect.DeepEqual(got, want) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, want)
	}
}

func TestJSONLinesInvalidUTF8(t *testing.T) {
	var buf bytes.Buffer
	e := event(1)
	e.User = "a\xff\xc0\xafb\xed\xa0\x80"
	if err := analytics.NewJSONLines(&buf).Record(t.Context(), []analytics.Event{e}); err != nil {
		t.Fatal(err)
	}
	if got, want := decode(t, buf.String())[0].User, "a\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd"; got != want {
		t.Errorf("user %q, want %q", got, want)
	}
}

func FuzzJSONLines(f *testing.F) {
	for k, v := range hostile {
		f.Add(k, v)
	}
	f.Add("\xff", "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, key, value string) {
		var buf bytes.Buffer
		e := event(1)
		e.User, e.Attributes = value, map[string]string{key: value}
		if err := analytics.NewJSONLines(&buf).Record(t.Context(), []analytics.Event{e}); err != nil {
			t.Fatal(err)
		}
		got := decode(t, buf.String())
		if len(got) != 1 {
			t.Fatalf("%d events", len(got))
		}
		// As encoding/json does it, one replacement character a byte.
		valid := func(s string) string { return string([]rune(s)) }
		if got[0].User != valid(value) || got[0].Attributes[valid(key)] != valid(value) {
			t.Errorf("%q: %q read back as %+v", key, value, got[0])
		}
	})
}

// counter counts the calls of Write.
type counter struct {
	bytes.Buffer
	calls int
}

func (c *counter) Write(p []byte) (int, error) {
	c.calls++
	return c.Buffer.Write(p)
}

func TestJSONLinesOneWriteABatch(t *testing.T) {
	var w counter
	rec := analytics.NewJSONLines(&w)
	rec.Record(t.Context(), []analytics.Event{event(1), event(2), event(3)})
	rec.Record(t.Context(), nil)
	if w.calls != 1 {
		t.Errorf("%d calls of Write, want 1", w.calls)
	}
}

// flaky takes only so many bytes of the first write.
type flaky struct {
	bytes.Buffer
	take int
	err  error
	done bool
}

func (f *flaky) Write(p []byte) (int, error) {
	if f.done {
		return f.Buffer.Write(p)
	}
	f.done = true
	f.Buffer.Write(p[:f.take])
	return f.take, f.err
}

func TestJSONLinesFailedWrite(t *testing.T) {
	full := errors.New("disk full")
	batch := []analytics.Event{event(1), event(2)}
	var line bytes.Buffer
	analytics.NewJSONLines(&line).Record(t.Context(), batch[:1])
	tests := map[string]struct {
		take      int
		err, want error
		lines     int // in the end
		torn      int // which of them is torn, from 1
	}{
		"error":          {0, full, full, 2, 0},
		"torn":           {5, full, full, 3, 1},
		"short":          {5, nil, io.ErrShortWrite, 3, 1},
		"after one line": {line.Len(), full, full, 3, 0},
		"in the second":  {line.Len() + 1, full, full, 4, 2},
		"before its end": {line.Len() - 1, nil, io.ErrShortWrite, 3, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &flaky{take: tt.take, err: tt.err}
			rec := analytics.NewJSONLines(w)
			if err := rec.Record(t.Context(), batch); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err := rec.Record(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(strings.TrimSuffix(w.String(), "\n"), "\n")
			if len(lines) != tt.lines {
				t.Errorf("%d lines, want %d: %q", len(lines), tt.lines, lines)
			}
			for i, l := range lines {
				if ok := json.Valid([]byte(l)); ok == (i+1 == tt.torn) {
					t.Errorf("line %d valid is %v: %q", i+1, ok, l)
				}
			}
		})
	}
}

func TestJSONLinesUnencodableEventWritesNothing(t *testing.T) {
	var buf bytes.Buffer
	bad := event(2)
	bad.Time = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	err := analytics.NewJSONLines(&buf).Record(t.Context(), []analytics.Event{event(1), bad})
	if err == nil || !strings.Contains(err.Error(), id(2)) || buf.Len() > 0 {
		t.Errorf("error %v, wrote %q", err, buf.String())
	}
}

func TestJSONLinesHonoursContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var buf bytes.Buffer
	if err := analytics.NewJSONLines(&buf).Record(ctx, []analytics.Event{event(1)}); !errors.Is(err, context.Canceled) || buf.Len() > 0 {
		t.Errorf("error %v, wrote %q", err, buf.String())
	}
}

// Two recorders on two descriptors stand in for two processes.
func TestJSONLinesAppendFromSeveralWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	var wg sync.WaitGroup
	for range 2 {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rec := analytics.NewJSONLines(f)
		for range 2 {
			wg.Go(func() {
				for i := range 50 {
					rec.Record(t.Context(), []analytics.Event{event(i), event(i + 1)})
				}
			})
		}
	}
	wg.Wait()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(decode(t, string(text))); got != 400 {
		t.Errorf("%d events, want 400", got)
	}
}

// decode reads JSON lines back.
func decode(t *testing.T, text string) []analytics.Event {
	t.Helper()
	var events []analytics.Event
	for line := range strings.Lines(text) {
		var e analytics.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		events = append(events, e)
	}
	return events
}
