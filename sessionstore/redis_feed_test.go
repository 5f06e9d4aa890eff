package sessionstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
	"github.com/sojourn-go/sojourn/sessionstore/redistest"
)

// note appends n events about one user, and so to one partition.
func note(t *testing.T, r *sessionstore.Redis, n int) {
	t.Helper()
	events := make([]analytics.Event, n)
	for i := range events {
		events[i] = analytics.Event{Type: analytics.ActionTaken, User: "ann"}
	}
	if err := r.Append(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, r *sessionstore.Redis, consumer string, limit int) []analytics.Entry {
	t.Helper()
	entries, err := r.Read(t.Context(), "g", consumer, limit)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// lost returns how many events the gaps among entries tell of.
func lost(entries []analytics.Entry) (gaps, others int) {
	for _, e := range entries {
		if e.Event.Type == analytics.FeedGap {
			gaps++
		} else {
			others++
		}
	}
	return gaps, others
}

func TestRedis_feedTellsOfEachGapOnce(t *testing.T) {
	t.Parallel()
	r := newRedis(t, redistest.Shared(t).Client(), sessionstore.RedisOptions{
		Partitions: 1, Feed: sessionstore.FeedOptions{Cap: 10, ClaimAfter: time.Hour},
	})
	note(t, r, 4)
	read(t, r, "a", 3)
	note(t, r, 20) // 14 that the group never had, and 3 that it holds
	for i, want := range [][2]int{{1, 4}, {0, 5}, {0, 1}, {0, 0}} {
		gaps, others := lost(read(t, r, "a", 5))
		if gaps != want[0] || others != want[1] {
			t.Errorf("read %d has %d gaps and %d events, want %v", i, gaps, others, want)
		}
	}
	note(t, r, 12)
	entries := read(t, r, "a", 20)
	if len(entries) != 11 || entries[0].Event.Attributes["lost"] != "2" || entries[0].Position != "" {
		t.Errorf("read after a second gap = %+v, want 2 lost and 10 more", entries)
	}
}

func TestRedis_feedTellsOfLossInDeadHands(t *testing.T) {
	t.Parallel()
	r := newRedis(t, redistest.Shared(t).Client(), sessionstore.RedisOptions{
		Partitions: 1, Feed: sessionstore.FeedOptions{Cap: 5, ClaimAfter: time.Millisecond},
	})
	note(t, r, 4)
	read(t, r, "dead", 4)
	note(t, r, 4) // 3 of the 4 are dropped
	gaps, others := 0, 0
	eventually(t, func() bool {
		g, o := lost(read(t, r, "alive", 10))
		gaps, others = gaps+g, others+o
		return gaps > 0 && others >= 5
	})
	if gaps != 1 || others < 5 {
		t.Errorf("%d gaps and %d events, want 1 and 5", gaps, others)
	}
}

func TestRedis_feedReadsAllPartitions(t *testing.T) {
	t.Parallel()
	r := newRedis(t, redistest.Shared(t).Client(), sessionstore.RedisOptions{Partitions: 16})
	want := map[string]bool{}
	for range 50 {
		c := plain()
		if _, err := r.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		want[c.Session.String()] = true
	}
	for range 200 {
		entries := read(t, r, "a", 3)
		if len(entries) > 3 {
			t.Fatalf("%d entries, want 3 at most", len(entries))
		}
		var done []string
		for _, e := range entries {
			if e.Position != e.Event.ID {
				t.Fatalf("position %q of event %q", e.Position, e.Event.ID)
			}
			if e.Event.Type == analytics.SessionStarted {
				delete(want, e.Event.Session)
			}
			done = append(done, e.Position)
		}
		if err := r.Ack(t.Context(), "g", append(done, "", "x", "-1-1-1", "99-1-1", "1-", "1-1-1 OR 1")); err != nil {
			t.Fatal(err)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d starts were never read", len(want))
	}
}

func TestRedis_watchLosesNothingUnsaid(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	r := newRedis(t, server.Client(), sessionstore.RedisOptions{})
	signals := make(chan sessionstore.Signal, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Watch(ctx, func(s sessionstore.Signal) { signals <- s }) }()
	// The subscription is there when a signal arrives.
	next := func(match func(sessionstore.Signal) bool) {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		give := time.After(20 * time.Second)
		for {
			c := plain()
			if _, err := r.Apply(t.Context(), c); err == nil {
				r.Apply(t.Context(), sessionstore.Change{Session: c.Session, AnyEpoch: true, End: &sessionstore.End{Reason: analytics.ReasonRevoked}})
			}
			select {
			case s := <-signals:
				if match(s) {
					return
				}
			case <-tick.C:
			case <-give:
				t.Fatal("no signal")
			}
		}
	}
	next(func(s sessionstore.Signal) bool { return s.Ended && !s.Lost })
	server.Restart()
	next(func(s sessionstore.Signal) bool { return s.Lost })
	next(func(s sessionstore.Signal) bool { return s.Ended && !s.Lost })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch = %v, want context.Canceled", err)
	}
}

// TestRedis_slotMoves moves the slot of a session from node to node while the
// session is written: no change is lost, and none is made twice.
func TestRedis_slotMoves(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t)
	client := cluster.Client()
	c := plain()
	r := made(t, client, c)
	key := r.SessionKey(c.Session)
	slot, err := client.ClusterKeySlot(t.Context(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	made := make(chan int64, 4)
	for range cap(made) {
		go func() {
			var n int64
			defer func() { made <- n }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := r.Apply(t.Context(), sessionstore.Change{
					Session: c.Session, Cart: []sessionstore.CartChange{{SKU: "apple", Quantity: 1}},
				})
				if err == nil {
					n++
				} else if errors.Is(err, sessionstore.ErrEnded) {
					t.Errorf("Apply while the slot moves = %v", err)
					return
				}
				if _, err := r.Load(t.Context(), c.Session); err != nil {
					t.Errorf("Load while the slot moves = %v", err)
					return
				}
			}
		}()
	}
	from := cluster.NodeFor(key)
	for _, to := range cluster.Nodes() {
		if to != from {
			moveSlot(t, slot, from, to, cluster.Nodes())
			from = to
		}
	}
	close(stop)
	want := int64(2)
	for range cap(made) {
		want += <-made
	}
	rec, err := r.Load(t.Context(), c.Session)
	if err != nil || rec.Cart["apple"] != want {
		t.Errorf("Load = %+v, %v, want %d apples", rec.Cart, err, want)
	}
}

func moveSlot(t *testing.T, slot int64, from, to *redistest.Server, all []*redistest.Server) {
	t.Helper()
	do := func(s *redistest.Server, args ...any) *redis.Cmd {
		t.Helper()
		cmd := s.Client().Do(t.Context(), args...)
		if cmd.Err() != nil {
			t.Fatalf("%v: %v", args, cmd.Err())
		}
		return cmd
	}
	idOf := func(s *redistest.Server) string {
		text, err := do(s, "cluster", "myid").Text()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	do(to, "cluster", "setslot", slot, "importing", idOf(from))
	do(from, "cluster", "setslot", slot, "migrating", idOf(to))
	for {
		keys, err := do(from, "cluster", "getkeysinslot", slot, 1).StringSlice()
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) == 0 {
			break
		}
		host, port := split(t, to.Addr())
		do(from, "migrate", host, port, keys[0], 0, 5000)
	}
	for _, s := range all {
		do(s, "cluster", "setslot", slot, "node", idOf(to))
	}
}
