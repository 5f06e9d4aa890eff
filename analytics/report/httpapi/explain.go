package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

var errNoMetric = errors.New("there is no such metric")

// Explanation says what a metric is and how its numbers of a period came about.
type Explanation struct {
	Definition analytics.Definition `json:"definition"`

	// Numbers are those of the metric in a summary of the period; none for a metric
	// that other reports tell of.
	Numbers []Explained `json:"numbers"`
}

// Explained is a number with its explanation.
type Explained struct {
	Number      report.Number `json:"number"`
	Explanation string        `json:"explanation"`
}

// Table returns a row a number.
func (e *Explanation) Table() report.Table {
	t := report.Table{Title: e.Definition.Name, Columns: []string{"metric", "value", "unit", "explanation"}}
	for _, n := range e.Numbers {
		value := report.Cell{Unit: n.Number.Unit, Currency: n.Number.Currency}
		if n.Number.Known {
			value.Value = &n.Number.Value
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: n.Number.Name()}, value, {Text: string(n.Number.Unit)}, {Text: n.Explanation},
		})
	}
	return t
}

func (a *api) explain(ctx context.Context, r *http.Request, p *parameters) (tabled, error) {
	name := strings.ReplaceAll(r.PathValue("metric"), "_", " ")
	definition, ok := analytics.Define(name)
	if !ok {
		return nil, fmt.Errorf("%w: %q", errNoMetric, name)
	}
	question := func(ctx context.Context, req report.Request) (*Explanation, error) {
		summary, err := a.reports.Summary(ctx, req)
		if err != nil {
			return nil, err
		}
		e := &Explanation{Definition: definition, Numbers: []Explained{}}
		for _, n := range summary.List() {
			if n.Metric == definition.Name {
				e.Numbers = append(e.Numbers, Explained{Number: n, Explanation: n.Explain()})
			}
		}
		return e, nil
	}
	return plain(a, question)(ctx, r, p)
}
