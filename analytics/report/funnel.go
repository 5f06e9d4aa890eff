package report

import (
	"context"
	"time"
)

// FunnelOptions says what a [Funnel] is of.
type FunnelOptions struct {
	Steps  []Step        // 1 to 10
	Scope  Scope         // empty: PerVisit
	Within time.Duration // from the first step to the last; 0: any time
}

// Funnel tells how far visits, or visitors, came.
type Funnel struct {
	About

	Scope  Scope      `json:"scope"`
	Within float64    `json:"within,omitempty"` // seconds; 0: any time
	Steps  []FunnelAt `json:"steps"`

	// Share is how many of those who took the first step took the last.
	Share *float64 `json:"share"`
}

// FunnelAt is one step of a [Funnel].
type FunnelAt struct {
	Step       string   `json:"step"` // as [ParseStep] reads it
	Reached    Number   `json:"reached"`
	OfFirst    *float64 `json:"of_first"`    // Reached / Reached of the first step; nil: not known
	OfPrevious *float64 `json:"of_previous"` // of the step before; nil: not known, or the first step
	Dropped    int64    `json:"dropped"`     // who took the step before and not this one
	MedianTime *Number  `json:"median_time"` // since the step before; nil for the first
	P95Time    *Number  `json:"p95_time"`
}

// Funnel returns how many took the steps in order.
func (r *Reports) Funnel(ctx context.Context, req Request, o FunnelOptions) (*Funnel, error) {
	if o.Scope == "" {
		o.Scope = PerVisit
	}
	q, err := r.resolve(req, o.faults()...)
	if err != nil {
		return nil, err
	}
	asked := FunnelQuery{Selection: q.Selection, Steps: o.Steps, Scope: o.Scope, Within: o.Within, Quantiles: quantiles}
	var steps, before []FunnelStep
	questions := []func(context.Context) error{into(&steps, r.warehouse.Funnel, asked)}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&before, r.warehouse.Funnel, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	f := &Funnel{About: q.about(), Scope: o.Scope, Within: o.Within.Seconds(), Steps: funnelSteps(o.Steps, steps)}
	if q.before != nil {
		for i, was := range funnelSteps(o.Steps, before) {
			f.Steps[i].compare(was, q.Better)
		}
	}
	if n := len(f.Steps); n > 0 {
		f.Share = f.Steps[n-1].OfFirst
	}
	return f, nil
}

func (o FunnelOptions) faults() []error {
	var faults []error
	if len(o.Steps) < 1 || len(o.Steps) > 10 {
		faults = append(faults, fault("a funnel has 1 to 10 steps, not %d", len(o.Steps)))
	}
	for _, s := range o.Steps {
		faults = append(faults, s.fault())
	}
	if o.Scope != PerVisit && o.Scope != PerVisitor {
		faults = append(faults, fault("a funnel is per visit or per visitor, not per %q", o.Scope))
	}
	if o.Within < 0 {
		faults = append(faults, fault("a funnel within %v", o.Within))
	}
	return faults
}

func funnelSteps(names []Step, steps []FunnelStep) []FunnelAt {
	list := make([]FunnelAt, min(len(names), len(steps)))
	for i := range list {
		s := steps[i]
		list[i] = FunnelAt{
			Step: names[i].String(), Reached: count("funnel step", s.Reached, steps[0].Reached), OfFirst: shareOf(s.Reached, steps[0].Reached),
		}
		if i > 0 {
			list[i].OfPrevious = shareOf(s.Reached, steps[i-1].Reached)
			list[i].Dropped = steps[i-1].Reached - s.Reached
			list[i].MedianTime = new(quantile("time between steps", "median", s.Between, 0))
			list[i].P95Time = new(quantile("time between steps", "p95", s.Between, 1))
		}
	}
	return list
}

func (s *FunnelAt) compare(before FunnelAt, better map[string]Direction) {
	compare(&s.Reached, before.Reached, better)
	if s.MedianTime != nil {
		compare(s.MedianTime, *before.MedianTime, better)
		compare(s.P95Time, *before.P95Time, better)
	}
}

// Table returns a row a step.
func (f *Funnel) Table() Table {
	compared := f.Compared != nil
	t := Table{Title: "Funnel per " + string(f.Scope), Columns: append([]string{"step"}, headings([]string{"reached"}, compared)...)}
	t.Columns = append(t.Columns, "share of first", "share of previous", "dropped", "median time between steps", "p95 time between steps")
	for _, s := range f.Steps {
		row := append([]Cell{text(s.Step)}, cells([]Number{s.Reached}, compared)...)
		row = append(row, share(s.OfFirst), share(s.OfPrevious), whole(s.Dropped))
		for _, n := range []*Number{s.MedianTime, s.P95Time} {
			if n == nil {
				n = &Number{Unit: UnitTime}
			}
			row = append(row, n.cell())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
