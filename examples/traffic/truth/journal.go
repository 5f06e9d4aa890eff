package truth

import "time"

// Origin is what a visit is to be counted under.
type Origin struct {
	Source, Medium, Campaign, Channel string
	Platform, Device, Browser         string
}

// Moment is when a request was on its way: the server read its clock in between.
// Both are since the beginning of the run.
type Moment struct{ Sent, Received time.Duration }

// Journal keeps what one visitor did. It is not safe for concurrent use.
type Journal struct {
	Bot bool

	// Price says what the lines of a cart cost together, in a currency's smallest
	// unit.
	Price func(lines map[string]int64) (value int64, currency string)

	visits []*visit
	cart   map[string]int64
	user   string // logged in

	ordered, emptied  int64
	logins, logouts   int64
	failures          int64
	revenue           map[string]int64
	skipped           map[string]int64
	purchases, unsure int64
}

// visit is one stretch of activity.
type visit struct {
	origin  Origin
	began   Moment
	sent    time.Duration // latest moment that is surely part of it
	ends    time.Duration // latest that may be
	user    string
	views   []view
	actions []string
}

type view struct {
	page, screen string
	beacon       bool
	engaged      time.Duration
}

// Begin begins a visit with the request made at that moment.
func (j *Journal) Begin(o Origin, at Moment) {
	j.visits = append(j.visits, &visit{origin: o, began: at, sent: at.Sent, ends: at.Received, user: j.user})
}

// Active notes activity in the visit under way; the server may have recorded it as
// much as slack too early, or not at all if it came that soon after other activity.
func (j *Journal) Active(at Moment, slack time.Duration) {
	v := j.visit()
	v.sent = max(v.sent, at.Sent-slack)
	v.ends = max(v.ends, at.Received)
	if j.user != "" {
		v.user = j.user
	}
}

// PerhapsActive notes a request that may count as activity or not.
func (j *Journal) PerhapsActive(at Moment) {
	v := j.visit()
	v.ends = max(v.ends, at.Received)
}

// Visiting reports whether a visit has begun.
func (j *Journal) Visiting() bool { return len(j.visits) > 0 }

func (j *Journal) visit() *visit { return j.visits[len(j.visits)-1] }

// Viewed notes that a page was shown.
func (j *Journal) Viewed(path string) { j.visit().views = append(j.visit().views, view{page: path}) }

// Shown notes that a screen was.
func (j *Journal) Shown(screen string) {
	j.visit().views = append(j.visit().views, view{screen: screen})
}

// Engaged notes what the latest view's beacon told.
func (j *Journal) Engaged(d time.Duration) {
	views := j.visit().views
	v := &views[len(views)-1]
	v.beacon, v.engaged = true, d
}

// Acted notes an action.
func (j *Journal) Acted(name string) { j.visit().actions = append(j.visit().actions, name) }

// LoggedIn notes a login, which is an action too.
func (j *Journal) LoggedIn(user string) {
	j.user, j.visit().user = user, user
	j.logins++
	j.Acted("login.started")
}

// LoggedOut notes that the login ended.
func (j *Journal) LoggedOut() {
	j.user = ""
	j.logouts++
}

// LoginFailed notes an attempt.
func (j *Journal) LoginFailed() { j.failures++ }

// User returns who is logged in.
func (j *Journal) User() string { return j.user }

// Added notes that a line of the cart grew.
func (j *Journal) Added(sku string, n int64) {
	if j.cart == nil {
		j.cart = map[string]int64{}
	}
	j.cart[sku] += n
	j.Acted("cart.changed")
}

// Removed notes that a line left the cart.
func (j *Journal) Removed(sku string) {
	delete(j.cart, sku)
	if len(j.cart) == 0 {
		j.emptied++
	}
	j.Acted("cart.changed")
}

// Ordered notes that the cart was ordered and paid.
func (j *Journal) Ordered() {
	value, currency := j.Price(j.cart)
	clear(j.cart)
	j.ordered++
	j.purchases++
	if j.revenue == nil {
		j.revenue = map[string]int64{}
	}
	j.revenue[currency] += value
	j.Acted("checkout.completed")
	j.Acted("purchase")
}

// Skipped notes a view that is not to be recorded, for a reason.
func (j *Journal) Skipped(reason string) {
	if j.skipped == nil {
		j.skipped = map[string]int64{}
	}
	j.skipped[reason]++
}

// Unsure notes a request of which is not known what the shop made of it. Numbers
// may then differ, and are not to be trusted.
func (j *Journal) Unsure() { j.unsure++ }
