package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
	"github.com/sojourn-go/sojourn/sessionstore"
)

const (
	endsIdle    = time.Second // after which the sessions of this check end
	endsTimeout = 30 * time.Second
)

// sojournEnds lets two servers share the sessions. Half of them are ended by one
// call; the others end by their idle limit, which both servers look after. All
// ends arrive at the recorder.
func sojournEnds(ctx context.Context, srv *server) (endings, error) {
	ctx, cancel := context.WithTimeout(ctx, endsTimeout)
	defer cancel()
	rec := &endRecorder{enough: make(chan struct{})}
	var servers []*opened
	err := func() error {
		for range 2 {
			o, err := newSojourn(ctx, srv, sessionstore.RedisOptions{Prefix: "ends"}, middleware.Config{SessionIdle: endsIdle, Recorder: rec})
			if err != nil {
				return err
			}
			servers = append(servers, o)
		}
		return endSessions(ctx, servers, rec)
	}()
	// An end that is reported twice has been by the time the servers have closed.
	for _, o := range servers {
		err = errors.Join(err, o.close())
	}
	return rec.endings(), err
}

// endSessions makes sessions and returns when all have been reported to have ended.
func endSessions(ctx context.Context, servers []*opened, rec *endRecorder) error {
	users := []string{"leaves", "forgets"}
	for i := range endingSessions {
		b := newBrowser(servers[i/2%len(servers)].handler)
		if _, err := b.ask(ctx, http.MethodPost, "/login/"+users[i%len(users)]); err != nil {
			return err
		}
	}
	if err := servers[0].revokeUser(ctx, users[0]); err != nil {
		return err
	}
	select {
	case <-rec.enough:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d ends of %d were reported: %w", rec.endings().sessions, endingSessions, ctx.Err())
	}
}

// endRecorder keeps the ends of sessions. An event that is delivered again is
// not another report: it has the same ID.
type endRecorder struct {
	analytics.Memory
	enough chan struct{} // closed when every session has ended
	once   sync.Once
}

// Record implements [analytics.Recorder].
func (r *endRecorder) Record(ctx context.Context, events []analytics.Event) error {
	if err := r.Memory.Record(ctx, events); err != nil {
		return err
	}
	if r.endings().sessions == endingSessions {
		r.once.Do(func() { close(r.enough) })
	}
	return nil
}

func (r *endRecorder) endings() endings {
	var e endings
	seen := map[string]bool{}
	for _, event := range r.Events(analytics.Query{Type: analytics.SessionEnded}) {
		seen[event.Session] = true
		e.reports++
	}
	e.sessions = len(seen)
	return e
}
