package columns_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// reached returns how many got how far, and the time that the last step took in all.
func reached(t *testing.T, set *columns.Set, scope report.Scope, within time.Duration, steps ...report.Step) (n []int64, last time.Duration) {
	t.Helper()
	rows, err := columns.Funnel(t.Context(), set, report.FunnelQuery{Steps: steps, Scope: scope, Within: within})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		n = append(n, r.Reached)
		last = r.Between.Sum
	}
	return n, last
}

func TestFunnel(t *testing.T) {
	t.Parallel()
	home, cart, buy := report.Step{Page: "/"}, report.Step{Page: "/cart"}, report.Step{Action: "purchase"}
	for name, c := range map[string]struct {
		visit  columns.Visit
		within time.Duration
		steps  []report.Step
		want   []int64
		last   time.Duration
	}{
		"the attempt that gets furthest counts, not the first": {
			columns.Visit{Views: []columns.View{view(0, 1), view(50*minute, 1), view(55*minute, 2)}},
			time.Hour / 2,
			[]report.Step{home, cart},
			[]int64{1, 1},
			5 * time.Minute,
		},
		"a later start keeps an earlier attempt alive no longer than its own window": {
			columns.Visit{Views: []columns.View{view(0, 1), view(20*minute, 2), view(25*minute, 1)}, Actions: []columns.Action{act(40*minute, 2)}},
			time.Hour / 2,
			[]report.Step{home, cart, buy},
			[]int64{1, 1, 0},
			0,
		},
		"a step at the end of the window counts": {
			columns.Visit{Views: []columns.View{view(0, 1), view(30*minute, 2)}},
			time.Hour / 2,
			[]report.Step{home, cart},
			[]int64{1, 1},
			30 * time.Minute,
		},
		"a step after the window does not": {
			columns.Visit{Views: []columns.View{view(0, 1), view(30*minute+1, 2)}},
			time.Hour / 2,
			[]report.Step{home, cart},
			[]int64{1, 0},
			0,
		},
		"a window below a millisecond lets the same moment through": {
			columns.Visit{Views: []columns.View{view(0, 1), {Key: 1, Time: noon, Page: 2}}},
			time.Nanosecond,
			[]report.Step{home, cart},
			[]int64{1, 1},
			0,
		},
		"a view is one step only": {
			columns.Visit{Views: []columns.View{view(0, 1)}},
			0,
			[]report.Step{home, home},
			[]int64{1, 0},
			0,
		},
		"two views are two": {
			columns.Visit{Views: []columns.View{view(0, 1), view(1000, 1)}},
			0,
			[]report.Step{home, home},
			[]int64{1, 1},
			time.Second,
		},
		"of the same moment views come first": {
			columns.Visit{Views: []columns.View{view(7, 2)}, Actions: []columns.Action{act(7, 2)}},
			0,
			[]report.Step{cart, buy},
			[]int64{1, 1},
			0,
		},
		"and actions never before them": {
			columns.Visit{Views: []columns.View{view(7, 2)}, Actions: []columns.Action{act(7, 2)}},
			0,
			[]report.Step{buy, cart},
			[]int64{1, 0},
			0,
		},
		"other things lie between": {
			columns.Visit{Views: []columns.View{view(0, 1), view(1, 3), view(2, 3), view(3, 2)}},
			0,
			[]report.Step{home, cart},
			[]int64{1, 1},
			3 * time.Millisecond,
		},
		"the time is that of the attempt that was there first": {
			columns.Visit{Views: []columns.View{view(0, 1), view(10, 1), view(15, 2), view(20, 1), view(21, 2)}},
			0,
			[]report.Step{home, cart},
			[]int64{1, 1},
			15 * time.Millisecond,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.visit.Visitor, c.visit.Start = 1, noon
			for _, scope := range []report.Scope{report.PerVisit, report.PerVisitor} {
				got, last := reached(t, small(noon, c.visit), scope, c.within, c.steps...)
				if !reflect.DeepEqual(got, c.want) || last != c.last {
					t.Errorf("per %s: %v, the last after %v, want %v after %v", scope, got, last, c.want, c.last)
				}
			}
		})
	}
}

// What a visitor did is in the order of time, also where visits overlap.
func TestFunnel_perVisitorOverVisits(t *testing.T) {
	t.Parallel()
	set := small(noon,
		columns.Visit{Visitor: 1, Start: noon, Views: []columns.View{view(0, 2), view(3*hour, 2)}},
		columns.Visit{Visitor: 1, Start: noon + hour, Views: []columns.View{view(hour, 1)}},
		columns.Visit{Visitor: 2, Start: noon + hour, Views: []columns.View{view(hour, 2)}},
		columns.Visit{Visitor: 2, Start: noon + 2*hour, Views: []columns.View{view(2*hour, 1)}},
	)
	steps := []report.Step{{Page: "/"}, {Page: "/cart"}}
	if got, last := reached(t, set, report.PerVisitor, 0, steps...); !reflect.DeepEqual(got, []int64{2, 1}) || last != 2*time.Hour {
		t.Errorf("per visitor %v after %v, want 2 and 1 after 2 h", got, last)
	}
	if got, _ := reached(t, set, report.PerVisit, 0, steps...); !reflect.DeepEqual(got, []int64{2, 0}) {
		t.Errorf("per visit %v, want 2 and 0", got)
	}
}
