package reporttest

import (
	"cmp"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/channel"
)

// lostAfter is how long before the newest event a visit's last activity lies when
// its end must have been lost.
const lostAfter = 24 * time.Hour

// longest is the most that counts of the time on one page.
const longest = 30 * time.Minute

// world is all that a question looks at: the events, and the visits that they
// tell of.
type world struct {
	events []analytics.Event // in order
	visits []*visit          // by start
	newest time.Time
	price  func(sku string) (int64, string, bool)
	loc    *time.Location // by which the question tells time
}

type visit struct {
	id, session, user string
	start, last       time.Time
	ended             bool
	reason            analytics.Reason
	over              bool // ended, or its end was lost
	isNew             bool // the first of its visitor
	origin            analytics.Origin
	channel, source   string
	views             []view
	actions           []action
	exposures         []exposure
}

type view struct {
	at                  time.Time
	path, route, screen string
	engaged             time.Duration
	beacon              bool
}

type action struct {
	at       time.Time
	name     string
	purchase bool
	value    int64
	currency string
}

type exposure struct {
	at            time.Time
	experiment    string
	variant       string
	session, from string // from: the visit
}

// world looks at the events as they are now.
func (m *Model) world() *world {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &world{events: slices.Clone(m.events), newest: m.newest, price: m.Price}
	slices.SortFunc(w.events, inOrder)

	type named struct{ session, visit string }
	byVisit, beacons := map[string][]analytics.Event{}, map[named][]analytics.Event{}
	ordered := map[string]bool{}
	for _, e := range w.events {
		if e.Visit == "" {
			continue
		}
		if e.Type == analytics.PageEngaged { // its sender can name any visit
			of := named{e.Session, e.Visit}
			beacons[of] = append(beacons[of], e)
			continue
		}
		if isPurchaseAction(e) {
			// The first telling is the one that counts.
			order := e.Session + "\x00" + e.Attributes["order"]
			if ordered[order] {
				continue
			}
			ordered[order] = true
		}
		byVisit[e.Visit] = append(byVisit[e.Visit], e)
	}
	for id, events := range byVisit {
		w.visits = append(w.visits, w.visit(id, events, beacons[named{events[0].Session, id}]))
	}
	slices.SortFunc(w.visits, func(a, b *visit) int {
		return cmp.Or(a.start.Compare(b.start), compareIDs(a.id, b.id))
	})
	known := map[string]bool{}
	for _, v := range w.visits {
		v.isNew = !known[v.session]
		known[v.session] = true
	}
	return w
}

// inOrder puts events in the order in which they happened: by time, then views
// before the rest, then by ID.
func inOrder(a, b analytics.Event) int {
	rank := func(e analytics.Event) int {
		if e.Type == analytics.PageViewed {
			return 0
		}
		return 1
	}
	return cmp.Or(a.Time.Compare(b.Time), rank(a)-rank(b), compareIDs(a.ID, b.ID))
}

// compareIDs compares so that 5-9 comes before 5-10.
func compareIDs(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) }

func isPurchaseAction(e analytics.Event) bool {
	return e.Type == analytics.ActionTaken && e.Attributes["action"] == analytics.PurchaseAction
}

// visit puts together what the events of one visit, in their order, and its beacons
// tell of it.
func (w *world) visit(id string, events, beacons []analytics.Event) *visit {
	v := &visit{id: id, session: events[0].Session, start: startOf(events)}
	v.last = v.start
	engaged := map[string]time.Duration{}
	for _, e := range beacons {
		d := time.Duration(min(integer(e.Attributes["milliseconds"]), longest.Milliseconds())) * time.Millisecond
		engaged[e.Attributes["view"]] = max(engaged[e.Attributes["view"]], d)
	}
	v.user = userOf(events)
	for _, e := range events {
		a := e.Attributes
		switch e.Type {
		case analytics.VisitStarted:
			v.origin = analytics.OriginOf(a)
		case analytics.VisitEnded:
			v.ended, v.reason = true, e.Reason
			v.active(time.UnixMilli(integer(a["last"])).UTC())
		case analytics.PageViewed:
			d, beacon := engaged[a["view"]]
			v.views = append(v.views, view{at: e.Time, path: a["path"], route: a["route"], screen: a["screen"], engaged: d, beacon: beacon})
			v.active(e.Time)
		case analytics.ActionTaken, analytics.CartChanged, analytics.CheckoutCompleted, analytics.LoginStarted:
			v.actions = append(v.actions, actionOf(e))
			v.active(e.Time)
		case analytics.ExperimentExposed:
			v.exposures = append(v.exposures, exposure{at: e.Time, experiment: a["experiment"], variant: a["variant"], session: e.Session, from: id})
		default:
		}
	}
	v.over = v.ended || w.newest.Sub(v.last) > lostAfter
	v.channel, v.source = string(channel.Of(v.origin)), channel.Source(v.origin)
	return v
}

// startOf returns when a visit started: as its start says, else as its end does,
// else with the first that is known of it.
func startOf(events []analytics.Event) time.Time {
	for _, e := range events {
		if e.Type == analytics.VisitStarted {
			return e.Time
		}
	}
	for _, e := range events {
		if e.Type == analytics.VisitEnded && e.Attributes["start"] != "" {
			return time.UnixMilli(integer(e.Attributes["start"])).UTC()
		}
	}
	return events[0].Time
}

// userOf returns who logged in last. The end of a login tells who that was, too,
// but a switch of users ends one and starts the other at the same moment.
func userOf(events []analytics.Event) string {
	user, at := "", time.Time{}
	for _, e := range events {
		if e.User != "" && (e.Type != analytics.LoginEnded || e.Time.After(at)) {
			user, at = e.User, e.Time
		}
	}
	return user
}

func actionOf(e analytics.Event) action {
	if e.Type != analytics.ActionTaken {
		return action{at: e.Time, name: string(e.Type)}
	}
	a := action{at: e.Time, name: e.Attributes["action"]}
	if isPurchaseAction(e) {
		a.purchase, a.value, a.currency = true, integer(e.Attributes["value"]), e.Attributes["currency"]
	}
	return a
}

// active notes activity.
func (v *visit) active(at time.Time) {
	if at.After(v.last) {
		v.last = at
	}
}

// duration is known of visits that are over.
func (v *visit) duration() time.Duration { return v.last.Sub(v.start) }

// engagement returns the time that beacons told of, if any did.
func (v *visit) engagement() (sum time.Duration, known bool) {
	for _, w := range v.views {
		if w.beacon {
			sum += w.engaged
			known = true
		}
	}
	return sum, known
}

// judged reports whether it can be said that the visit bounced or did not.
func (v *visit) judged() bool { return v.over && len(v.views) > 0 }

func (v *visit) bounced() bool {
	engaged, _ := v.engagement()
	return v.judged() && len(v.views) == 1 && len(v.actions) == 0 && engaged < 10*time.Second
}

// name returns the page by its path, or the screen.
func (w view) name() string { return cmp.Or(w.screen, w.path) }
