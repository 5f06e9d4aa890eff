package drive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sojourn-go/sojourn/examples/traffic/plan"
	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// Options says how a plan is carried out. All fields but For and Progress are
// needed.
type Options struct {
	Shop      *url.URL // without path
	Visitors  []plan.Visitor
	Rate      float64       // requests per second, at most
	VisitIdle time.Duration // that of the shop
	Think     float64       // what the plan's times for thinking are multiplied by
	For       time.Duration // the run stops after that; 0: when the plan is done

	// Progress is called before each step, from one goroutine.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Done, Steps      int64
	Requests, Errors int64
}

// Result is what a run did.
type Result struct {
	Journals []*truth.Journal
	From, To time.Time
	Requests int64
	Complete bool             // the whole plan was carried out
	Faults   map[string]int64 // answers that were none, by what was wrong
}

// longestThink is how much of a visit's idle time a pause within it may take.
const longestThink = 0.5

// late is when somebody in the middle of a visit has waited too long for their turn:
// a request is then sure to come before the visit is over only if it is sent now.
const late = 0.75

// comeBack is how long, in idle times, until a visit is surely over.
const comeBack = 1.3

func (o Options) validate() error {
	var faults []error
	if !(o.Rate > 0) {
		faults = append(faults, errors.New("the rate must be positive"))
	}
	if o.VisitIdle < time.Second || o.VisitIdle > 30*time.Minute {
		faults = append(faults, fmt.Errorf("the idle time of visits is %v, and must be from 1s to 30m: "+
			"with less, a slow moment ends a visit; with more, pauses end logins", o.VisitIdle))
	}
	if longest := time.Duration(float64(plan.MaxThink) * o.Think); longest > time.Duration(longestThink*float64(o.VisitIdle)) {
		faults = append(faults, fmt.Errorf("thinking may take up to %v, more than half of the visits' idle time", longest))
	}
	return errors.Join(faults...)
}

// DefaultThink returns how fast people have to think for visits that end after idle:
// as they do if that is long enough.
func DefaultThink(idle time.Duration) float64 {
	return min(1, longestThink*float64(idle)/float64(plan.MaxThink))
}

// run is a plan being carried out.
type run struct {
	Options

	pace      *pace
	transport *http.Transport
	begun     time.Time
	requests  atomic.Int64

	mu     sync.Mutex
	faults map[string]int64
}

// Run carries out the plan, until ctx is done, and tells what it did so far in any
// case. It returns an error, and has done nothing, if the options are at fault.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	r := &run{
		Options: o, pace: newPace(o.Rate), begun: time.Now(), faults: map[string]int64{},
		transport: &http.Transport{MaxIdleConnsPerHost: workers},
	}
	defer r.transport.CloseIdleConnections()
	visitors := make([]*visitor, len(o.Visitors))
	for i := range o.Visitors {
		visitors[i] = newVisitor(r, i, &o.Visitors[i])
	}
	complete := r.dispatch(ctx, visitors)

	result := Result{
		From: r.begun.Truncate(time.Millisecond), To: time.Now().Add(time.Millisecond).Truncate(time.Millisecond),
		Requests: r.requests.Load(), Complete: complete, Faults: maps.Clone(r.faults),
	}
	for _, v := range visitors {
		result.Journals = append(result.Journals, v.journal)
	}
	return result, nil
}

// workers is how many visitors are served at the same moment, at most.
const workers = 32

// dispatch lets the visitors take their steps. It returns when nobody is under way
// any more, and reports whether all have done what they wanted.
func (r *run) dispatch(ctx context.Context, visitors []*visitor) (complete bool) {
	q := &queue{most: r.most()}
	steps := int64(0)
	for _, v := range visitors {
		q.add(v)
		steps += v.steps()
	}
	back := make(chan *visitor, workers)
	busy, done, gone := 0, int64(0), 0
	returned := func(v *visitor) {
		busy--
		done++
		switch {
		case v.gone:
			gone++
		case v.finished():
		default:
			q.add(v)
		}
	}
	defer func() {
		for busy > 0 {
			returned(<-back)
		}
	}()
	for ctx.Err() == nil {
		for len(back) > 0 { // first: their next step may be due
			returned(<-back)
		}
		v, wait := q.next(time.Since(r.begun), busy)
		switch {
		case v != nil && r.hasMissed(v):
			q.add(v)
		case v != nil && busy < workers:
			if r.pace.wait(ctx) != nil {
				return false
			}
			r.report(done, steps)
			busy++
			go func() {
				v.step(ctx)
				back <- v
			}()
		case v != nil:
			q.add(v)
			returned(<-back)
		case busy == 0 && wait == forever:
			return gone == 0
		default:
			timer := time.NewTimer(wait)
			select {
			case v := <-back:
				returned(v)
			case <-timer.C:
			case <-ctx.Done():
			}
			timer.Stop()
		}
	}
	return false
}

// most returns how many visits there may be at the same time, so that everybody in one
// has their turn long before it ends: a step takes two or three requests.
func (r *run) most() int { return max(1, int(0.15*r.Rate*r.VisitIdle.Seconds())) }

// hasMissed reports whether the visitor's visit may end before their request would
// arrive; they then come back when it has.
func (r *run) hasMissed(v *visitor) bool {
	if v.fresh || !v.journal.Visiting() {
		return false
	}
	if time.Since(r.begun)-v.last.Sent < time.Duration(late*float64(r.VisitIdle)) {
		return false
	}
	v.fresh, v.reopen = true, true
	v.due = v.last.Received + time.Duration(comeBack*float64(r.VisitIdle))
	return true
}

func (r *run) report(done, steps int64) {
	if r.Progress == nil {
		return
	}
	r.mu.Lock()
	var errs int64
	for _, n := range r.faults {
		errs += n
	}
	r.mu.Unlock()
	r.Progress(Progress{Done: done, Steps: steps, Requests: r.requests.Load(), Errors: errs})
}

// fault counts an answer that was none.
func (r *run) fault(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[what]++
}
