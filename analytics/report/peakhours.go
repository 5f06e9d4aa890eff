package report

import (
	"context"
	"fmt"
	"time"
)

// PeakHours tells on which weekdays and hours of the local clock visits are
// active.
type PeakHours struct {
	About

	// Week has the hours 0 to 23 of the days from Monday on.
	Week [7][24]WeekHour `json:"week"`

	// Peak is the hour with the most active visits for each time that it came, and
	// of several the first in the week; nil without a visit.
	Peak *Peak `json:"peak"`

	// Outside is how many active visits of hours outside of the period there were:
	// visits last on after its end. Week leaves them out.
	Outside int64 `json:"outside"`
}

// WeekHour is what happened in one hour of the week.
type WeekHour struct {
	Active  int64    `json:"active"`  // visits active in it, in all
	Times   int64    `json:"times"`   // how often the hour came in the period
	Average *float64 `json:"average"` // Active / Times; nil where it did not come
}

// Peak names an hour of the week.
type Peak struct {
	Weekday string  `json:"weekday"` // in English
	Hour    int     `json:"hour"`    // 0 to 23, the one that begins then
	Average float64 `json:"average"` // active visits
}

// String returns the hour, such as "Tuesday 20:00-21:00".
func (p Peak) String() string {
	return fmt.Sprintf("%s %02d:00-%02d:00", p.Weekday, p.Hour, p.Hour+1)
}

// PeakHours returns when visits are active: the average over all Mondays at 9 in
// the period, and so on. A visit counts in every hour that it lasts into. An hour
// that lies in the period in part, such as the present one, counts as one.
func (r *Reports) PeakHours(ctx context.Context, req Request) (*PeakHours, error) {
	req.Compare = CompareNone
	q, err := r.resolve(req)
	if err != nil {
		return nil, err
	}
	hours, err := r.warehouse.Hours(ctx, HoursQuery{Selection: q.Selection})
	if err != nil {
		return nil, err
	}
	p := &PeakHours{About: q.about()}
	from, to := q.From, q.end()
	if from.IsZero() && len(hours) > 0 {
		from = hours[0].Start
	}
	if from.IsZero() {
		from = to
	}
	if to.Sub(from) > maxBuckets*time.Hour {
		return nil, fault("the period has more than %d hours", maxBuckets)
	}
	for _, h := range hours {
		if !h.Start.Before(to) {
			p.Outside += h.Active
			continue
		}
		p.at(h.Start.In(q.location)).Active += h.Active
	}
	p.countTimes(from.In(q.location), to)
	p.average()
	return p, nil
}

func (p *PeakHours) at(t time.Time) *WeekHour {
	return &p.Week[(int(t.Weekday())+6)%7][t.Hour()]
}

// countTimes counts how often each hour of the week came. It goes by quarters of
// an hour, as no clock is set by less; one that the clock goes through twice came
// twice.
func (p *PeakHours) countTimes(from, to time.Time) {
	type hour struct{ day, hour, offset int }
	var last hour
	step := 15 * time.Minute
	for t := from; t.Before(to); t = t.Truncate(step).Add(step) {
		_, offset := t.Zone()
		now := hour{t.YearDay(), t.Hour(), offset}
		if t.Equal(from) || now != last {
			p.at(t).Times++
		}
		last = now
	}
}

func (p *PeakHours) average() {
	for day := range p.Week {
		for hour := range p.Week[day] {
			h := &p.Week[day][hour]
			if h.Average = shareOf(h.Active, h.Times); h.Average == nil {
				continue
			}
			if *h.Average > 0 && (p.Peak == nil || *h.Average > p.Peak.Average) {
				p.Peak = &Peak{Weekday: weekday(day), Hour: hour, Average: *h.Average}
			}
		}
	}
}

// weekday returns the English name of a day, Monday being 0.
func weekday(day int) string { return time.Weekday((day + 1) % 7).String() }

// Table returns a row an hour of the day, with a column a weekday.
func (p *PeakHours) Table() Table {
	t := Table{Title: "Active visits by hour of the week, on average", Columns: []string{"hour"}}
	for day := range p.Week {
		t.Columns = append(t.Columns, weekday(day))
	}
	for hour := range 24 {
		row := []Cell{text(fmt.Sprintf("%02d:00", hour))}
		for day := range p.Week {
			row = append(row, Cell{Value: p.Week[day][hour].Average, Unit: UnitRatio})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
