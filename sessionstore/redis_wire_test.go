package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// spy counts the commands that a client sends.
type spy struct {
	mu        sync.Mutex
	names     []string
	pipelines int
}

func (s *spy) see(cmds ...redis.Cmder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cmd := range cmds {
		s.names = append(s.names, cmd.Name())
	}
}

func (s *spy) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.names
	s.names = nil
	return names
}

func (s *spy) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *spy) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		s.see(cmd)
		return next(ctx, cmd)
	}
}

func (s *spy) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		s.see(cmds...)
		s.mu.Lock()
		s.pipelines++
		s.mu.Unlock()
		return next(ctx, cmds)
	}
}

func TestRedis_commandsPerOperation(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	c, other := usual(), plain()
	r := made(t, client, c, other)
	now := r.Now()
	if err := r.Touch(t.Context(), []sessionstore.Touch{{Session: c.Session, At: now}}); err != nil { // loads the script
		t.Fatal(err)
	}
	if err := r.Append(t.Context(), analytics.Event{Type: analytics.LoginFailed}); err != nil { // likewise
		t.Fatal(err)
	}
	var seen spy
	client.AddHook(&seen)
	if r.Now(); len(seen.take()) > 0 {
		t.Error("Now asks the server, which has told its time")
	}
	write := sessionstore.Change{Session: c.Session, Epoch: 1, Values: []sessionstore.ValueChange{{Key: "n", Op: sessionstore.AddValue, Delta: 1}}}
	for _, tt := range []struct {
		name string
		do   func(ctx context.Context) error
		want []string
	}{
		{"load", func(ctx context.Context) error { _, err := r.Load(ctx, c.Session); return err }, []string{"hgetall"}},
		{"apply", func(ctx context.Context) error { _, err := r.Apply(ctx, write); return err }, []string{"evalsha"}},
		{"remember", func(ctx context.Context) error { _, err := r.Remember(ctx, "word", time.Hour); return err }, []string{"set"}},
		{"touches", func(ctx context.Context) error {
			return r.Touch(ctx, []sessionstore.Touch{{Session: c.Session, At: now}, {Session: other.Session, At: now}})
		}, []string{"evalsha", "evalsha"}},
		{"append", func(ctx context.Context) error {
			return r.Append(ctx, analytics.Event{Type: analytics.LoginFailed, Session: c.Session.String()})
		}, []string{"evalsha"}},
		{"logout", func(ctx context.Context) error {
			_, err := r.Apply(ctx, sessionstore.Change{Session: c.Session, AnyEpoch: true, EndLogin: &sessionstore.End{Reason: "logout"}})
			return err
		}, []string{"evalsha", "hdel"}},
		{"end", func(ctx context.Context) error {
			_, err := r.Apply(ctx, sessionstore.Change{Session: other.Session, AnyEpoch: true, End: &sessionstore.End{Reason: "logout"}})
			return err
		}, []string{"evalsha"}},
	} {
		for _, limited := range []bool{false, true} { // with a deadline commands go another way
			ctx, cancel := t.Context(), func() {}
			if limited {
				if tt.name == "logout" || tt.name == "end" {
					continue
				}
				ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
			}
			if err := tt.do(ctx); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			cancel()
			if got := seen.take(); !slices.Equal(got, tt.want) {
				t.Errorf("%s sends %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}

func TestRedis_allocationsOfLoad(t *testing.T) {
	client := redistest.Shared(t).Client()
	c := usual()
	r := made(t, client, c)
	got := testing.AllocsPerRun(100, func() {
		if _, err := r.Load(t.Context(), c.Session); err != nil {
			t.Error(err)
		}
	})
	if got > 40 {
		t.Errorf("a load allocates %v times, want 40 at most", got)
	}
}

func TestRedis_scriptsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	c := usual()
	r := made(t, server.Client(), c)
	add := sessionstore.Change{Session: c.Session, Epoch: 1, Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
	for range 3 {
		if err := server.Client().ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Apply(t.Context(), add); err != nil {
			t.Fatal(err)
		}
		if err := server.Client().ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := r.Touch(t.Context(), []sessionstore.Touch{{Session: c.Session, At: r.Now()}}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Sweep(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := r.Load(t.Context(), c.Session)
	if err != nil || rec.Cart["apple"] != 5 {
		t.Errorf("Load = %+v, %v, want 2 + 3 apples", rec, err)
	}
}

// TestRedis_scriptsAreLoadedOnce wants the servers that have forgotten a script
// to be sent it once each, however many calls there are.
func TestRedis_scriptsAreLoadedOnce(t *testing.T) {
	t.Parallel()
	const touches = 200
	run := func(t *testing.T, client redis.UniversalClient, servers int) {
		r := made(t, client)
		batch := make([]sessionstore.Touch, touches)
		for i := range batch {
			batch[i] = sessionstore.Touch{Session: sessionstore.NewID(), At: time.Now()}
		}
		if err := r.Touch(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if err := client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		var seen spy
		client.AddHook(&seen)
		if err := r.Touch(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		sent := map[string]int{}
		for _, name := range seen.take() {
			sent[name]++
		}
		want := map[string]int{"eval": servers, "evalsha": 2*touches - servers}
		if !maps.Equal(sent, want) || seen.pipelines != 2 {
			t.Errorf("%d touches send %v in %d pipelines, want %v in 2", touches, sent, seen.pipelines, want)
		}
	}
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		run(t, redistest.Single(t).Client(), 1)
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		cluster := redistest.Cluster(t)
		owners := map[*redistest.Server]bool{}
		for p := range 4 { // the partitions of newRedis
			owners[cluster.NodeFor(fmt.Sprintf("{%d}", p))] = true
		}
		run(t, cluster.Client(), len(owners))
	})
}

// views are page views of so many sessions.
func views(sessions int) []analytics.Event {
	var events []analytics.Event
	for range sessions {
		events = append(events, analytics.Event{Type: analytics.PageViewed, Time: time.Now(), Session: sessionstore.NewID().String()})
	}
	return events
}

// TestRedis_appendsInOneRoundTrip wants the events of many sessions to be one
// pipeline, in which there is one command for each partition.
func TestRedis_appendsInOneRoundTrip(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client()
	r := made(t, client)
	if err := r.Append(t.Context(), views(100)...); err != nil { // loads the script, and connects
		t.Fatal(err)
	}
	var seen spy
	client.AddHook(&seen)
	if err := r.Append(t.Context(), views(300)...); err != nil {
		t.Fatal(err)
	}
	if sent := seen.take(); len(sent) != 4 || seen.pipelines != 1 { // the partitions of newRedis
		t.Errorf("300 events of as many sessions send %q in %d pipelines, want 4 commands in 1", sent, seen.pipelines)
	}
	got, err := r.Events(t.Context(), analytics.Query{Type: analytics.PageViewed})
	if err != nil || len(got) != 400 {
		t.Errorf("Events = %d events, %v, want 400", len(got), err)
	}
}

// TestI3_RedisAppendsOnce cuts the connection after the server appended events:
// they must not be appended again, and the error is one of the store.
func TestI3_RedisAppendsOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	if err := made(t, server.Client()).Append(t.Context(), views(1)...); err != nil { // loads the script
		t.Fatal(err)
	}
	p := newProxy(t, server.Addr())
	client := redis.NewClient(&redis.Options{Addr: p.Addr().String()})
	t.Cleanup(func() { client.Close() })
	r := newRedis(t, client, sessionstore.RedisOptions{})
	want := 1
	for _, sessions := range []int{1, 40} {
		p.armed.Store(true)
		if err := r.Append(t.Context(), views(sessions)...); err == nil || errors.Is(err, sessionstore.ErrInvalid) {
			t.Errorf("Append of %d = %v, want an error of the store", sessions, err)
		}
		want += sessions
		if got, err := r.Events(t.Context(), analytics.Query{Type: analytics.PageViewed}); err != nil || len(got) != want {
			t.Errorf("Events = %d events, %v, want %d: each was appended once", len(got), err, want)
		}
	}
}

// TestI2_RedisAddsOnce cuts the connection after the server executed an
// addition: it must not be sent again.
func TestI2_RedisAddsOnce(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	c := usual()
	add := sessionstore.Change{Session: c.Session, Epoch: 1, Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}}}
	made(t, server.Client(), c, add) // the server knows the scripts from now on
	p := newProxy(t, server.Addr())
	client := redis.NewClient(&redis.Options{Addr: p.Addr().String()})
	t.Cleanup(func() { client.Close() })
	r := newRedis(t, client, sessionstore.RedisOptions{})
	want := int64(3)
	for _, limited := range []bool{false, true} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if !limited {
			ctx = context.WithoutCancel(ctx)
		}
		p.armed.Store(true)
		before := p.sent.Load()
		_, err := r.Apply(ctx, add)
		cancel()
		want++
		if err == nil || errors.Is(err, sessionstore.ErrEnded) {
			t.Errorf("Apply = %v, want an error of the store", err)
		}
		if n := p.sent.Load() - before; n != 1 {
			t.Errorf("the script was sent %d times, want once", n)
		}
	}
	// A load is asked for again, a touch too.
	p.armed.Store(true)
	if err := r.Touch(t.Context(), []sessionstore.Touch{{Session: c.Session, At: r.Now()}}); err != nil {
		t.Errorf("Touch over a connection that broke = %v, want success", err)
	}
	rec, err := r.Load(t.Context(), c.Session)
	if err != nil || rec.Cart["apple"] != want {
		t.Errorf("Load = %+v, %v, want %d apples", rec, err, want)
	}
}

// TestI6_RedisHung wants calls to end with their deadline when the server hangs.
func TestI6_RedisHung(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	c := usual()
	r := made(t, server.Client(), c)
	server.Pause()
	for name, do := range map[string]func(ctx context.Context) error{
		"Load": func(ctx context.Context) error { _, err := r.Load(ctx, c.Session); return err },
		"Apply": func(ctx context.Context) error {
			_, err := r.Apply(ctx, sessionstore.Change{Session: c.Session, AnyEpoch: true})
			return err
		},
		"Remember": func(ctx context.Context) error { _, err := r.Remember(ctx, "word", time.Hour); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		began := time.Now()
		err := do(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrEnded) {
			t.Errorf("%s = %v, want that the deadline passed", name, err)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	server.Resume()
	if _, err := r.Load(t.Context(), c.Session); err != nil {
		t.Errorf("Load after the server came back = %v", err)
	}
}

func TestI6_RedisDown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	t.Cleanup(func() { client.Close() })
	r := newRedis(t, client, sessionstore.RedisOptions{})
	if _, err := r.Load(t.Context(), sessionstore.NewID()); err == nil || errors.Is(err, sessionstore.ErrEnded) {
		t.Errorf("Load = %v, want an error of the store", err)
	}
	if _, err := r.Apply(t.Context(), usual()); err == nil {
		t.Error("Apply succeeds without a server")
	}
	if first, err := r.Remember(t.Context(), "word", time.Hour); err == nil || first {
		t.Errorf("Remember = %v, %v without a server, want an error", first, err)
	}
	if err := r.Ping(t.Context()); err == nil {
		t.Error("Ping succeeds without a server")
	}
	if now := r.Now(); time.Since(now).Abs() > time.Minute {
		t.Errorf("Now = %v without a server, want the local clock", now)
	}
}
