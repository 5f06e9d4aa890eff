package drive

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// visitor carries out one visitor's plan, a step at a time.
type visitor struct {
	run     *run
	number  int
	plan    *plan.Visitor
	client  *http.Client
	journal *truth.Journal

	visit, next int           // the step to take
	due         time.Duration // since the run began
	fresh       bool          // that step begins a visit
	reopen      bool          // which the plan knows nothing of
	gone        bool          // something went wrong, and they will not come again

	last   truth.Moment // when activity was surely, and when it may have been, the latest
	source plan.Source  // that the latest request tells of
	page   string       // path of the page that is open
	beacon *beacon      // that will tell for how long; or nil
}

func newVisitor(r *run, number int, p *plan.Visitor) *visitor {
	v := &visitor{
		run: r, number: number, plan: p, fresh: true,
		journal: &truth.Journal{Bot: p.Kind == plan.CookieBot, Price: plan.Price},
		client: &http.Client{
			Transport:     r.transport,
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if p.Kind != plan.Crawler && p.Kind != plan.Downloader {
		jar, _ := cookiejar.New(nil) // without options it cannot fail
		v.client.Jar = jar
	}
	return v
}

// steps returns how many steps the plan has.
func (v *visitor) steps() int64 {
	n := 0
	for _, visit := range v.plan.Visits {
		n += len(visit.Steps)
	}
	return int64(n)
}

func (v *visitor) finished() bool { return v.visit == len(v.plan.Visits) }

// step takes the next step and says when the one after it is due.
func (v *visitor) step(ctx context.Context) {
	// What was sent is answered and noted, also when the run is called off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	// An hour ends a login, too.
	if v.fresh && v.journal.User() != "" && v.now()-v.last.Received > 50*time.Minute {
		v.gone = true
		return
	}
	step := v.plan.Visits[v.visit].Steps[v.next]
	if v.fresh {
		v.page, v.beacon = "", nil
	}
	err := v.open(ctx)
	if err == nil {
		err = v.closePage(ctx, step.Think)
	}
	if err == nil {
		err = v.do(ctx, step)
	}
	if err != nil {
		v.run.fault(err.Error())
		v.journal.Unsure()
		v.gone = true
		return
	}
	v.schedule()
}

// open begins a visit that the plan did not provide for.
func (v *visitor) open(ctx context.Context) error {
	if !v.reopen {
		return nil
	}
	v.reopen = false
	if v.plan.Kind == plan.App {
		return v.show(ctx, "home")
	}
	return v.navigate(ctx, "/", plan.Direct, false)
}

// schedule sets what comes next.
func (v *visitor) schedule() {
	v.next++
	if visit := v.plan.Visits[v.visit]; v.next < len(visit.Steps) {
		v.due = v.now() + time.Duration(v.run.Think*float64(visit.Steps[v.next].Think))
		return
	}
	v.visit, v.next = v.visit+1, 0
	if !v.finished() {
		v.fresh = true
		v.due = max(v.now(), v.last.Received+time.Duration(v.plan.Visits[v.visit].Pause*float64(v.run.VisitIdle)))
	}
}

func (v *visitor) now() time.Duration { return time.Since(v.run.begun) }

// noted is what a request was, once it is known to have been activity.
type noted int

const (
	passing noted = iota // activity, which the shop may note a little late
	exact                // a view or an action, whose moment the shop keeps
)

// note enters a request into the journal, which belongs to a visit if the visitor
// has a session by now.
func (v *visitor) note(at truth.Moment, what noted) {
	if !v.known() {
		return
	}
	idle := v.run.VisitIdle
	coarse := min(5*time.Second, idle/20) // how exactly the middleware keeps the latest activity
	switch {
	case v.fresh:
		if v.journal.Visiting() && at.Sent-v.last.Received <= idle+coarse {
			v.journal.Unsure()
		}
		v.journal.Begin(v.origin(), at)
		v.fresh = false
	case at.Received-v.last.Sent >= idle-2*coarse:
		v.journal.Unsure()
	}
	slack := time.Duration(0)
	if what == passing {
		slack = 2 * coarse
	}
	v.journal.Active(at, slack)
	v.last = at
}

// known reports whether the visitor has a session: the shop has set a cookie.
func (v *visitor) known() bool {
	return v.client.Jar != nil && len(v.client.Jar.Cookies(v.run.Shop)) > 0
}

// origin is what a visit that the latest request begins is counted under.
func (v *visitor) origin() truth.Origin {
	s := v.source
	platform := "web"
	if v.plan.Kind == plan.App {
		platform = "app"
	}
	return truth.Origin{
		Source: s.Name, Medium: s.Medium, Campaign: s.Campaign, Channel: s.Channel,
		Platform: platform, Device: v.plan.Agent.Device, Browser: v.plan.Agent.Browser,
	}
}
