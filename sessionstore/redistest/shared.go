package redistest

import (
	"os"
	"strconv"
	"sync"
	"testing"
)

// sharedDatabases bounds how many tests may use the shared server at a time.
const sharedDatabases = 128

var shared pool

// pool is the one server that the tests of a binary share, and the databases
// of it that no test uses at the moment.
type pool struct {
	mu       sync.Mutex
	instance *instance
	free     []int // longest unused first: a straggler of a test disturbs no other soon
}

// Shared returns a database of a server that all tests of the binary share. It
// is empty, and no other test has it until this one ends, parallel tests and
// subtests included.
//
// Only the keys are apart. Scripts, Pub/Sub channels, CONFIG, the counters in
// INFO and FLUSHALL are the whole server's: a test of those takes [Single].
func Shared(tb testing.TB) *Server {
	tb.Helper()
	if !diesWithParent {
		// Nothing would end the shared server after the last test.
		return Single(tb)
	}
	in, db := shared.lease(tb)
	mark := in.log.len()
	tb.Cleanup(func() { showLog(tb, in, mark) })
	s := newServer(tb, in, db)
	s.shared = true
	if err := s.client.FlushDB(tb.Context()).Err(); err != nil {
		tb.Fatalf("empty database %d of the shared redis-server: %v", db, err)
	}
	return s
}

// lease returns the server, started if need be, and a database of it until the
// test ends.
func (p *pool) lease(tb testing.TB) (*instance, int) {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.instance == nil {
		p.start(tb)
	}
	if len(p.free) == 0 {
		tb.Fatalf("%d tests use the shared redis-server already", sharedDatabases)
	}
	db := p.free[0]
	p.free = p.free[1:]
	tb.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, db)
	})
	return p.instance, db
}

func (p *pool) start(tb testing.TB) {
	tb.Helper()
	binary := findBinary(tb)
	// Not tb.TempDir: the server outlives this test.
	dir, err := os.MkdirTemp("", "redistest") //nolint:usetesting // see above
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := deadline(tb)
	defer cancel()
	p.instance, err = launch(ctx, spec{
		binary: binary,
		dir:    dir,
		// Database 0 stays out of it: who connects to it forgot to say which.
		settings: newSettings(Config("databases", strconv.Itoa(sharedDatabases+1))),
		pickPort: freePort,
	})
	// The server writes nothing, so the directory can go while it runs, and
	// need not be removed when the binary ends.
	if rmErr := os.RemoveAll(dir); rmErr != nil {
		tb.Error(rmErr)
	}
	if err != nil {
		tb.Fatal(err)
	}
	for db := range sharedDatabases {
		p.free = append(p.free, db+1)
	}
}
