package report

import (
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Request says what a report is about. The zero Request is about all visits.
type Request struct {
	Selection // a Location that is nil is that of the [Reports]

	// Compare asks for the same numbers over another period beside; it needs From.
	Compare Comparison

	// Goal is what a visit is to reach; it makes reports tell conversion rates.
	Goal *Step

	// Better says in which direction a metric, by its name in package analytics
	// such as "duration", is to go. Nothing is assumed of the others: whether long
	// visits are good ones is for the site to know.
	Better map[string]Direction
}

// Comparison is the period that numbers are compared with. A period that is not
// over yet is compared with as much of the other.
type Comparison string

// The comparisons. Whole months are moved by months and whole days by days, by the
// calendar of the location; any other period by its length.
const (
	CompareNone     Comparison = ""
	ComparePrevious Comparison = "previous" // the period of the same length that ends where it begins
	CompareWeek     Comparison = "week"     // the same period a week before
	CompareYear     Comparison = "year"     // the same period a year before
)

// Direction is where a metric is to go.
type Direction string

// The directions.
const (
	Higher Direction = "higher" // or longer, or more
	Lower  Direction = "lower"
)

// faults returns every fault of r by itself.
func (r Request) faults() []error {
	var faults []error
	if !r.From.IsZero() && !r.To.IsZero() && r.To.Before(r.From) {
		faults = append(faults, fault("the period ends before it begins"))
	}
	switch r.Compare {
	case CompareNone, ComparePrevious, CompareWeek, CompareYear:
	default:
		faults = append(faults, fault("unknown comparison %q", r.Compare))
	}
	if r.Goal != nil {
		faults = append(faults, r.Goal.fault())
	}
	for metric, direction := range r.Better {
		if d, ok := analytics.Define(metric); !ok || d.Name != metric {
			faults = append(faults, fault("what is better of %q: there is no such metric", metric))
		}
		if direction != Higher && direction != Lower {
			faults = append(faults, fault("better is higher or lower, not %q", direction))
		}
	}
	return faults
}

// earlier returns the selection to compare with.
func (q resolved) earlier() (Selection, error) {
	s := q.Selection
	if s.From.IsZero() {
		return s, fault("a comparison needs the beginning of the period")
	}
	end := q.end()
	if end.Before(s.From) {
		end = s.From
	}
	var move func(time.Time) time.Time
	switch q.Compare {
	case CompareWeek:
		move = func(t time.Time) time.Time { return q.moved(t, 0, -7) }
	case CompareYear:
		move = func(t time.Time) time.Time { return q.moved(t, -12, 0) }
	default:
		to := s.To
		if to.IsZero() {
			to = end
		}
		move = q.previous(s.From, to)
	}
	s.From, s.To = move(s.From), move(end)
	return s, nil
}

// previous returns what moves a moment of the period to that of the one before.
func (q resolved) previous(from, to time.Time) func(time.Time) time.Time {
	from, to = from.In(q.location), to.In(q.location)
	if from.Equal(StartOfDay(from)) && to.Equal(StartOfDay(to)) {
		if from.Day() == 1 && to.Day() == 1 {
			months := 12*(to.Year()-from.Year()) + int(to.Month()) - int(from.Month())
			return func(t time.Time) time.Time {
				return earliest(q.moved(t, -months, 0), from)
			}
		}
		days := daysBetween(from, to)
		return func(t time.Time) time.Time { return q.moved(t, 0, -days) }
	}
	length := to.Sub(from)
	return func(t time.Time) time.Time { return t.Add(-length) }
}

// moved returns t by the calendar so many months and days on, the beginning of a
// day as the beginning of a day.
func (q resolved) moved(t time.Time, months, days int) time.Time {
	t = t.In(q.location)
	if t.Equal(StartOfDay(t)) {
		y, m, d := t.Date()
		return dayStart(y, m+time.Month(months), d+days, q.location)
	}
	return t.AddDate(0, months, days)
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
