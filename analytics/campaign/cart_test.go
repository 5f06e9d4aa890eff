package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/campaign"
)

// desk answers for the application how sessions stand.
type desk struct {
	mu    sync.Mutex
	known map[string]campaign.Standing
	asked int
}

func (d *desk) set(session string, s campaign.Standing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[string]campaign.Standing{}
	}
	d.known[session] = s
}

func (d *desk) standing(_ context.Context, session string) (campaign.Standing, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	s, ok := d.known[session]
	if !ok {
		return campaign.Standing{}, errDown
	}
	return s, nil
}

// cartRig is a runner that looks for carts, at noon.
type cartRig struct {
	*traffic
	*clock
	*campaign.Runner
	desk desk
	told told
}

// newCartRig completes c with a desk.
func newCartRig(t *testing.T, c campaign.CartAbandoned) *cartRig {
	rig := &cartRig{traffic: newTraffic(t)}
	c.Standing = rig.desk.standing
	rig.Runner, rig.clock = newRunner(t, campaign.Options{
		Warehouse: rig.traffic, Campaigns: []campaign.Campaign{c}, Hooks: hook(&rig.told),
	})
	rig.set(noon)
	return rig
}

// tick looks every minute, for d.
func (r *cartRig) tick(d time.Duration) {
	r.t.Helper()
	for end := r.Now().Add(d); r.Now().Before(end); {
		r.advance(time.Minute)
		once(r.t, r.Runner)
	}
}

func TestCartFiresWhileItsSessionLives(t *testing.T) {
	for _, test := range []struct {
		name   string
		c      campaign.CartAbandoned
		stands campaign.Standing
		want   time.Duration // after noon, when the cart was filled
	}{
		{"after a time without activity", campaign.CartAbandoned{After: time.Hour}, campaign.Standing{}, time.Hour},
		{
			"later, as activity that left no event puts it off",
			campaign.CartAbandoned{After: time.Hour},
			campaign.Standing{Active: noon.Add(40 * time.Minute)},
			100 * time.Minute,
		},
		{
			"before the session expires, when that comes first",
			campaign.CartAbandoned{After: time.Hour, Before: 5 * time.Minute},
			campaign.Standing{Active: noon.Add(time.Minute), Expires: noon.Add(31 * time.Minute)},
			26 * time.Minute,
		},
		{
			"before it expires by its lifetime, however recent the activity",
			campaign.CartAbandoned{After: time.Hour, Before: 5 * time.Minute, SessionIdle: 30 * time.Minute},
			campaign.Standing{Active: noon.Add(14 * time.Minute), Expires: noon.Add(20 * time.Minute)},
			15 * time.Minute,
		},
		{
			"by the idle limit where the expiry is not told",
			campaign.CartAbandoned{After: time.Hour, Before: 10 * time.Minute, SessionIdle: 30 * time.Minute},
			campaign.Standing{Active: noon.Add(10 * time.Minute)},
			30 * time.Minute,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			rig := newCartRig(t, test.c)
			rig.desk.set("s1", test.stands)
			rig.cart("s1", noon, "apple", 2)
			rig.tick(test.want - time.Minute)
			if got := rig.told.all(); len(got) != 0 {
				t.Fatalf("told of %+v too early", got)
			}
			rig.tick(3 * time.Minute)
			got := rig.told.all()
			if len(got) != 1 {
				t.Fatalf("told %d times, want once", len(got))
			}
			o := got[0]
			if o.Session != "s1" || !o.Time.Equal(noon.Add(test.want)) || o.Cart.Lines["apple"] != 2 || o.Cart.Value["EUR"] != 500 {
				t.Errorf("told of %+v, %+v", o, o.Cart)
			}
			if rig.desk.asked > 3 {
				t.Errorf("asked %d times how the session stands", rig.desk.asked)
			}
		})
	}
}

func TestCartFiresAgainOnlyForAnotherCart(t *testing.T) {
	rig := newCartRig(t, campaign.CartAbandoned{After: time.Hour})
	rig.desk.set("s1", campaign.Standing{})
	rig.cart("s1", noon, "apple", 1)
	rig.tick(time.Hour)
	rig.cart("s1", rig.Now(), "pear", 1) // back, and away again
	rig.tick(2 * time.Hour)
	if got := rig.told.all(); len(got) != 1 {
		t.Fatalf("told %d times of one cart", len(got))
	}
	rig.cart("s1", rig.Now(), "apple", 0)
	rig.cart("s1", rig.Now(), "pear", 0)
	rig.cart("s1", rig.Now().Add(time.Second), "plum", 3)
	rig.tick(2 * time.Hour)
	got := rig.told.all()
	if len(got) != 2 || got[0].ID == got[1].ID || !maps.Equal(got[1].Cart.Lines, map[string]int64{"plum": 3}) {
		t.Errorf("told of %+v, want of the second cart too", got)
	}
}

func TestCartThatWasOrderedOrEmptiedIsNoOccasion(t *testing.T) {
	rig := newCartRig(t, campaign.CartAbandoned{After: time.Hour})
	for _, s := range []string{"ordered", "emptied"} {
		rig.desk.set(s, campaign.Standing{})
		rig.cart(s, noon, "apple", 1)
	}
	rig.tick(time.Minute)
	rig.record(analytics.Event{Type: analytics.CheckoutCompleted, Time: rig.Now(), Session: "ordered", Attributes: map[string]string{"order": "1", "lines": "1", "items": "1"}})
	rig.cart("emptied", rig.Now(), "apple", 0)
	rig.tick(2 * time.Hour)
	if got := rig.told.all(); len(got) != 0 {
		t.Errorf("told of %+v", got)
	}
}

func TestCartOfAnEndedSessionIsMissedOnce(t *testing.T) {
	rig := newCartRig(t, campaign.CartAbandoned{After: time.Hour, Before: time.Minute})
	rig.desk.set("s1", campaign.Standing{Ended: true})
	rig.desk.set("s2", campaign.Standing{Active: noon, Expires: noon.Add(10 * time.Second)}) // and nobody swept it up
	rig.cart("s1", noon, "apple", 1)
	rig.cart("s2", noon, "apple", 1)
	rig.tick(3 * time.Hour)
	if got := rig.told.all(); len(got) != 0 {
		t.Errorf("told of %+v", got)
	}
	s, err := rig.Stats(t.Context())
	if want := (campaign.Findings{Missed: 2}); err != nil || s.Campaigns["cart.abandoned"] != want {
		t.Errorf("stats %+v, %v; want %+v", s, err, want)
	}
	list, err := rig.Occasions(t.Context(), campaign.Query{})
	if err != nil || len(list) != 0 {
		t.Errorf("occasions %+v, %v; want none", list, err)
	}
}

func TestCartsOfLastYearAreNoNews(t *testing.T) {
	rig := newCartRig(t, campaign.CartAbandoned{After: time.Hour})
	rig.desk.set("living", campaign.Standing{Expires: noon.Add(time.Hour)})
	rig.desk.set("ended", campaign.Standing{Ended: true})
	rig.desk.set("recent", campaign.Standing{})
	rig.cart("living", noon.AddDate(0, 0, -4), "apple", 1)
	rig.cart("ended", noon.AddDate(0, 0, -4), "apple", 1)
	rig.cart("recent", noon.AddDate(0, 0, -2), "apple", 1)
	rig.tick(time.Minute)
	if got := rig.told.whom(); !slices.Equal(got, []string{"recent"}) {
		t.Errorf("told of %v", got)
	}
	if s, err := rig.Stats(t.Context()); err != nil || s.Campaigns["cart.abandoned"].Missed != 0 {
		t.Errorf("stats %+v, %v; want none missed", s, err)
	}
}

func TestCartWaitsForAnAnswer(t *testing.T) {
	rig := newCartRig(t, campaign.CartAbandoned{After: time.Hour})
	rig.cart("s1", noon, "apple", 1) // of which the desk knows nothing
	rig.desk.set("s2", campaign.Standing{})
	rig.cart("s2", noon, "apple", 1)
	rig.advance(2 * time.Hour)
	if err := rig.RunOnce(t.Context()); !errors.Is(err, errDown) || !strings.Contains(err.Error(), `campaign "cart.abandoned"`) {
		t.Errorf("RunOnce: %v, want the failure with the campaign's name", err)
	}
	if got := rig.told.whom(); !slices.Equal(got, []string{"s2"}) {
		t.Errorf("told of %v: one failure must not hold up the others", got)
	}
	rig.desk.set("s1", campaign.Standing{})
	once(t, rig.Runner)
	if got := rig.told.whom(); !slices.Equal(got, []string{"s2", "s1"}) {
		t.Errorf("told of %v", got)
	}
}

func TestCartStandingThatPanicsIsAnError(t *testing.T) {
	w := newTraffic(t)
	for i := range 26 {
		w.cart(fmt.Sprint("s", i), noon, "apple", 1)
	}
	var asked atomic.Int64
	r, _ := newRunner(t, campaign.Options{Warehouse: w, Campaigns: []campaign.Campaign{campaign.CartAbandoned{
		After: time.Minute,
		Standing: func(context.Context, string) (campaign.Standing, error) {
			asked.Add(1)
			panic("no desk")
		},
	}}})
	if err := r.RunOnce(t.Context()); !errors.Is(err, campaign.ErrPanicked) {
		t.Errorf("RunOnce: %v, want %v", err, campaign.ErrPanicked)
	}
	if n := asked.Load(); n >= 26 {
		t.Errorf("asked %d times, although nobody answers", n)
	}
}
