package redistest

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Server is a redis-server, or with [Shared] one database of it. Its methods
// end the test when they fail, so they are called from the test's goroutine.
type Server struct {
	tb       testing.TB
	instance *instance
	db       int
	shared   bool
	client   *redis.Client
}

// Single starts a server for this test alone. It keeps nothing on disk unless
// opts say otherwise, and ends with the test.
func Single(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	return startServer(tb, spec{settings: newSettings(opts...)})
}

// startServer starts what s asks for in a directory of its own and sees to
// its end.
func startServer(tb testing.TB, s spec) *Server {
	tb.Helper()
	s.binary = findBinary(tb)
	s.dir = tb.TempDir() // before Cleanup, so that it is removed after the kill
	s.pickPort = freePort
	ctx, cancel := deadline(tb)
	defer cancel()
	in, err := launch(ctx, s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := in.kill(); err != nil {
			tb.Error(err)
		}
		showLog(tb, in, 0)
	})
	return newServer(tb, in, 0)
}

func newServer(tb testing.TB, in *instance, db int) *Server {
	s := &Server{tb: tb, instance: in, db: db}
	s.client = redis.NewClient(s.Options())
	tb.Cleanup(func() {
		if err := s.client.Close(); err != nil {
			tb.Errorf("close the client of %s: %v", s.Addr(), err)
		}
	})
	return s
}

// Addr returns host:port. It does not name the database, which for a [Shared]
// server is not 0: prefer [Server.Options] or [Server.URL].
func (s *Server) Addr() string { return s.instance.addr() }

// URL returns the server and database as a redis:// URL.
func (s *Server) URL() string { return fmt.Sprintf("redis://%s/%d", s.Addr(), s.db) }

// Options returns new options for a client of this server and database, for
// tests that set timeouts or retries of their own.
func (s *Server) Options() *redis.Options {
	return &redis.Options{Addr: s.Addr(), DB: s.db}
}

// Client returns a client with default options, the same on each call. It is
// closed when the test ends.
func (s *Server) Client() *redis.Client { return s.client }

// Kill ends the process with SIGKILL and returns when it is gone. Without
// [AppendOnly] its data is gone too.
func (s *Server) Kill() {
	s.tb.Helper()
	s.refuseShared()
	if err := s.instance.kill(); err != nil {
		s.tb.Fatal(err)
	}
}

// Restart starts the server again, on the same port and directory, and returns
// when it has loaded its data and serves commands. A server that runs is
// killed first.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	ctx, cancel := deadline(s.tb)
	defer cancel()
	if err := s.instance.start(ctx); err != nil {
		s.tb.Fatal(err)
	}
}

// Pause stops the process with SIGSTOP: connections stay open, and connecting
// still succeeds, but nothing is answered. It returns when the process stands
// still.
func (s *Server) Pause() {
	s.tb.Helper()
	s.refuseShared()
	ctx, cancel := deadline(s.tb)
	defer cancel()
	if err := s.instance.running(func(p *process) error { return p.pause(ctx) }); err != nil {
		s.tb.Fatal(err)
	}
}

// Resume lets a paused server go on, with all that was sent to it meanwhile.
func (s *Server) Resume() {
	s.tb.Helper()
	s.refuseShared()
	if err := s.instance.running((*process).resume); err != nil {
		s.tb.Fatal(err)
	}
}

func (s *Server) refuseShared() {
	s.tb.Helper()
	if s.shared {
		s.tb.Fatal("a shared server serves other tests too: use Single")
	}
}

// deadline returns a context for starting or stopping a server. It outlives
// the test's own, so that cleanup functions can restart a server.
func deadline(tb testing.TB) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(tb.Context()), startTimeout)
}

// showLog shows what the server printed after the first n bytes, if the test
// failed.
func showLog(tb testing.TB, in *instance, n int) {
	tb.Helper()
	if tb.Failed() {
		tb.Logf("log of redis-server on %s:\n%s", in.addr(), in.log.since(n))
	}
}
