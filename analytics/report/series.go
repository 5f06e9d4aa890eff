package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// maxPoints bounds the points of all lines of a [Series] together.
const maxPoints = 1_000_000

// SeriesOptions says how a [Series] is made.
type SeriesOptions struct {
	Every  Dimension // ByHour, ByDay, ByWeek or ByMonth; empty: ByDay
	By     Dimension // a line for each value of this; empty: one line
	Metric string    // by the names of [Number.Name]; empty: "visits"
	Limit  int       // of lines, those with the most visits; 0: all
}

// Series is one metric over time, without gaps.
type Series struct {
	About

	Every    Dimension `json:"every"`
	By       Dimension `json:"by,omitempty"`
	Metric   string    `json:"metric"`
	Unit     Unit      `json:"unit"`
	Currency string    `json:"currency,omitempty"` // of money
	Lines    []Line    `json:"lines"`              // the most visits first
	Beyond   int64     `json:"beyond"`             // how many lines the limit left out
}

// Line is one line of a [Series].
type Line struct {
	Key    string  `json:"key"`
	Visits int64   `json:"visits"`
	Points []Point `json:"points"`

	// Before is the line over the period compared with: its points in their order
	// belong to those of Points. It may be shorter or longer, as months are.
	Before []Point `json:"before,omitempty"`
}

// Point is the value in one hour, day, week or month of the local calendar. The
// first and the last may lie in the period in part.
type Point struct {
	Start string   `json:"start"` // as the dimensions by time have it
	Value *float64 `json:"value"` // nil: not known
	Rows  int64    `json:"rows"`
}

// Series returns a metric over time.
func (r *Reports) Series(ctx context.Context, req Request, o SeriesOptions) (*Series, error) {
	o.Every, o.Metric = cmp.Or(o.Every, ByDay), cmp.Or(o.Metric, "visits")
	faults := []error{checkMetric(o.Metric, req.Goal != nil), checkLimit(o.Limit)}
	if !byTime(o.Every) {
		faults = append(faults, fault("a series is by hour, day, week or month, not %q", o.Every))
	}
	by := []Dimension{o.Every}
	if o.By != "" {
		by = append(by, o.By)
		faults = append(faults, checkDimension(o.By))
		if byTime(o.By) {
			faults = append(faults, fault("the lines of a series are told apart by no time, such as %s", o.By))
		}
	}
	q, err := r.resolve(req, faults...)
	if err != nil {
		return nil, err
	}
	asked := TotalsQuery{Selection: q.Selection, By: by, Goal: q.Goal, Quantiles: quantiles}
	var groups, before []Group
	questions := []func(context.Context) error{into(&groups, r.warehouse.Totals, asked)}
	if q.before != nil {
		asked.Selection = *q.before
		questions = append(questions, into(&before, r.warehouse.Totals, asked))
	}
	if err := ask(ctx, questions...); err != nil {
		return nil, err
	}
	s := &Series{About: q.about(), Every: o.Every, By: o.By, Metric: o.Metric}
	nothing := metricsOf(Totals{}, q.Goal != nil)
	of, _ := nothing.number(o.Metric)
	s.Unit, s.Currency = of.Unit, of.Currency
	groupsByKey, keys := byKey(o, groups)
	shown := limited(keys, o.Limit)
	s.Beyond = int64(len(keys) - len(shown))
	starts, err := q.starts(o.Every, groups)
	if err != nil {
		return nil, err
	}
	if len(starts)*len(shown) > maxPoints {
		return nil, fault("the series has %d lines of %d points, more than %d in all", len(shown), len(starts), maxPoints)
	}
	s.Lines = make([]Line, len(shown))
	for i, key := range shown {
		s.Lines[i] = Line{Key: key, Points: q.points(o.Metric, starts, groupsByKey[key])}
		for _, t := range groupsByKey[key] {
			s.Lines[i].Visits += t.Visits
		}
	}
	if q.before == nil {
		return s, nil
	}
	earlier := q
	earlier.Selection = *q.before
	if starts, err = earlier.starts(o.Every, before); err != nil {
		return nil, err
	}
	beforeByKey, _ := byKey(o, before)
	for i, key := range shown {
		s.Lines[i].Before = q.points(o.Metric, starts, beforeByKey[key])
	}
	return s, nil
}

// byKey returns the totals by line and start, and the keys of the lines, the most
// visits first. There is one at least where the series has no dimension.
func byKey(o SeriesOptions, groups []Group) (totals map[string]map[string]Totals, keys []string) {
	totals = map[string]map[string]Totals{}
	if o.By == "" {
		totals[""] = map[string]Totals{}
	}
	visits := map[string]int64{}
	for _, g := range groups {
		key := ""
		if o.By != "" {
			key = g.Key[1]
		}
		if totals[key] == nil {
			totals[key] = map[string]Totals{}
		}
		totals[key][g.Key[0]] = g.Totals
		visits[key] += g.Visits
	}
	keys = slices.SortedFunc(maps.Keys(totals), func(a, b string) int {
		return cmp.Or(cmp.Compare(visits[b], visits[a]), cmp.Compare(a, b))
	})
	return totals, keys
}

func (q resolved) points(metric string, starts []string, totals map[string]Totals) []Point {
	points := make([]Point, len(starts))
	for i, start := range starts {
		m := metricsOf(totals[start], q.Goal != nil)
		n, _ := m.number(metric)
		points[i] = Point{Start: start, Value: n.cell().Value, Rows: n.Rows}
	}
	return points
}

// Table returns a row for every point.
func (s *Series) Table() Table {
	t := Table{Title: s.Metric + " by " + string(s.Every), Columns: []string{string(s.Every)}}
	if s.By != "" {
		t.Columns = append(t.Columns, string(s.By))
	}
	t.Columns = append(t.Columns, s.Metric, "rows")
	if s.Compared != nil {
		t.Columns = append(t.Columns, "before")
	}
	for _, line := range s.Lines {
		for i, p := range line.Points {
			row := []Cell{text(p.Start)}
			if s.By != "" {
				row = append(row, text(label(s.By, line.Key)))
			}
			row = append(row, Cell{Value: p.Value, Unit: s.Unit, Currency: s.Currency}, whole(p.Rows))
			if s.Compared != nil {
				before := Cell{Unit: s.Unit, Currency: s.Currency}
				if i < len(line.Before) {
					before.Value = line.Before[i].Value
				}
				row = append(row, before)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
