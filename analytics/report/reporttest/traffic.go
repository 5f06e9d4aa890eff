package reporttest

import (
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Visit tells of one visit, step by step; its methods return it. Times are by the
// clock of its day, see [Date.At], and should go forward.
type Visit struct {
	day       Date
	id        string
	session   string
	user      string
	view      string // the latest one's ID
	views     int
	origin    analytics.Origin
	start     time.Time
	last      time.Time
	startless bool
	events    []analytics.Event
}

// Visit begins to tell of the visit with this ID. It starts with the first thing
// that happens in it, and is under way until it Ends. Without By it is that of a
// visitor of its own.
func (d Date) Visit(id string) *Visit { return &Visit{day: d, id: id, session: id} }

// By says in which session the visit is: whose visitor's it is.
func (v *Visit) By(session string) *Visit {
	v.session = session
	return v
}

// From says where the visit comes from.
func (v *Visit) From(o analytics.Origin) *Visit {
	v.origin = o
	return v
}

// As says who is logged in from the beginning.
func (v *Visit) As(user string) *Visit {
	v.user = user
	return v
}

// Active notes a request that leaves no event, such as one for a part of a page.
func (v *Visit) Active(at string) *Visit {
	v.activity(v.day.At(at))
	return v
}

// View shows the page with this path.
func (v *Visit) View(at, path string) *Visit { return v.viewed(at, map[string]string{"path": path}) }

// Routed shows the page with this path, that a route such as /products/{id}
// answered.
func (v *Visit) Routed(at, path, route string) *Visit {
	return v.viewed(at, map[string]string{"path": path, "route": route})
}

// Screen shows a screen of an app.
func (v *Visit) Screen(at, name string) *Visit {
	return v.viewed(at, map[string]string{"screen": name})
}

func (v *Visit) viewed(at string, attributes map[string]string) *Visit {
	v.views++
	v.view = v.id + ":" + strconv.Itoa(v.views)
	attributes["view"] = v.view
	return v.do(at, analytics.PageViewed, attributes)
}

// Engaged is the beacon of the latest view: for how long in all it has been
// visible and in focus. It counts in whole milliseconds.
func (v *Visit) Engaged(at string, d time.Duration) *Visit {
	return v.note(at, analytics.PageEngaged, map[string]string{
		"view": v.view, "milliseconds": strconv.FormatInt(d.Milliseconds(), 10),
	})
}

// Action takes an action.
func (v *Visit) Action(at, name string) *Visit {
	return v.do(at, analytics.ActionTaken, map[string]string{"action": name})
}

// Purchase takes a purchase action of this value in the smallest unit of the
// currency.
func (v *Visit) Purchase(at, order string, value int64, currency string) *Visit {
	return v.do(at, analytics.ActionTaken, map[string]string{
		"action": analytics.PurchaseAction, "order": order, "value": strconv.FormatInt(value, 10), "currency": currency,
	})
}

// Expose assigns the visitor to an arm of an experiment.
func (v *Visit) Expose(at, experiment, variant string) *Visit {
	return v.note(at, analytics.ExperimentExposed, map[string]string{"experiment": experiment, "variant": variant})
}

// Cart sets a line of the cart to a quantity; 0 takes it out.
func (v *Visit) Cart(at, sku string, quantity int64) *Visit {
	return v.do(at, analytics.CartChanged, map[string]string{"sku": sku, "quantity": strconv.FormatInt(quantity, 10)})
}

// EmptyCart takes all lines out of the cart.
func (v *Visit) EmptyCart(at string) *Visit {
	return v.do(at, analytics.CartChanged, map[string]string{"quantity": "0"})
}

// Checkout orders what is in the cart.
func (v *Visit) Checkout(at, order string) *Visit {
	return v.do(at, analytics.CheckoutCompleted, map[string]string{"order": order})
}

// Login logs a user in.
func (v *Visit) Login(at, user string) *Visit {
	v.user = user
	return v.do(at, analytics.LoginStarted, nil)
}

// Logout logs the user out.
func (v *Visit) Logout(at string) *Visit {
	v.note(at, analytics.LoginEnded, nil)
	v.events[len(v.events)-1].Reason = analytics.ReasonLogout
	v.user = ""
	return v
}

// Ends ends the visit. Its last activity is what came before.
func (v *Visit) Ends(at string, why analytics.Reason) *Visit {
	when := v.day.At(at)
	v.begin(when)
	v.add(when, analytics.VisitEnded, map[string]string{
		"start": strconv.FormatInt(v.start.UnixMilli(), 10),
		"last":  strconv.FormatInt(v.last.UnixMilli(), 10),
	})
	v.events[len(v.events)-1].Reason = why
	return v
}

// Events returns the visit's events, in the order in which they were told.
func (v *Visit) Events() []analytics.Event {
	if v.startless || v.start.IsZero() {
		return v.events
	}
	started := analytics.Event{
		ID: v.id + "-0", Type: analytics.VisitStarted, Time: v.start,
		Session: v.session, Visit: v.id, Attributes: v.origin.Attributes(),
	}
	return append([]analytics.Event{started}, v.events...)
}

// Events returns the events of all visits, oldest first.
func Events(visits ...*Visit) []analytics.Event {
	var all []analytics.Event
	for _, v := range visits {
		all = append(all, v.Events()...)
	}
	analytics.Sort(all)
	return all
}

// lostStart lets the start be lost on its way.
func (v *Visit) lostStart() *Visit {
	v.startless = true
	return v
}

// do is something that counts as activity.
func (v *Visit) do(at string, t analytics.Type, attributes map[string]string) *Visit {
	v.activity(v.day.At(at))
	return v.note(at, t, attributes)
}

func (v *Visit) note(at string, t analytics.Type, attributes map[string]string) *Visit {
	when := v.day.At(at)
	v.begin(when)
	v.add(when, t, attributes)
	return v
}

func (v *Visit) add(at time.Time, t analytics.Type, attributes map[string]string) {
	v.events = append(v.events, analytics.Event{
		ID: v.id + "-" + strconv.Itoa(len(v.events)+1), Type: t, Time: at,
		Session: v.session, Visit: v.id, User: v.user, Attributes: attributes,
	})
}

func (v *Visit) begin(at time.Time) {
	if v.start.IsZero() {
		v.start, v.last = at, at
	}
}

func (v *Visit) activity(at time.Time) {
	v.begin(at)
	if at.After(v.last) {
		v.last = at
	}
}
