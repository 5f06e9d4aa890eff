package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// answers returns what each path answers with.
func (a *api) answers() map[string]answer {
	return map[string]answer{
		"/overview":      plain(a, a.reports.Overview),
		"/summary":       plain(a, a.reports.Summary),
		"/peak-hours":    plain(a, a.reports.PeakHours),
		"/new-returning": plain(a, a.reports.NewReturning),
		"/lifecycle":     plain(a, a.reports.Lifecycle),
		"/series": tuned(a, a.reports.Series, func(p *parameters) report.SeriesOptions {
			return report.SeriesOptions{
				Every: report.Dimension(p.one("every")), By: report.Dimension(p.one("by")), Metric: p.one("metric"), Limit: p.limit(),
			}
		}),
		"/breakdown": tuned(a, a.reports.Breakdown, func(p *parameters) report.BreakdownOptions {
			var by []report.Dimension
			for _, d := range p.all("by") {
				by = append(by, report.Dimension(d))
			}
			return report.BreakdownOptions{By: by, Metrics: p.all("metric"), Limit: p.limit(), Least: p.flag("least")}
		}),
		"/pages": tuned(a, a.reports.Pages, func(p *parameters) report.PagesOptions {
			return report.PagesOptions{Kind: report.PageKind(p.one("kind")), Limit: p.limit(), Least: p.flag("least")}
		}),
		"/actions": tuned(a, a.reports.Actions, func(p *parameters) report.ActionsOptions {
			return report.ActionsOptions{Limit: p.limit(), Least: p.flag("least")}
		}),
		"/funnel": tuned(a, a.reports.Funnel, func(p *parameters) report.FunnelOptions {
			o := report.FunnelOptions{Scope: report.Scope(p.one("scope")), Within: p.duration("within")}
			for _, value := range p.all("step") {
				o.Steps = append(o.Steps, p.step("step", value))
			}
			return o
		}),
		"/paths": tuned(a, a.reports.Paths, func(p *parameters) report.PathsOptions {
			return report.PathsOptions{After: p.one("after"), Length: p.number("length", 0), Limit: p.limit()}
		}),
		"/retention": tuned(a, a.reports.Retention, func(p *parameters) report.RetentionOptions {
			return report.RetentionOptions{Every: report.Dimension(p.one("every")), Periods: p.number("periods", 0)}
		}),
		"/carts": tuned(a, a.reports.Carts, func(p *parameters) report.CartsOptions {
			return report.CartsOptions{Idle: p.duration("idle"), Abandoned: p.flag("abandoned"), Limit: p.limit()}
		}),
		"/experiment": tuned(a, a.reports.Experiment, func(p *parameters) report.ExperimentOptions {
			return report.ExperimentOptions{Name: p.one("name"), Control: p.one("control"), Weights: p.weights("weight")}
		}),
		"/segments":         tuned(a, a.segments, a.segmentOptions),
		"/explain/{metric}": a.explain,
		"/live":             timeless(a.reports.Live),
		"/ledger":           timeless(a.reports.Ledger),
	}
}

// plain answers a question about a period without parameters of its own.
func plain[T tabled](a *api, question func(context.Context, report.Request) (T, error)) answer {
	return tuned(a, func(ctx context.Context, req report.Request, _ struct{}) (T, error) { return question(ctx, req) },
		func(*parameters) struct{} { return struct{}{} })
}

// tuned answers a question about a period with parameters of its own, which options
// takes out.
func tuned[T tabled, O any](a *api, question func(context.Context, report.Request, O) (T, error), options func(*parameters) O) answer {
	return func(ctx context.Context, _ *http.Request, p *parameters) (tabled, error) {
		p.period(a.reports)
		o := options(p)
		faulty := p.err()
		if faulty != nil {
			// What else is wrong is found before anything is asked of a warehouse.
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			cancel()
		}
		t, err := question(ctx, p.request, o)
		if faulty == nil {
			return t, err
		}
		if errors.Is(err, report.ErrQuestion) {
			p.faults = append(p.faults, details(err)...)
		}
		return nil, faulty
	}
}

// timeless answers a question that is about no period.
func timeless[T tabled](question func(context.Context) (T, error)) answer {
	return func(ctx context.Context, _ *http.Request, p *parameters) (tabled, error) {
		if err := p.err(); err != nil {
			return nil, err
		}
		return question(ctx)
	}
}

// segmentOptions says which segments are put side by side.
type segmentOptions struct {
	segments []report.Segment
	engaged  float64 // a percentile; 0: none
	by       report.Field
}

func (a *api) segmentOptions(p *parameters) segmentOptions {
	o := segmentOptions{by: report.FieldEngagement}
	for _, value := range p.all("segment") {
		o.segments = append(o.segments, a.segment(p, value))
	}
	if by := p.one("engaged-by"); by != "" {
		o.by = report.Field(by)
	}
	if value := p.one("engaged"); value != "" {
		percentile, err := strconv.ParseFloat(value, 64)
		if err != nil || percentile == 0 {
			p.fault("engaged", "%q is no percentile", value)
		}
		o.engaged = percentile
	}
	if len(o.segments) == 0 && o.engaged == 0 {
		o.segments = a.options.Segments
	}
	return o
}

// segment returns a saved segment, or one with its condition.
func (a *api) segment(p *parameters, value string) report.Segment {
	for _, saved := range a.options.Segments {
		if saved.Name == value {
			return saved
		}
	}
	name, condition, found := strings.Cut(value, "=")
	if !found {
		p.fault("segment", "there is no segment %q; one of your own is name=condition", value)
	}
	filter, err := report.ParseFilter(condition)
	if err != nil {
		p.fault("segment", "%s", plainly(err.Error()))
	}
	return report.Segment{Name: name, Filter: filter}
}

func (a *api) segments(ctx context.Context, req report.Request, o segmentOptions) (*report.Segments, error) {
	segments := o.segments
	if o.engaged != 0 {
		highly, err := a.reports.HighlyEngaged(ctx, req, o.by, o.engaged)
		if err != nil {
			return nil, err
		}
		segments = append(slices.Clip(segments), highly.Segment)
	}
	return a.reports.Segments(ctx, req, segments...)
}
