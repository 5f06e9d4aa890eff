package reporttest_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// sabotages are warehouses with one fault each, of kinds that analytics have had.
// Both parts of the suite must find each, but for those of which one says so.
var sabotages = map[string]struct {
	only string
	open func(m *reporttest.Model) reporttest.Warehouse
}{
	"events that come again count again": {"", func(m *reporttest.Model) reporttest.Warehouse {
		n := 0
		return changing{m, func(e analytics.Event) (analytics.Event, bool) {
			n++
			e.ID += strconv.Itoa(n)
			return e, true
		}}
	}},
	"late events are lost": {"", func(m *reporttest.Model) reporttest.Warehouse {
		var newest time.Time
		return changing{m, func(e analytics.Event) (analytics.Event, bool) {
			late := e.Time.Before(newest.Add(-2 * time.Minute))
			if e.Time.After(newest) {
				newest = e.Time
			}
			return e, !late
		}}
	}},
	"bots are people": {"", func(m *reporttest.Model) reporttest.Warehouse { return without(m, "bot") }},
	"an order counts as often as it is told of": {"", func(m *reporttest.Model) reporttest.Warehouse {
		return changing{m, func(e analytics.Event) (analytics.Event, bool) {
			if e.Attributes["order"] != "" && e.Type == analytics.ActionTaken {
				e.Attributes = maps.Clone(e.Attributes)
				e.Attributes["order"] += e.ID
			}
			return e, true
		}}
	}},
	"engagement does not save from bouncing": {"", func(m *reporttest.Model) reporttest.Warehouse { return leaving(m, analytics.PageEngaged) }},
	"logins are no actions":                  {"", func(m *reporttest.Model) reporttest.Warehouse { return leaving(m, analytics.LoginStarted) }},
	"ends are lost":                          {"", func(m *reporttest.Model) reporttest.Warehouse { return leaving(m, analytics.VisitEnded) }},
	"IDs compare as text": {"Golden", func(m *reporttest.Model) reporttest.Warehouse {
		return changing{m, func(e analytics.Event) (analytics.Event, bool) {
			if strings.HasSuffix(e.ID, "-9") {
				e.ID += "9" // now after -10, as a text would be
			}
			return e, true
		}}
	}},
	"days are those of UTC": {"", func(m *reporttest.Model) reporttest.Warehouse { return utc{m} }},
	"visits are split at midnight": {"", func(m *reporttest.Model) reporttest.Warehouse {
		return changing{m, func(e analytics.Event) (analytics.Event, bool) {
			if e.Visit != "" {
				e.Visit += e.Time.Format(time.DateOnly)
			}
			return e, true
		}}
	}},
	"a funnel has no window":               {"", func(m *reporttest.Model) reporttest.Warehouse { return patient{m} }},
	"a median is a value":                  {"", func(m *reporttest.Model) reporttest.Warehouse { return rounding{m} }},
	"carts are abandoned for good":         {"", func(m *reporttest.Model) reporttest.Warehouse { return hasty{m} }},
	"whoever has been here is returning":   {"", func(m *reporttest.Model) reporttest.Warehouse { return forgetful{m} }},
	"a fault in a question is not seen":    {"Golden", func(m *reporttest.Model) reporttest.Warehouse { return obliging{m} }},
	"the ledger forgets what it dropped":   {"", func(m *reporttest.Model) reporttest.Warehouse { return careless{m} }},
	"the last page was viewed for no time": {"", func(m *reporttest.Model) reporttest.Warehouse { return knowing{m} }},
}

// changing changes events, or leaves them out, before they are recorded.
type changing struct {
	*reporttest.Model
	change func(analytics.Event) (analytics.Event, bool)
}

func (c changing) Record(ctx context.Context, events []analytics.Event) error {
	var changed []analytics.Event
	for _, e := range events {
		if e, keep := c.change(e); keep {
			changed = append(changed, e)
		}
	}
	return c.Model.Record(ctx, changed)
}

func leaving(m *reporttest.Model, out analytics.Type) reporttest.Warehouse {
	return changing{m, func(e analytics.Event) (analytics.Event, bool) { return e, e.Type != out }}
}

func without(m *reporttest.Model, attribute string) reporttest.Warehouse {
	return changing{m, func(e analytics.Event) (analytics.Event, bool) {
		e.Attributes = maps.Clone(e.Attributes)
		delete(e.Attributes, attribute)
		return e, true
	}}
}

type utc struct{ *reporttest.Model }

func (u utc) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	q.Location = nil
	return u.Model.Totals(ctx, q)
}

type patient struct{ *reporttest.Model }

func (p patient) Funnel(ctx context.Context, q report.FunnelQuery) ([]report.FunnelStep, error) {
	q.Within = max(0, q.Within*1000)
	return p.Model.Funnel(ctx, q)
}

type rounding struct{ *reporttest.Model }

func (r rounding) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	groups, err := r.Model.Totals(ctx, q)
	for _, g := range groups {
		for i, d := range g.Duration.At {
			g.Duration.At[i] = d.Truncate(time.Second)
		}
	}
	return groups, err
}

type hasty struct{ *reporttest.Model }

func (h hasty) Carts(ctx context.Context, q report.CartsQuery) (report.Carts, error) {
	q.Now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	return h.Model.Carts(ctx, q)
}

type forgetful struct{ *reporttest.Model }

func (f forgetful) Cohorts(ctx context.Context, q report.CohortsQuery) ([]report.Cohort, error) {
	cohorts, err := f.Model.Cohorts(ctx, q)
	for _, c := range cohorts {
		clear(c.Returned[1:])
	}
	return cohorts, err
}

func (f forgetful) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	groups, err := f.Model.Totals(ctx, q)
	for i := range groups {
		groups[i].NewVisits = groups[i].Visitors
	}
	return groups, err
}

type obliging struct{ *reporttest.Model }

func (o obliging) Totals(ctx context.Context, q report.TotalsQuery) ([]report.Group, error) {
	groups, err := o.Model.Totals(ctx, q)
	if errors.Is(err, report.ErrQuestion) {
		return nil, nil
	}
	return groups, err
}

type careless struct{ *reporttest.Model }

func (c careless) Ledger(ctx context.Context) (report.Ledger, error) {
	l, err := c.Model.Ledger(ctx)
	delete(l.Dropped, report.DropDuplicate)
	return l, err
}

type knowing struct{ *reporttest.Model }

func (k knowing) Pages(ctx context.Context, q report.PagesQuery) ([]report.Page, error) {
	pages, err := k.Model.Pages(ctx, q)
	for i := range pages {
		pages[i].Time.N = pages[i].Views
	}
	return pages, err
}

const sabotage = "REPORTTEST_SABOTAGE"

// TestRun_finds runs the suite on each sabotaged warehouse, in a process of its
// own, and wants it to fail.
func TestRun_finds(t *testing.T) {
	t.Parallel()
	if name := os.Getenv(sabotage); name != "" {
		reporttest.Run(t, func(testing.TB) reporttest.Warehouse {
			return sabotages[name].open(&reporttest.Model{Price: reporttest.Price, Keep: reporttest.Keep})
		})
		return
	}
	for name, s := range sabotages {
		for _, part := range []string{"Golden", "Properties"} {
			if s.only != "" && s.only != part {
				continue
			}
			t.Run(name+"/"+part, func(t *testing.T) {
				t.Parallel()
				args := []string{"-test.run=^TestRun_finds$/^" + part + "$", "-test.failfast", "-rapid.nofailfile", "-rapid.shrinktime=0s", "-rapid.seed=1"}
				cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
				cmd.Env = append(slices.Clone(os.Environ()), sabotage+"="+name)
				out, err := cmd.CombinedOutput()
				if _, failed := errors.AsType[*exec.ExitError](err); !failed || !strings.Contains(string(out), "--- FAIL: TestRun_finds/"+part) {
					t.Errorf("%s passed (%v), want it to fail:\n%s", part, err, out)
				}
			})
		}
	}
}
