package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sojourn-go/sojourn/middleware"
)

// apiStream sends server-sent events, one tick a second. It need not watch the
// session: the manager cancels the request's context when that, or the login
// under which the stream began, is over.
func (s *shop) apiStream(w http.ResponseWriter, r *http.Request) error {
	control, ctx := http.NewResponseController(w), r.Context()
	if err := control.SetReadDeadline(time.Time{}); err != nil { // of the server's ReadTimeout
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for n := 1; ; n++ {
		if !send(w, control, "tick", fmt.Sprintf(`{"n":%d}`, n)) {
			return nil // the client has gone
		}
		select {
		case <-ticker.C:
		case <-s.closing:
			return nil
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), middleware.ErrStreamEnded) {
				send(w, control, "end", `{}`)
			}
			return nil
		}
	}
}

// send writes one event, and does not wait for a client that takes nothing.
func send(w http.ResponseWriter, control *http.ResponseController, event, data string) bool {
	err := control.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if err == nil {
		_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data)
	}
	return err == nil && control.Flush() == nil
}
