package middleware_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/middleware"
)

func mustExperiment(t *testing.T, name string, arms ...middleware.Arm) middleware.Experiment {
	t.Helper()
	e, err := middleware.NewExperiment(name, arms...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (k *kit) experiment(pattern string, e middleware.Experiment) {
	k.handle(pattern, func(w responseWriter, r *request) error {
		arm, err := e.Arm(r.Context())
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, arm)
		return err
	})
}

var buttons = []middleware.Arm{{Name: "red", Weight: 1}, {Name: "green", Weight: 1}, {Name: "blue", Weight: 1}}

func TestNewExperimentListsEveryFault(t *testing.T) {
	for _, tt := range []struct {
		name   string
		arms   []middleware.Arm
		faults int
	}{
		{"button", buttons, 0},
		{"button", nil, 1},
		{"", []middleware.Arm{{"a b", 1}, {"", 1}, {"c", 0}, {"c", 1_000_001}, {strings.Repeat("d", 65), 1}}, 7},
		{strings.Repeat("x", 64), []middleware.Arm{{strings.Repeat("d", 64), 1_000_000}}, 0},
		{strings.Repeat("x", 65), buttons, 1},
	} {
		_, err := middleware.NewExperiment(tt.name, tt.arms...)
		got := 0
		if err != nil {
			got = strings.Count(err.Error(), "middleware: experiment")
		}
		if got != tt.faults {
			t.Errorf("%.5q %v: %v, want %d faults", tt.name, tt.arms, err, tt.faults)
		}
	}
}

// A session stays in its arm, and is exposed once.
func TestExperiment(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.experiment("GET /button", mustExperiment(t, "button", buttons...))
		stranger, known := k.browser(), k.browser()
		known.mustPost("/login?user=ada")
		for _, b := range []*browser{stranger, known} {
			first := b.get("/button")
			for range 3 {
				if arm := b.get("/button"); arm != first {
					t.Errorf("the arm was %q and is %q", first, arm)
				}
			}
			exposed := k.fresh(analytics.ExperimentExposed)
			if len(exposed) != 1 || !maps.Equal(exposed[0].Attributes, map[string]string{"experiment": "button", "variant": first}) || exposed[0].Visit == "" {
				t.Errorf("exposed: %+v", exposed)
			}
		}
		if n := len(k.events(analytics.StateConflicted)); n != 0 {
			t.Errorf("%d conflicts", n)
		}
	})
}

// Of a hundred first requests of a session at once all get the same arm, and one
// event tells of it.
func TestI2_ExperimentAtOnce(t *testing.T) {
	onStores(t, middleware.Config{}, func(t *testing.T, k *kit) {
		k.experiment("GET /button", mustExperiment(t, "button", buttons...))
		for round := range 3 {
			b := k.browser()
			b.mustPost("/put?key=a&value=b")
			var mu sync.Mutex
			arms := map[string]int{}
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					res := b.twin().do("GET", "/button", nil)
					mu.Lock()
					defer mu.Unlock()
					arms[res.body]++
				})
			}
			wg.Wait()
			if n := len(k.events(analytics.ExperimentExposed)); len(arms) != 1 || n != round+1 {
				t.Errorf("arms %v, %d exposures, want one of each a session", arms, n)
			}
		}
	})
}

// The weights are what the sessions are shared out by, also where there are none yet.
func TestExperimentWeights(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.experiment("GET /button", mustExperiment(t, "button", middleware.Arm{Name: "rare", Weight: 1}, middleware.Arm{Name: "usual", Weight: 3}))
	for _, before := range []string{"", "/put?key=a&value=b"} {
		arms := map[string]int{}
		for range 400 {
			b := k.browser()
			if before != "" {
				b.mustPost(before)
			}
			arms[b.get("/button")]++
		}
		if n := arms["rare"]; n < 55 || n > 155 { // 100 ± 5 standard deviations
			t.Errorf("%v of 400, want a quarter rare", arms)
		}
	}
}

// An arm that is gone is drawn again.
func TestExperimentArmThatIsGone(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.experiment("GET /before", mustExperiment(t, "button", middleware.Arm{Name: "gone", Weight: 1}))
	k.experiment("GET /after", mustExperiment(t, "button", middleware.Arm{Name: "here", Weight: 1}))
	b := k.browser()
	got := fmt.Sprint(b.get("/before"), " ", b.get("/after"), " ", b.get("/after"))
	if got != "gone here here" || len(k.events(analytics.ExperimentExposed)) != 2 {
		t.Errorf("%s, %d exposures", got, len(k.events(analytics.ExperimentExposed)))
	}
}

func TestI6_ExperimentWithoutStore(t *testing.T) {
	k := newKit(t, middleware.Config{})
	k.experiment("GET /button", mustExperiment(t, "button", buttons...))
	b := k.browser()
	k.store.broken.Store(true)
	if res := b.do("GET", "/button", nil); res.StatusCode != http.StatusServiceUnavailable || b.cookie != "" {
		t.Errorf("%s, cookie %q", res.Status, b.cookie)
	}
}
