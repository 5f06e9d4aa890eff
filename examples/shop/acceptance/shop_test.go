package acceptance

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// shop is one shop, of one instance or of several that share a Redis.
type shop struct {
	program   func() (string, error)
	flags     []string
	http      *http.Client
	redis     *redistest.Server // nil on memory and on a cluster
	turn      atomic.Int64
	admin     *client
	adminOnce sync.Mutex

	mu        sync.Mutex
	instances []*instance
	tokens    map[string]struct{} // all that clients were ever given
}

// backend is what keeps a shop's sessions.
type backend struct {
	name string
	open func(t *testing.T, flags ...string) *shop
}

var (
	memory = backend{"memory", func(t *testing.T, flags ...string) *shop {
		t.Helper()
		return open(t, 1, append([]string{"-data", ""}, flags...)...)
	}}
	oneFile = backend{"file", func(t *testing.T, flags ...string) *shop {
		t.Helper()
		return open(t, 1, append([]string{"-data", t.TempDir()}, flags...)...)
	}}
	twoOnRedis = backend{"redis", func(t *testing.T, flags ...string) *shop {
		t.Helper()
		return openOn(t, redistest.Shared(t), flags...)
	}}
)

// open starts a shop of n instances.
func open(t *testing.T, n int, flags ...string) *shop {
	t.Helper()
	return openProgram(t, shopBinary, n, flags...)
}

func openProgram(t *testing.T, program func() (string, error), n int, flags ...string) *shop {
	t.Helper()
	s := &shop{program: program, flags: flags, tokens: map[string]struct{}{}}
	transport := &http.Transport{MaxIdleConnsPerHost: 2000, DisableCompression: true, ExpectContinueTimeout: patience}
	s.http = &http.Client{
		Transport:     transport,
		Timeout:       2 * patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for range n {
		s.instances = append(s.instances, launch(t, program, flags...))
	}
	t.Cleanup(transport.CloseIdleConnections)
	s.admin = s.client()
	return s
}

// openOn starts a shop of two instances on a Redis server.
func openOn(t *testing.T, r *redistest.Server, flags ...string) *shop {
	t.Helper()
	s := open(t, 2, append([]string{"-redis", r.URL()}, flags...)...)
	s.redis = r
	return s
}

// each runs a test on memory, in a file and on Redis, one after the other.
func each(t *testing.T, run func(t *testing.T, b backend)) {
	t.Helper()
	for _, b := range []backend{memory, oneFile, twoOnRedis} {
		t.Run(b.name, func(t *testing.T) { run(t, b) })
	}
}

// eachWaiting is each for tests that mostly wait, beside others that do.
func eachWaiting(t *testing.T, run func(t *testing.T, b backend)) {
	t.Helper()
	t.Parallel()
	for _, b := range []backend{memory, oneFile, twoOnRedis} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			run(t, b)
		})
	}
}

// here is the first instance.
func (s *shop) here() *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances[0]
}

// there is the last instance: another than here where there is one.
func (s *shop) there() *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances[len(s.instances)-1]
}

// places are the instances that stand for "here or on the other instance".
func (s *shop) places() map[string]*instance {
	if s.here() == s.there() {
		return map[string]*instance{"here": s.here()}
	}
	return map[string]*instance{"here": s.here(), "on the other instance": s.there()}
}

// next is each instance in turn.
func (s *shop) next() *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances[int(s.turn.Add(1))%len(s.instances)]
}

// replace starts an instance anew with the same flags, after it was killed.
func (s *shop) replace(t *testing.T, i int) {
	t.Helper()
	in := launch(t, s.program, s.flags...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances[i] = in
}

// issued takes note of a token that a client was given.
func (s *shop) issued(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = struct{}{}
}

// issuedTokens returns all tokens that clients were given so far.
func (s *shop) issuedTokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := make([]string, 0, len(s.tokens))
	for token := range s.tokens {
		tokens = append(tokens, token)
	}
	return tokens
}

// tolerance is how far a moment in an event may lie from when a client saw it
// happen: activity is recorded to within a twentieth of the shortest limit, and
// times have the precision of a millisecond.
const tolerance = 250 * time.Millisecond
