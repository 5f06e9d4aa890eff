package campaign_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// run runs r in the background until the test ends, or the returned function is
// called.
func run(t *testing.T, r *campaign.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
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

func TestDeliveryBacksOffAndIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Time
		var logged bytes.Buffer
		r, _ := newRunner(t, campaign.Options{
			Now: time.Now, Every: time.Hour, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
			Hooks: hook(campaign.HookFunc(func(context.Context, campaign.Occasion) error {
				times = append(times, time.Now())
				return errDown
			})),
		})
		began := time.Now()
		stop := run(t, r)
		advance(80 * time.Hour)
		stop()
		if times[0].Sub(began) > time.Second {
			t.Errorf("first called %v after the start", times[0].Sub(began))
		}
		longest := time.Second
		for i, at := range times[1:] {
			if pause := at.Sub(times[i]); pause > longest+time.Second || pause < longest/2 {
				t.Errorf("pause %d is %v, want %v less up to half", i, pause, longest)
			}
			longest = min(2*longest, time.Hour)
		}
		if last := times[len(times)-1].Sub(began); last > 72*time.Hour || last < 70*time.Hour {
			t.Errorf("last called %v after the start, want shortly before 72h", last)
		}
		if got, want := statsOf(t, r), (campaign.Deliveries{Failed: 1}); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
		if !strings.Contains(logged.String(), "given up") {
			t.Errorf("the log does not tell: %s", logged.String())
		}
	})
}

func TestDeliveryIsRetriedWithTheSameOccasion(t *testing.T) {
	h := told{}
	h.answer = func(context.Context, campaign.Occasion) error {
		if len(h.all()) < 4 {
			return errDown
		}
		return nil
	}
	r, now := newRunner(t, campaign.Options{Hooks: hook(&h)})
	for range 3 {
		if err := r.RunOnce(t.Context()); !errors.Is(err, errDown) {
			t.Fatalf("RunOnce: %v, want %v", err, errDown)
		}
		once(t, r) // not due yet
		if got, want := statsOf(t, r), (campaign.Deliveries{Pending: 1}); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
		now.advance(time.Minute)
	}
	once(t, r)
	once(t, r)
	got := h.all()
	if len(got) != 4 {
		t.Fatalf("called %d times, want 4", len(got))
	}
	for _, o := range got {
		if o.ID != got[0].ID || !o.Time.Equal(noon) || o.Session != "s1" {
			t.Errorf("told of %+v, at first of %+v", o, got[0])
		}
	}
	if got, want := statsOf(t, r), (campaign.Deliveries{Delivered: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestDeliveryThatFailsForGoodIsNotRetried(t *testing.T) {
	h := told{answer: func(context.Context, campaign.Occasion) error { return campaign.Permanent(errDown) }}
	r, now := newRunner(t, campaign.Options{Hooks: hook(&h)})
	if err := r.RunOnce(t.Context()); !errors.Is(err, campaign.ErrPermanent) || !errors.Is(err, errDown) {
		t.Errorf("RunOnce: %v", err)
	}
	now.advance(2 * time.Hour)
	once(t, r)
	if got, want := statsOf(t, r), (campaign.Deliveries{Failed: 1}); got != want || len(h.all()) != 1 {
		t.Errorf("called %d times, stats %+v, want %+v", len(h.all()), got, want)
	}
}

func TestDeliveryWaitsAsLongAsTheHookAsks(t *testing.T) {
	h := told{answer: func(_ context.Context, o campaign.Occasion) error {
		if o.Session == "s1" {
			return campaign.RetryAfter(10*time.Minute, errDown)
		}
		return nil
	}}
	sub := hook(&h)
	sub[0].Concurrency = 1
	r, now := newRunner(t, campaign.Options{Warehouse: earners{sessions: []string{"s1", "s2"}}, Hooks: sub})
	for _, passed := range []time.Duration{0, 9*time.Minute + 59*time.Second} {
		now.advance(passed)
		_ = r.RunOnce(t.Context())
		if got := h.whom(); !slices.Equal(got, []string{"s1"}) {
			t.Fatalf("told of %v; the hook asked to wait, also with others", got)
		}
	}
	h.answer = nil
	now.advance(time.Second)
	once(t, r)
	if got := h.whom(); len(got) != 3 {
		t.Errorf("told of %v", got)
	}
}

func TestDeliveryOfAHookThatPanics(t *testing.T) {
	var logged bytes.Buffer
	r, now := newRunner(t, campaign.Options{
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		Hooks:  hook(campaign.HookFunc(func(context.Context, campaign.Occasion) error { panic(errDown) })),
	})
	if err := r.RunOnce(t.Context()); !errors.Is(err, campaign.ErrPanicked) || !errors.Is(err, errDown) {
		t.Errorf("RunOnce: %v", err)
	}
	if !strings.Contains(logged.String(), "deliver_test.go") {
		t.Errorf("the log does not tell where: %s", logged.String())
	}
	now.advance(time.Minute)
	if got, want := statsOf(t, r), (campaign.Deliveries{Pending: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestDeliveryIsNotHeldUpByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var well, flaky told
		flaky.answer = func(_ context.Context, o campaign.Occasion) error {
			if o.Session == "s1" {
				return errDown
			}
			return nil
		}
		began := time.Now()
		r, _ := newRunner(t, campaign.Options{
			Now: func() time.Time { return noon.Add(time.Hour + time.Since(began)) }, Warehouse: earners{sessions: []string{"s1", "s2", "s3"}},
			Hooks: []campaign.Subscription{
				{Name: "stuck", Hook: campaign.HookFunc(func(context.Context, campaign.Occasion) error {
					<-release
					return nil
				})},
				{Name: "flaky", Hook: &flaky, Concurrency: 1},
				{Name: "well", Hook: &well, Concurrency: 1},
			},
		})
		stop := run(t, r)
		advance(time.Millisecond)
		if got := well.whom(); !slices.Equal(got, []string{"s1", "s2", "s3"}) {
			t.Errorf("the hook beside a stuck one was told of %v", got)
		}
		if got := flaky.whom(); !slices.Equal(got, []string{"s1", "s2", "s3"}) {
			t.Errorf("the hook that failed one was told of %v", got)
		}
		close(release)
		stop()
	})
}

func TestDeliveryOfOneSubjectIsInOrderOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy := map[string]int{}
		together := 0
		var order []string
		enter := func(o campaign.Occasion, by int) {
			mu.Lock()
			defer mu.Unlock()
			busy[o.Session] += by
			if busy[o.Session] > 1 {
				t.Errorf("two at a time of %s", o.Session)
			}
			together = max(together, busy["a"]+busy["b"])
			if by > 0 {
				order = append(order, fmt.Sprint(o.Session, o.Time.Format(" 15:04")))
			}
		}
		h := campaign.HookFunc(func(_ context.Context, o campaign.Occasion) error {
			enter(o, 1)
			<-time.After(time.Second)
			enter(o, -1)
			if o.Session == "a" && o.Time.Equal(noon.Add(time.Minute)) {
				return errDown // which does not hold up what came about later
			}
			return nil
		})
		var campaigns []campaign.Campaign
		for i := range 6 {
			campaigns = append(campaigns, campaign.Badge{Name: fmt.Sprint("badge ", i), Action: fmt.Sprint(5 - i)})
		}
		r, _ := newRunner(t, campaign.Options{Warehouse: steps{}, Campaigns: campaigns, Hooks: hook(h)})
		// Whoever finds nothing to do goes home, so that it takes more than one run.
		for range 6 {
			if err := r.RunOnce(t.Context()); err != nil && !errors.Is(err, errDown) {
				t.Fatal(err)
			}
		}
		for _, session := range []string{"a", "b"} {
			of := slices.DeleteFunc(slices.Clone(order), func(s string) bool { return !strings.HasPrefix(s, session) })
			if len(of) != 6 || !slices.IsSorted(of) {
				t.Errorf("told of %q", of)
			}
		}
		if together != 2 {
			t.Errorf("%d calls at a time, want one for each subject", together)
		}
	})
}

func TestDeliveryKeepsToItsConcurrency(t *testing.T) {
	var now, most atomic.Int64
	block := make(chan struct{})
	release := sync.OnceFunc(func() { close(block) })
	h := campaign.HookFunc(func(context.Context, campaign.Occasion) error {
		if n := now.Add(1); n == 3 {
			release() // all are there
		} else if n > 3 {
			most.Store(n)
		}
		<-block
		now.Add(-1)
		return nil
	})
	var sessions []string
	for i := range 30 {
		sessions = append(sessions, fmt.Sprint("s", i))
	}
	sub := hook(h)
	sub[0].Concurrency = 3
	r, _ := newRunner(t, campaign.Options{Warehouse: earners{sessions: sessions}, Hooks: sub})
	once(t, r)
	if n := most.Load(); n > 0 {
		t.Errorf("%d calls at a time, want at most 3", n)
	}
	if got, want := statsOf(t, r), (campaign.Deliveries{Delivered: 30}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

func TestDeliveryGoesToWhoSubscribed(t *testing.T) {
	var all, some told
	other := campaign.Badge{Name: "other", Action: "anything else"}
	r, _ := newRunner(t, campaign.Options{
		Campaigns: []campaign.Campaign{badge, other},
		Hooks:     []campaign.Subscription{{Name: "all", Hook: &all}, {Name: "some", Hook: &some, Campaigns: []string{"other"}}},
	})
	once(t, r)
	if got := some.all(); len(all.all()) != 2 || len(got) != 1 || got[0].Campaign != "other" {
		t.Errorf("one was told of %+v, the other of %+v", all.all(), got)
	}
}

func TestCloseWaitsForTheCallUnderWay(t *testing.T) {
	called, release := make(chan struct{}), make(chan struct{})
	h := campaign.HookFunc(func(ctx context.Context, _ campaign.Occasion) error {
		close(called)
		<-release
		return ctx.Err()
	})
	r, _ := newRunner(t, campaign.Options{Hooks: hook(h)})
	ran := make(chan error, 1)
	go func() { ran <- r.Run(t.Context()) }()
	<-called
	closed := make(chan error, 1)
	go func() { closed <- r.Close() }()
	select {
	case <-closed:
		t.Error("closed during a call")
	case <-ran:
		t.Error("stopped during a call")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	if err := errors.Join(<-closed, <-ran); err != nil {
		t.Error(err)
	}
	if err := r.Run(t.Context()); !errors.Is(err, campaign.ErrClosed) {
		t.Errorf("Run: %v, want %v", err, campaign.ErrClosed)
	}
	if err := r.RunOnce(t.Context()); !errors.Is(err, campaign.ErrClosed) {
		t.Errorf("RunOnce: %v, want %v", err, campaign.ErrClosed)
	}
	if _, err := r.Stats(t.Context()); !errors.Is(err, campaign.ErrClosed) {
		t.Errorf("Stats: %v, want %v", err, campaign.ErrClosed)
	}
}
