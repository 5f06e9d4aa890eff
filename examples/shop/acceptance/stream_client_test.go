package acceptance

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stream is an open GET /api/stream.
type stream struct {
	header http.Header
	ticks  chan time.Time // closed when the server closes the stream
}

// stream opens GET /api/stream and reads it until it ends, or the test does.
func (c *client) stream(t *testing.T) *stream {
	t.Helper()
	r, err := c.request("GET", "/api/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	forever := *c.shop.http
	forever.Timeout = 0
	resp, err := forever.Do(r.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET /api/stream: %d, want 200", resp.StatusCode)
	}
	s := &stream{header: resp.Header, ticks: make(chan time.Time, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(s.ticks)
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "data:") {
				s.ticks <- time.Now()
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

// tick waits for the next tick.
func (s *stream) tick(t *testing.T) time.Time {
	t.Helper()
	select {
	case at, open := <-s.ticks:
		if !open {
			t.Fatal("the stream has ended, want a tick a second")
		}
		return at
	case <-time.After(patience):
		t.Fatal("no tick came")
	}
	panic("not reached")
}

// tickAfter waits for a tick that comes after a moment.
func (s *stream) tickAfter(t *testing.T, moment time.Time) {
	t.Helper()
	for !s.tick(t).After(moment) {
	}
}

// closed waits until the server has closed the stream.
func (s *stream) closed(promise string) error {
	deadline := time.After(patience / 3)
	for {
		select {
		case _, open := <-s.ticks:
			if !open {
				return nil
			}
		case <-deadline:
			return fmt.Errorf("%s: it is still open", promise)
		}
	}
}
