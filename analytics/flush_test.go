package analytics_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestFlushDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(95)
		a, b := new(log), new(log)
		p := newPump(t, &feed, analytics.Fanout{"a": a, "b": b}, analytics.PumpOptions{Batch: 10})
		began := time.Now()
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, rec := range map[string]*log{"a": a, "b": b} {
			if got := slices.Concat(rec.given()...); !slices.Equal(got, firstIDs(95)) || feed.acked(name) != 95 {
				t.Errorf("%s got %d and acknowledged %d of 95", name, len(got), feed.acked(name))
			}
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("took %v", d)
		}
	})
}

// What a stopped Run still held is delivered by Flush, though the feed does not
// hand it out again.
func TestFlushDeliversWhatRunHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(5)
		var up atomic.Bool
		rec := log{answer: func(context.Context, []analytics.Event) error {
			if !up.Load() {
				return errDown
			}
			return nil
		}}
		p := newPump(t, &feed, &rec, analytics.PumpOptions{})
		stop := start(t, p)
		advance(time.Hour)
		stop()
		if feed.acked("g") != 0 {
			t.Fatal("acknowledged what was not recorded")
		}
		up.Store(true)
		if err := p.Flush(t.Context()); err != nil || feed.acked("g") != 5 {
			t.Errorf("error %v, acknowledged %d of 5", err, feed.acked("g"))
		}
	})
}

func TestFlushBesideRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		var busy atomic.Int32
		rec := log{answer: func(context.Context, []analytics.Event) error {
			if busy.Add(1) > 1 {
				t.Error("the recorder was called twice at a time")
			}
			<-time.After(10 * time.Millisecond)
			busy.Add(-1)
			return nil
		}}
		p := newPump(t, &feed, &rec, analytics.PumpOptions{Batch: 10})
		stop := start(t, p)
		for range 20 {
			feed.append(25)
			if err := p.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			if got, want := feed.acked("g"), len(feed.events); got != want {
				t.Errorf("flushed %d of %d", got, want)
			}
			advance(30 * time.Millisecond)
		}
		stop()
		if got := slices.Concat(rec.given()...); !slices.Equal(got, firstIDs(500)) {
			t.Errorf("delivered %d events, want each of 500 once and in order", len(got))
		}
	})
}

func TestFlushGivesUpOnAFailingMemberAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(50)
		good, bad := new(log), &log{answer: always(errDown)}
		p := newPump(t, &feed, analytics.Fanout{"good": good, "bad": bad}, analytics.PumpOptions{Batch: 10})
		began := time.Now()
		err := p.Flush(t.Context())
		if !errors.Is(err, errDown) || !strings.Contains(err.Error(), `"bad"`) || strings.Contains(err.Error(), `"good"`) {
			t.Errorf("error %v", err)
		}
		if d := time.Since(began); d > 300*time.Millisecond || len(bad.given()) != 3 {
			t.Errorf("%d attempts in %v", len(bad.given()), d)
		}
		if feed.acked("good") != 50 || feed.acked("bad") != 0 {
			t.Errorf("acknowledged %d and %d", feed.acked("good"), feed.acked("bad"))
		}
		bad.answer = nil
		if err := p.Flush(t.Context()); err != nil || feed.acked("bad") != 50 {
			t.Errorf("error %v, acknowledged %d of 50", err, feed.acked("bad"))
		}
	})
}

func TestFlushGetsOverAPassingFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls int
		feed := fakeFeed{fail: func(string) error {
			if calls++; calls%2 != 0 {
				return errDown
			}
			return nil
		}}
		feed.append(30)
		var rec log
		if err := newPump(t, &feed, &rec, analytics.PumpOptions{Batch: 10}).Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := slices.Concat(rec.given()...); !slices.Equal(got, firstIDs(30)) || feed.acked("g") != 30 {
			t.Errorf("delivered %v, acknowledged %d", got, feed.acked("g"))
		}
	})
}

func TestFlushEndsWithItsContext(t *testing.T) {
	hang := func(ctx context.Context, _ []analytics.Event) error { <-ctx.Done(); return ctx.Err() }
	tests := map[string]struct {
		answer func(context.Context, []analytics.Event) error
		run    bool // Run has the turn
	}{
		"recorder hangs":   {hang, false},
		"Run has the turn": {hang, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var feed fakeFeed
				feed.append(1)
				p := newPump(t, &feed, &log{answer: tt.answer}, analytics.PumpOptions{})
				if tt.run {
					start(t, p)
					synctest.Wait()
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				began := time.Now()
				if err := p.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
				if d := time.Since(began); d != 2*time.Second {
					t.Errorf("returned after %v", d)
				}
			})
		})
	}
}

// A feed that grows as fast as it is read does not keep Flush beyond its
// context.
func TestFlushOfAGrowingFeedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(1)
		rec := log{answer: func(context.Context, []analytics.Event) error {
			feed.append(1)
			<-time.After(time.Millisecond)
			return nil
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := newPump(t, &feed, &rec, analytics.PumpOptions{}).Flush(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || feed.acked("g") != len(rec.given()) {
			t.Errorf("error %v, %d calls, %d acknowledged", err, len(rec.given()), feed.acked("g"))
		}
	})
}

func TestFlushWithADeadContextTouchesNothing(t *testing.T) {
	var feed fakeFeed
	feed.append(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := newPump(t, &feed, new(log), analytics.PumpOptions{}).Flush(ctx)
	if !errors.Is(err, context.Canceled) || len(feed.reads) != 0 {
		t.Errorf("error %v, %d reads", err, len(feed.reads))
	}
}
