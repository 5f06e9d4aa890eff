package truth

import "time"

// bounce is the engagement from which a visit with a single view has not bounced.
const bounce = 10 * time.Second

// Of counts what the journals tell. What identifies the run is left to the caller.
func Of(journals []*Journal) Truth {
	c := counter{
		t: Truth{
			Revenue: map[string]int64{}, ActionsByName: map[string]int64{}, Skipped: map[string]int64{},
			Pages: map[string]*Page{}, Screens: map[string]*Page{}, VisitsByDimension: map[string]map[string]int64{},
			Carts: Carts{Value: map[string]int64{}},
		},
		users: map[string]bool{},
	}
	for _, j := range journals {
		c.journal(j)
	}
	c.t.Users = int64(len(c.users))
	c.t.Duration = spreadOf(c.durations)
	return c.t
}

type counter struct {
	t         Truth
	users     map[string]bool
	durations []Interval
}

func (c *counter) journal(j *Journal) {
	t := &c.t
	t.Unsure += j.unsure
	for reason, n := range j.skipped {
		t.Skipped[reason] += n
	}
	if len(j.visits) == 0 {
		return
	}
	t.Lifecycle.Sessions++
	t.Lifecycle.Logins += j.logins
	t.Lifecycle.Failures += j.failures
	t.Lifecycle.Logouts += j.logouts
	if j.Bot {
		t.Bots.Visits += int64(len(j.visits))
		for _, v := range j.visits {
			t.Bots.Views += int64(len(v.views))
		}
		return
	}
	t.Visitors++
	t.NewVisits++ // the first of a visitor; sessions begin with the run
	t.Purchases += j.purchases
	for currency, value := range j.revenue {
		t.Revenue[currency] += value
	}
	t.Carts.Ordered += j.ordered
	t.Carts.Emptied += j.emptied
	if len(j.cart) > 0 {
		t.Carts.Standing++
		value, currency := j.Price(j.cart)
		t.Carts.Value[currency] += value
	}
	for _, v := range j.visits {
		c.visit(v)
	}
}

func (c *counter) visit(v *visit) {
	t := &c.t
	t.Visits++
	t.Views += int64(len(v.views))
	t.Actions += int64(len(v.actions))
	for _, name := range v.actions {
		t.ActionsByName[name]++
	}
	if v.user != "" {
		c.users[v.user] = true
	}
	for dimension, value := range v.dimensions() {
		if t.VisitsByDimension[dimension] == nil {
			t.VisitsByDimension[dimension] = map[string]int64{}
		}
		t.VisitsByDimension[dimension][value]++
	}
	c.durations = append(c.durations, around(v.sent-v.began.Received, v.ends-v.began.Sent))
	if engaged, told := v.engagement(); told {
		t.EngagedVisits++
		t.EngagementSum += engaged
	}
	c.pages(v)
}

// dimensions returns what the visit is counted under.
func (v *visit) dimensions() map[string]string {
	o := v.origin
	login := "no"
	if v.user != "" {
		login = "yes"
	}
	return map[string]string{
		"source": o.Source, "medium": o.Medium, "campaign": o.Campaign, "channel": o.Channel,
		"platform": o.Platform, "device": o.Device, "browser": o.Browser, "login": login,
	}
}

// engagement returns the sum of what beacons told, and whether one did.
func (v *visit) engagement() (sum time.Duration, told bool) {
	for _, w := range v.views {
		sum += w.engaged
		told = told || w.beacon
	}
	return sum, told
}

// bounced: a single view, no action, hardly looked at.
func (v *visit) bounced() bool {
	engaged, _ := v.engagement()
	return len(v.views) == 1 && len(v.actions) == 0 && engaged < bounce
}

func (c *counter) pages(v *visit) {
	if len(v.views) == 0 {
		return
	}
	t := &c.t
	t.WithView++
	if len(v.views) == 1 {
		t.SinglePage++
	}
	entry := c.page(v.views[0])
	entry.Entries++
	if v.bounced() {
		t.Bounces++
		entry.Bounces++
	}
	c.page(v.views[len(v.views)-1]).Exits++
	seen := map[*Page]bool{}
	for _, w := range v.views {
		p := c.page(w)
		p.Views++
		if !seen[p] {
			p.Visits++
		}
		seen[p] = true
	}
}

func (c *counter) page(w view) *Page {
	of, name := c.t.Pages, w.page
	if w.screen != "" {
		of, name = c.t.Screens, w.screen
	}
	if of[name] == nil {
		of[name] = &Page{}
	}
	return of[name]
}
