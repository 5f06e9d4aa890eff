package columns_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/channel"
	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// eras are times and places at which the clock does something.
var eras = []struct{ from, place string }{
	{"2026-03-27T00:00:00Z", "Europe/Berlin"},
	{"2026-10-23T00:00:00Z", "Europe/Berlin"},
	{"2018-11-02T12:00:00Z", "America/Sao_Paulo"}, // no midnight on the 4th
	{"2018-02-16T12:00:00Z", "America/Sao_Paulo"}, // 23:00 twice on the 17th
	{"2026-03-27T12:00:00Z", "Asia/Beirut"},       // no midnight on the 29th
	{"2010-11-05T12:00:00Z", "America/St_Johns"},  // back from 00:01 to 23:01
	{"2026-04-03T00:00:00Z", "Australia/Lord_Howe"},
	{"2011-12-28T12:00:00Z", "Pacific/Apia"}, // no 30th
	{"2026-06-29T00:00:00Z", "Asia/Kolkata"},
	{"2026-12-29T00:00:00Z", "UTC"},
}

// world is visits and what they refer to, and the same as events.
type world struct {
	set    *columns.Set
	visits []columns.Visit
	events []analytics.Event
	loc    *time.Location
	from   time.Time
}

var (
	someOrigins = []analytics.Origin{
		{},
		{Referrer: "google.com", Device: "mobile", Browser: "Chrome", Language: "de"},
		{Source: "news", Medium: "email", Campaign: "may"},
		{Device: "mobile", Platform: "app", Term: "x"},
		{Bot: "declared", Device: "desktop"},
	}
	somePages = []columns.Page{
		{},
		{Name: "/", Route: "/"},
		{Name: "/p/1", Route: "/p/{id}"},
		{Name: "/p/2", Route: "/p/{id}"},
		{Name: "/p/2", Route: "/p/2"},
		{Name: "home", Screen: true},
		{Name: "/", Screen: true},
	}
	someActions = []string{"", "newsletter", "cart.changed", "login.started", "purchase", "share"}
	someArms    = []columns.Arm{{}, {Experiment: "x", Name: "a"}, {Experiment: "x", Name: "b"}, {Experiment: "y", Name: "a"}}
	someUsers   = []string{"", "ann", "bob", "eve"}
	someEnds    = []analytics.Reason{"", analytics.ReasonIdle, analytics.ReasonLogout}
)

func name(prefix string, n int64) string { return fmt.Sprintf("%s%06d", prefix, n) }

// worlds draws visits of a few visitors over some days.
func worlds(t *rapid.T) *world {
	era := rapid.SampledFrom(eras).Draw(t, "era")
	loc, err := time.LoadLocation(era.place)
	if err != nil {
		t.Fatal(err)
	}
	from, err := time.Parse(time.RFC3339, era.from)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{loc: loc, from: from, set: &columns.Set{
		Users: someUsers, Pages: somePages, Actions: someActions, Arms: someArms, Ends: someEnds,
		Currencies: []string{"", "EUR", "USD"},
	}}
	for _, o := range someOrigins {
		w.set.Origins = append(w.set.Origins, columns.Origin{Origin: o, Channel: string(channel.Of(o)), Source: channel.Source(o)})
	}
	visitors := rapid.IntRange(1, 6).Draw(t, "visitors")
	w.set.First = make([]int64, visitors+1)
	gap := rapid.SampledFrom([]int64{5 * minute, 7 * hour, 20 * hour}).Draw(t, "gap")
	for visitor := 1; visitor <= visitors; visitor++ {
		at := from.UnixMilli() + rapid.Int64Range(0, gap).Draw(t, "start")
		for range rapid.IntRange(0, 6).Draw(t, "visits") {
			v := w.visit(t, at, uint32(visitor))
			at = v.Last + 1 + rapid.Int64Range(0, gap).Draw(t, "pause")
		}
	}
	// The IDs decide between visits of the same moment.
	slices.SortFunc(w.visits, func(a, b columns.Visit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Visitor, b.Visitor))
	})
	for i := range w.visits {
		w.visits[i].ID = int64(i + 1)
		w.tell(&w.visits[i])
	}
	w.refer()
	return w
}

// visit draws a visit from some moment on.
func (w *world) visit(t *rapid.T, at int64, visitor uint32) columns.Visit {
	v := columns.Visit{
		Visitor: visitor,
		User:    rapid.Uint32Range(0, 3).Draw(t, "user"),
		Origin:  rapid.Uint32Range(0, uint32(len(someOrigins)-1)).Draw(t, "origin"),
		Start:   at,
		Last:    at,
		End:     columns.End(rapid.IntRange(0, 2).Draw(t, "end")),
	}
	step := rapid.SampledFrom([]int64{0, 1, minute, 50 * minute}).Draw(t, "step")
	moment := func() int64 {
		m := at + step*rapid.Int64Range(0, 4).Draw(t, "moment")
		v.Last = max(v.Last, m)
		return m
	}
	for range rapid.IntRange(0, 5).Draw(t, "views") {
		v.Views = append(v.Views, columns.View{
			Key: rapid.Int64Range(0, 99).Draw(t, "key"), Time: moment(),
			Page:    rapid.Uint32Range(1, uint32(len(somePages)-1)).Draw(t, "page"),
			Engaged: rapid.SampledFrom([]int32{-1, -1, 0, 9_999, 10_000, 31 * minute}).Draw(t, "engaged"),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "actions") {
		a := columns.Action{
			Key: rapid.Int64Range(0, 99).Draw(t, "key"), Time: moment(),
			Name: rapid.Uint32Range(1, uint32(len(someActions)-1)).Draw(t, "action"),
		}
		if someActions[a.Name] == analytics.PurchaseAction {
			a.Currency, a.Value = rapid.Uint32Range(1, 2).Draw(t, "currency"), rapid.Int64Range(0, 5000).Draw(t, "value")
		}
		v.Actions = append(v.Actions, a)
	}
	for range rapid.IntRange(0, 2).Draw(t, "exposures") {
		v.Exposures = append(v.Exposures, columns.Exposure{
			Time: at + step*rapid.Int64Range(0, 4).Draw(t, "moment"),
			Arm:  rapid.Uint32Range(1, 3).Draw(t, "arm"),
		})
	}
	w.visits = append(w.visits, v)
	return v
}

// tell adds the events of a visit.
func (w *world) tell(v *columns.Visit) {
	event := func(kind analytics.Type, at, key int64, attributes map[string]string) *analytics.Event {
		w.events = append(w.events, analytics.Event{
			// Keys first, because they decide; the rest makes IDs different.
			ID:   name("", key) + name("-", v.ID) + name("-", int64(len(w.events))),
			Type: kind, Time: time.UnixMilli(at).UTC(),
			Session: name("s", int64(v.Visitor)), Visit: name("v", v.ID), Attributes: attributes,
		})
		return &w.events[len(w.events)-1]
	}
	event(analytics.VisitStarted, v.Start, 0, someOrigins[v.Origin].Attributes()).User = someUsers[v.User]
	if v.End != columns.UnderWay {
		event(analytics.VisitEnded, v.Last+30*minute, 0, map[string]string{
			"start": strconv.FormatInt(v.Start, 10), "last": strconv.FormatInt(v.Last, 10),
		}).Reason = someEnds[v.End]
	}
	for i, view := range v.Views {
		id := name("view", int64(i))
		attributes := map[string]string{"view": id}
		switch p := somePages[view.Page]; {
		case p.Screen:
			attributes["screen"] = p.Name
		default:
			attributes["path"], attributes["route"] = p.Name, p.Route
		}
		event(analytics.PageViewed, view.Time, view.Key, attributes)
		if view.Engaged >= 0 {
			event(analytics.PageEngaged, view.Time, 0, map[string]string{"view": id, "milliseconds": strconv.Itoa(int(view.Engaged))})
		}
	}
	for _, a := range v.Actions {
		switch kind := analytics.Type(someActions[a.Name]); kind {
		case analytics.CartChanged, analytics.LoginStarted:
			event(kind, a.Time, a.Key, nil)
		default:
			e := event(analytics.ActionTaken, a.Time, a.Key, map[string]string{"action": someActions[a.Name]})
			if a.Currency != 0 {
				e.Attributes["order"] = e.ID
				e.Attributes["value"], e.Attributes["currency"] = strconv.FormatInt(a.Value, 10), w.set.Currencies[a.Currency]
			}
		}
	}
	for _, x := range v.Exposures {
		event(analytics.ExperimentExposed, x.Time, int64(x.Arm), map[string]string{
			"experiment": someArms[x.Arm].Experiment, "variant": someArms[x.Arm].Name,
		})
	}
}

// refer fills in what the set knows beside the segments.
func (w *world) refer() {
	w.set.Segments = segments(w.visits)
	for _, e := range w.events {
		w.set.Newest = max(w.set.Newest, e.Time.UnixMilli())
	}
	for _, v := range slices.Backward(w.visits) {
		w.set.First[v.Visitor] = v.Start
	}
	w.set.Visitors = func(codes []uint32) ([]string, error) {
		var ids []string
		for _, c := range codes {
			ids = append(ids, name("s", int64(c)))
		}
		return ids, nil
	}
	w.set.Assigned = func(experiment string) ([]uint32, error) {
		first := make([]columns.Exposure, len(w.set.First))
		for _, v := range w.visits {
			inOrder := slices.SortedFunc(slices.Values(v.Exposures), func(a, b columns.Exposure) int {
				return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Arm, b.Arm))
			})
			for _, x := range inOrder {
				f := &first[v.Visitor]
				if someArms[x.Arm].Experiment != experiment {
					continue
				}
				if f.Arm == 0 || x.Time < f.Time {
					*f = x
				}
			}
		}
		var arms []uint32
		for _, x := range first {
			arms = append(arms, x.Arm)
		}
		return arms, nil
	}
}
