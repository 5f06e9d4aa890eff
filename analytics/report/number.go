package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
)

// Number is one value of a metric, with what it takes to judge it.
type Number struct {
	Metric    string `json:"metric"`              // as [analytics.Define] knows it
	Statistic string `json:"statistic,omitempty"` // median, mean or p95, where a metric has a value a visit or view
	Unit      Unit   `json:"unit"`
	Currency  string `json:"currency,omitempty"` // of money

	// Value is in the Unit. It is 0 where Known is false, and null in JSON: a ratio
	// of nothing is not known.
	Value float64 `json:"value"`
	Known bool    `json:"known"`

	// Rows is over how many visits, views, visitors, carts or other things of the
	// metric the value was computed.
	Rows    int64     `json:"rows"`
	LeftOut []LeftOut `json:"left_out,omitempty"`

	// Before is the number of the period compared with, and Change by what share of
	// it Value is more, or less if negative; nil where that is not known. Good tells
	// whether the change is for the better, if the request says what is better and
	// there is a change.
	Before *Number  `json:"before,omitempty"`
	Change *float64 `json:"change,omitempty"`
	Good   *bool    `json:"good,omitempty"`
}

// LeftOut is what a number was not computed over.
type LeftOut struct {
	Why   string `json:"why"` // in the plural, such as "visits under way"
	Count int64  `json:"count"`
}

// Name returns the metric with its statistic or currency, such as "median
// duration".
func (n Number) Name() string {
	switch {
	case n.Statistic != "":
		return n.Statistic + " " + n.Metric
	case n.Currency != "":
		return n.Metric + " " + n.Currency
	}
	return n.Metric
}

// String returns the value for people, such as "12.5 %", or "not known".
func (n Number) String() string {
	if !n.Known {
		return "not known"
	}
	return FormatValue(n.Value, n.Unit, n.Currency)
}

// Explain says in plain sentences how the number came about: its definition, over
// how many rows, what was left out, and what it is compared with.
func (n Number) Explain() string {
	var b strings.Builder
	name := n.Name()
	fmt.Fprintf(&b, "%s%s: %s.", strings.ToUpper(name[:min(1, len(name))]), name[min(1, len(name)):], n)
	d, defined := analytics.Define(n.Metric)
	if defined {
		of := ""
		if n.Statistic != "" {
			of = "the " + statisticName(n.Statistic) + " of: "
		}
		fmt.Fprintf(&b, " It is %s%s.", of, d.Formula)
	}
	fmt.Fprintf(&b, " Rows it was computed over: %s.", FormatValue(float64(n.Rows), UnitCount, ""))
	if !n.Known {
		b.WriteString(" There was nothing to compute it from.")
	}
	if defined {
		fmt.Fprintf(&b, " Left out by definition: %s.", d.LeavesOut)
	}
	if len(n.LeftOut) > 0 {
		counts := make([]string, len(n.LeftOut))
		for i, l := range n.LeftOut {
			counts[i] = l.Why + " " + FormatValue(float64(l.Count), UnitCount, "")
		}
		fmt.Fprintf(&b, " Left out here: %s.", strings.Join(counts, ", "))
	}
	if n.Before != nil {
		fmt.Fprintf(&b, " In the period compared with: %s", n.Before)
		if n.Change != nil {
			fmt.Fprintf(&b, ", a change of %s", FormatChange(*n.Change))
		}
		b.WriteString(".")
	}
	if n.Good != nil {
		verdict := "worse"
		if *n.Good {
			verdict = "better"
		}
		fmt.Fprintf(&b, " By what was said to be better, that is %s.", verdict)
	}
	return b.String()
}

func statisticName(s string) string {
	if s == "p95" {
		return "95th percentile"
	}
	return s
}

// MarshalJSON writes the value as null where it is not known.
func (n Number) MarshalJSON() ([]byte, error) {
	type plain Number
	out := struct {
		plain

		Value *float64 `json:"value"`
	}{plain: plain(n)}
	if n.Known {
		out.Value = &n.Value
	}
	return json.Marshal(out)
}

// compare sets what n has to tell beside the same number of another period.
func compare(n *Number, before Number, better map[string]Direction) {
	n.Before = &before
	if !n.Known || !before.Known {
		return
	}
	if before.Value != 0 {
		n.Change = new((n.Value - before.Value) / before.Value)
	}
	if direction, ok := better[n.Metric]; ok && n.Value != before.Value {
		n.Good = new((n.Value > before.Value) == (direction == Higher))
	}
}

// The makers of numbers. What is left out with a count of 0 is not mentioned.

func count(metric string, value, rows int64, out ...LeftOut) Number {
	return Number{Metric: metric, Unit: UnitCount, Value: float64(value), Known: true, Rows: rows, LeftOut: mention(out)}
}

func quotient(metric string, unit Unit, part, whole int64, out ...LeftOut) Number {
	n := Number{Metric: metric, Unit: unit, Known: whole > 0, Rows: whole, LeftOut: mention(out)}
	if n.Known {
		n.Value = float64(part) / float64(whole)
	}
	return n
}

func money(metric, currency string, value, rows int64, out ...LeftOut) Number {
	return Number{Metric: metric, Unit: UnitMoney, Currency: currency, Value: float64(value), Known: true, Rows: rows, LeftOut: mention(out)}
}

func quantile(metric, statistic string, s Spread, i int, out ...LeftOut) Number {
	n := Number{Metric: metric, Statistic: statistic, Unit: UnitTime, Known: i < len(s.At), Rows: s.N, LeftOut: mention(out)}
	if n.Known {
		n.Value = s.At[i].Seconds()
	}
	return n
}

func mean(metric string, s Spread, out ...LeftOut) Number {
	n := Number{Metric: metric, Statistic: "mean", Unit: UnitTime, Known: s.N > 0, Rows: s.N, LeftOut: mention(out)}
	if n.Known {
		n.Value = s.Sum.Seconds() / float64(s.N)
	}
	return n
}

func mention(out []LeftOut) []LeftOut {
	var there []LeftOut
	for _, l := range out {
		if l.Count > 0 {
			there = append(there, l)
		}
	}
	return there
}
