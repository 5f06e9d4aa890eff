package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// Bench measures the stores that h opens, each benchmark on a fresh one. The
// session that is loaded and changed is a usual one: logged in, on a visit,
// with ten values and three cart lines.
func Bench(b *testing.B, h Harness) {
	for _, bench := range []struct {
		name string
		run  func(b *testing.B, s sessionstore.Store)
	}{
		{"Load", benchLoad},
		{"Apply/set", benchApply(func(i int) part { return setting("theme", fmt.Sprint(i)) })},
		{"Apply/add_to_cart", benchApply(func(i int) part { return addingLine(fmt.Sprint("sku ", i%50), int64(1-i/50%2*2)) })},
		{"Apply/nothing", benchApply(func(int) part { return func(*sessionstore.Change) {} })},
		{"Touch/100", benchTouch},
		{"Create_End", benchCreateEnd},
		{"Login_Logout", benchLogin},
		{"Parallel/Load", benchParallel(func(ctx context.Context, s sessionstore.Store, id sessionstore.ID, _ int) error {
			_, err := s.Load(ctx, id)
			return err
		})},
		{"Parallel/Apply_set", benchParallel(func(ctx context.Context, s sessionstore.Store, id sessionstore.ID, i int) error {
			_, err := s.Apply(ctx, over(id, setting("theme", fmt.Sprint(i))))
			return err
		})},
	} {
		b.Run(bench.name, func(b *testing.B) {
			in := h.Open(b, Options{Feed: sessionstore.FeedOptions{Cap: 10_000}})
			b.ReportAllocs()
			bench.run(b, in.Store)
		})
	}
}

// benchSession makes a usual session.
func benchSession(b *testing.B, s sessionstore.Store) *sessionstore.Record {
	b.Helper()
	c := creationOf(newHash(), visiting())
	c.Login = &sessionstore.LoginStart{ID: sessionstore.NewSpanID(), User: "user " + c.Session.String(), Began: s.Now(), Idle: loginIdle}
	for i := range 10 {
		setting(fmt.Sprint("key ", i), "a value of some thirty bytes..")(&c)
	}
	for i := range 3 {
		addingLine(fmt.Sprint("line ", i), 1)(&c)
	}
	must(b, s, c)
	rec, err := s.Load(b.Context(), c.Session)
	if err != nil {
		b.Fatal(err)
	}
	return rec
}

func must(b *testing.B, s sessionstore.Store, c sessionstore.Change) {
	b.Helper()
	if _, err := s.Apply(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}

func benchLoad(b *testing.B, s sessionstore.Store) {
	rec := benchSession(b, s)
	for b.Loop() {
		if _, err := s.Load(b.Context(), rec.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func benchApply(p func(i int) part) func(*testing.B, sessionstore.Store) {
	return func(b *testing.B, s sessionstore.Store) {
		rec := benchSession(b, s)
		for i := 0; b.Loop(); i++ {
			must(b, s, on(rec, p(i)))
		}
	}
}

func benchTouch(b *testing.B, s sessionstore.Store) {
	touches := make([]sessionstore.Touch, 100)
	for i := range touches {
		touches[i] = sessionstore.Touch{Session: benchSession(b, s).ID, At: s.Now()}
	}
	for b.Loop() {
		for i := range touches {
			touches[i].At = touches[i].At.Add(time.Millisecond)
		}
		if err := s.Touch(b.Context(), touches); err != nil {
			b.Fatal(err)
		}
	}
}

func benchCreateEnd(b *testing.B, s sessionstore.Store) {
	for b.Loop() {
		c := creationOf(newHash(), visiting())
		must(b, s, c)
		must(b, s, over(c.Session, ending(analytics.ReasonLogout)))
	}
}

func benchLogin(b *testing.B, s sessionstore.Store) {
	rec := benchSession(b, s)
	for b.Loop() {
		must(b, s, over(rec.ID, renewing(newHash()), func(c *sessionstore.Change) {
			c.Login = &sessionstore.LoginStart{ID: sessionstore.NewSpanID(), User: "ann", Began: s.Now(), Idle: loginIdle}
		}))
		must(b, s, over(rec.ID, leaving(analytics.ReasonLogout)))
	}
}

func benchParallel(f func(context.Context, sessionstore.Store, sessionstore.ID, int) error) func(*testing.B, sessionstore.Store) {
	return func(b *testing.B, s sessionstore.Store) {
		recs := make([]*sessionstore.Record, 64)
		for i := range recs {
			recs[i] = benchSession(b, s)
		}
		var n atomic.Int64
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := int(n.Add(1))
				if err := f(b.Context(), s, recs[i%len(recs)].ID, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
}
