package analytics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

var errDown = errors.New("down")

// start runs a pump in the background. The returned function stops it and
// waits until it has.
func start(t *testing.T, p *analytics.Pump) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// advance lets d pass in the test's bubble, and what is due by then happen.
func advance(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func newPump(t *testing.T, feed analytics.Feed, rec analytics.Recorder, opts analytics.PumpOptions) *analytics.Pump {
	t.Helper()
	p, err := analytics.NewPump(feed, "g", rec, opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// log is a recorder that notes what each call was given, and when, and answers
// as it is told to.
type log struct {
	mu     sync.Mutex
	calls  [][]string
	times  []time.Time
	answer func(ctx context.Context, events []analytics.Event) error
}

func (l *log) Record(ctx context.Context, events []analytics.Event) error {
	l.mu.Lock()
	l.calls = append(l.calls, ids(events))
	l.times = append(l.times, time.Now())
	l.mu.Unlock()
	if l.answer == nil {
		return nil
	}
	return l.answer(ctx, events)
}

// given returns the IDs that each call so far was given.
func (l *log) given() [][]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

func always(err error) func(context.Context, []analytics.Event) error {
	return func(context.Context, []analytics.Event) error { return err }
}

func TestPumpDeliversInOrderAndAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(25)
		var rec log
		start(t, newPump(t, &feed, &rec, analytics.PumpOptions{Batch: 10}))
		synctest.Wait()
		if got := slices.Concat(rec.given()...); !slices.Equal(got, firstIDs(25)) {
			t.Errorf("delivered at once %v, want all", got)
		}
		if got := feed.acked("g"); got != 25 {
			t.Errorf("acknowledged %d of 25", got)
		}
		// Three reads at once, the last of them not full, then one each 200 ms.
		advance(time.Second)
		if got := len(feed.reads); got != 3+5 {
			t.Errorf("%d reads, want 8: %v", got, feed.reads)
		}
	})
}

func TestPumpRetriesWithTheSameIDsAndBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(1)
		var up atomic.Bool
		rec := log{answer: func(_ context.Context, events []analytics.Event) error {
			if !up.Load() {
				clear(events) // a failing recorder may spoil its slice
				return errDown
			}
			return nil
		}}
		stop := start(t, newPump(t, &feed, &rec, analytics.PumpOptions{}))
		advance(10 * time.Minute)
		up.Store(true)
		advance(16 * time.Second)
		stop()

		for i, call := range rec.given() {
			if !slices.Equal(call, firstIDs(1)) {
				t.Fatalf("attempt %d was given %v", i, call)
			}
		}
		full, varied := 100*time.Millisecond, false
		for i := 1; i < len(rec.times); i++ {
			if d := rec.times[i].Sub(rec.times[i-1]); d > full || d < full/2 {
				t.Errorf("pause %d is %v, want %v to %v", i, d, full/2, full)
			}
			varied = varied || rec.times[i].Sub(rec.times[i-1]) != full
			full = min(2*full, 15*time.Second)
		}
		if !varied {
			t.Error("the pauses have no random part")
		}
		if n := len(rec.given()); n < 600/15 || n > 2*600/15+10 {
			t.Errorf("%d attempts in 10 minutes", n)
		}
		if feed.acked("g") != 1 {
			t.Error("not acknowledged in the end")
		}
	})
}

func TestPumpSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(3)
		var calls int
		var logged bytes.Buffer
		mem := analytics.NewMemory(0)
		rec := analytics.RecorderFunc(func(ctx context.Context, events []analytics.Event) error {
			if calls++; calls <= 2 {
				panic("a bug")
			}
			return mem.Record(ctx, events)
		})
		stop := start(t, newPump(t, &feed, rec, analytics.PumpOptions{Logger: slog.New(slog.NewTextHandler(&logged, nil))}))
		advance(time.Second)
		stop()
		if got := ids(mem.Events(analytics.Query{})); !slices.Equal(got, firstIDs(3)) || feed.acked("g") != 3 {
			t.Errorf("recorded %v, acknowledged %d", got, feed.acked("g"))
		}
		for _, want := range []string{"a bug", "pump_test.go", "group=g", "failures=2", "delivery recovered"} {
			if !strings.Contains(logged.String(), want) {
				t.Errorf("log lacks %q:\n%s", want, logged.String())
			}
		}
	})
}

func TestPumpFailingMembersHoldUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(20)
		good := new(log)
		members := analytics.Fanout{
			"fails":  &log{answer: always(errDown)},
			"good":   good,
			"hangs":  &log{answer: func(ctx context.Context, _ []analytics.Event) error { <-ctx.Done(); return ctx.Err() }},
			"panics": analytics.RecorderFunc(func(context.Context, []analytics.Event) error { panic("a bug") }),
		}
		p, err := analytics.NewPump(&feed, "not used", members, analytics.PumpOptions{Batch: 10})
		if err != nil {
			t.Fatal(err)
		}
		stop := start(t, p)
		for range 10 {
			advance(time.Minute)
			feed.append(5)
		}
		advance(time.Second)
		stop()
		if got := slices.Concat(good.given()...); !slices.Equal(got, firstIDs(70)) {
			t.Errorf("good got %d events, want each of 70 once: %v", len(got), got)
		}
		if got, want := feed.groups(), []string{"fails", "good", "hangs", "panics"}; !slices.Equal(got, want) {
			t.Errorf("groups %v, want %v", got, want)
		}
		for _, group := range feed.groups() {
			want := 0
			if group == "good" {
				want = 70
			}
			if got := feed.acked(group); got != want {
				t.Errorf("group %s acknowledged %d, want %d", group, got, want)
			}
		}
	})
}

func TestPumpPoisonIsNarrowedDownAndNotDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(100)
		poison := id(37)
		var cured atomic.Bool
		mem := analytics.NewMemory(0)
		rec := log{answer: func(ctx context.Context, events []analytics.Event) error {
			if !cured.Load() && slices.Contains(ids(events), poison) {
				return errDown
			}
			return mem.Record(ctx, events)
		}}
		var logged bytes.Buffer
		stop := start(t, newPump(t, &feed, &rec, analytics.PumpOptions{Logger: slog.New(slog.NewTextHandler(&logged, nil))}))
		advance(time.Hour)
		if got := ids(mem.Events(analytics.Query{})); !slices.Equal(got, firstIDs(37)) || feed.acked("g") != 37 {
			t.Errorf("before the poison %d recorded and %d acknowledged, want 37", len(got), feed.acked("g"))
		}
		calls := rec.given()
		if len(calls[0]) != 100 || len(calls[1]) != 100 || len(calls[2]) != 100 {
			t.Errorf("the first attempts are not the whole batch: %v", calls[:3])
		}
		if got := calls[len(calls)-1]; !slices.Equal(got, []string{poison}) {
			t.Errorf("the last attempt was %v, want the poison alone", got)
		}
		cured.Store(true)
		advance(16 * time.Second)
		stop()
		if got := ids(mem.Events(analytics.Query{})); !slices.Equal(got, firstIDs(100)) || feed.acked("g") != 100 {
			t.Errorf("after the cure %d recorded and %d acknowledged, want 100", len(got), feed.acked("g"))
		}
		if got := len(rec.given()) - len(calls); got > 10 {
			t.Errorf("%d calls after the cure: the parts did not grow again", got)
		}
		if want := "level=ERROR"; !strings.Contains(logged.String(), want) || !strings.Contains(logged.String(), "first="+poison) {
			t.Errorf("the log does not name the poison:\n%s", logged.String())
		}
	})
}

func TestPumpRetriesTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads, acks int
		feed := fakeFeed{fail: func(op string) error {
			if op == "read" {
				if reads++; reads <= 3 {
					return errDown
				}
			} else if acks++; acks <= 3 {
				return errDown
			}
			return nil
		}}
		feed.append(5)
		var rec log
		stop := start(t, newPump(t, &feed, &rec, analytics.PumpOptions{}))
		advance(time.Minute)
		stop()
		if len(rec.given()) != 1 {
			t.Errorf("recorded %d times: an Ack that failed was answered with another delivery", len(rec.given()))
		}
		if got := feed.acked("g"); got != 5 {
			t.Errorf("acknowledged %d of 5", got)
		}
	})
}

func TestPumpRunFinishesTheBatchUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(5)
		rec := log{answer: func(ctx context.Context, _ []analytics.Event) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(3 * time.Second):
				return nil
			}
		}}
		stop := start(t, newPump(t, &feed, &rec, analytics.PumpOptions{}))
		advance(time.Second)
		began := time.Now()
		stop()
		if d := time.Since(began); d != 2*time.Second || feed.acked("g") != 5 {
			t.Errorf("stopped after %v with %d of 5 acknowledged", d, feed.acked("g"))
		}
	})
}

func TestPumpRunStopsWhileBackingOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(5)
		stop := start(t, newPump(t, &feed, &log{answer: always(errDown)}, analytics.PumpOptions{}))
		advance(time.Hour)
		began := time.Now()
		stop()
		if d := time.Since(began); d != 0 {
			t.Errorf("took %v to stop", d)
		}
	})
}

func TestPumpTimeoutBoundsACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(1)
		rec := log{answer: func(ctx context.Context, _ []analytics.Event) error { <-ctx.Done(); return ctx.Err() }}
		stop := start(t, newPump(t, &feed, &rec, analytics.PumpOptions{Timeout: time.Second}))
		advance(1500 * time.Millisecond)
		began := time.Now()
		stop()
		if d := time.Since(began); len(rec.given()) != 2 || d > time.Second {
			t.Errorf("%d calls, stopped after %v", len(rec.given()), d)
		}
	})
}

func TestPumpsShareAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var feed fakeFeed
		feed.append(100)
		var rec log
		for range 3 {
			start(t, newPump(t, &feed, &rec, analytics.PumpOptions{Batch: 7}))
		}
		advance(time.Second)
		got := slices.Concat(rec.given()...)
		slices.Sort(got)
		if !slices.Equal(got, firstIDs(100)) || feed.acked("g") != 100 {
			t.Errorf("delivered %d, acknowledged %d, want 100", len(got), feed.acked("g"))
		}
	})
}
