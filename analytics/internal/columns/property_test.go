package columns_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/report/reporttest"
)

// The answers are those that the events have when each question goes through all
// of them.
func TestQuestions_answeredAsByTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := worlds(t)
		m := reporttest.NewModel()
		if err := m.Record(t.Context(), w.events); err != nil {
			t.Fatal(err)
		}
		q := &questions{T: t, world: w}
		s := q.selection()
		s.Location = w.loc
		ctx := t.Context()
		for range 2 {
			switch what := rapid.IntRange(0, 10).Draw(t, "question"); what {
			case 0, 1:
				q := report.TotalsQuery{Selection: s, By: q.dimensions(), Goal: q.goal(), Quantiles: q.quantiles(), Limit: q.limit()}
				got, err := columns.Totals(ctx, w.set, q)
				want, wantErr := m.Totals(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 2:
				q := report.HoursQuery{Selection: s}
				got, err := columns.Hours(ctx, w.set, q)
				want, wantErr := m.Hours(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 3:
				q := report.PagesQuery{
					Selection: s, Quantiles: q.quantiles(), Limit: q.limit(),
					Kind: rapid.SampledFrom([]report.PageKind{report.ByPath, report.ByRoute, report.ByScreen}).Draw(t, "kind"),
				}
				got, err := columns.Pages(ctx, w.set, q)
				want, wantErr := m.Pages(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 4:
				q := report.ActionsQuery{Selection: s, Limit: q.limit()}
				got, err := columns.Actions(ctx, w.set, q)
				want, wantErr := m.Actions(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 5, 6:
				q := report.FunnelQuery{
					Selection: s, Steps: rapid.SliceOfN(rapid.SampledFrom(someSteps), 1, 4).Draw(t, "steps"), Quantiles: q.quantiles(),
					Scope:  rapid.SampledFrom([]report.Scope{"", report.PerVisit, report.PerVisitor}).Draw(t, "scope"),
					Within: rapid.SampledFrom([]time.Duration{0, 1, time.Minute, 2 * time.Minute, time.Hour}).Draw(t, "within"),
				}
				got, err := columns.Funnel(ctx, w.set, q)
				want, wantErr := m.Funnel(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 7:
				q := report.PathsQuery{
					Selection: s, Length: rapid.IntRange(1, 10).Draw(t, "length"), Limit: q.limit(),
					After: rapid.SampledFrom([]string{"", "", "/", "/p/2", "home", "elsewhere"}).Draw(t, "after"),
				}
				got, err := columns.Paths(ctx, w.set, q)
				want, wantErr := m.Paths(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 8:
				q := report.CohortsQuery{
					Selection: s, Periods: rapid.SampledFrom([]int{1, 3, 60}).Draw(t, "periods"),
					Every: rapid.SampledFrom([]report.Dimension{report.ByDay, report.ByWeek, report.ByMonth}).Draw(t, "every"),
				}
				got, err := columns.Cohorts(ctx, w.set, q)
				want, wantErr := m.Cohorts(ctx, q)
				agree(t, q, got, err, want, wantErr)
			case 9:
				q := report.ExperimentQuery{Selection: s, Name: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "name"), Goal: *q.step()}
				got, err := columns.Experiment(ctx, w.set, q)
				want, wantErr := m.Experiment(ctx, q)
				agree(t, q, got, err, want, wantErr)
			default:
				q := q.visitors(s)
				got, err := columns.Visitors(ctx, w.set, q)
				want, wantErr := m.Visitors(ctx, q)
				agree(t, q, got, err, want, wantErr)
			}
		}
		now := time.UnixMilli(w.set.Newest).Add(time.Duration(rapid.IntRange(-60, 10).Draw(t, "now")) * time.Minute)
		got, err := columns.Live(ctx, w.set, now)
		want, wantErr := m.Live(ctx, now)
		agree(t, now, got, err, want, wantErr)
	})
}

// agree reports answers that differ.
func agree(t *rapid.T, question, got any, err error, want any, wantErr error) {
	t.Helper()
	if err != nil || wantErr != nil {
		t.Fatalf("%+v\nerror %v, of the model %v", question, err, wantErr)
	}
	if g, w := plain(t, got), plain(t, want); !reflect.DeepEqual(g, w) {
		t.Errorf("%T %s\n%+v\nof the model\n%+v", question, text(t, question), text(t, got), text(t, want))
	}
}

func text(t *rapid.T, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// plain returns v as JSON has it, without what is empty: nil is as good.
func plain(t *rapid.T, v any) any {
	var p any
	if err := json.Unmarshal([]byte(text(t, v)), &p); err != nil {
		t.Fatal(err)
	}
	return dropEmpty(p)
}

func dropEmpty(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if v[key] = dropEmpty(value); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = dropEmpty(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	}
	return v
}
