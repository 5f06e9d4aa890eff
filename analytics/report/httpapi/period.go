package httpapi

import (
	"cmp"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// The period of a report: that by default, the longest, and the years of any.
const (
	defaultPeriod = "last 30 days"
	maxYears      = 5

	firstYear, lastYear = 1970, 2999
)

// period reads the parameters that every report about a period has.
func (p *parameters) period(reports *report.Reports) {
	now := reports.Now()
	p.request.Location = p.location(now.Location())
	now = now.In(p.request.Location)
	if !p.bounds(now) {
		p.named(defaultPeriod, now)
	}
	where, err := report.ParseFilter(p.one("where"))
	if err != nil {
		p.fault("where", "%s", plainly(err.Error()))
	}
	p.request.Where = where
	p.request.Bots = p.flag("bots")
	p.request.Compare = report.Comparison(p.one("compare"))
	if goal := p.one("goal"); goal != "" {
		step := p.step("goal", goal)
		p.request.Goal = &step
	}
	for _, value := range p.all("better") {
		metric, direction, _ := strings.Cut(value, ":")
		if p.request.Better == nil {
			p.request.Better = map[string]report.Direction{}
		}
		p.request.Better[metric] = report.Direction(direction)
	}
}

// location reads whose clock is meant.
func (p *parameters) location(otherwise *time.Location) *time.Location {
	name := p.one("tz")
	if name == "" {
		return otherwise
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		p.fault("tz", "%q is no time zone such as Europe/Berlin", name)
		return otherwise
	}
	return location
}

// bounds reads the period and reports whether it is a good one.
func (p *parameters) bounds(now time.Time) bool {
	named, from, to := p.one("period"), p.one("from"), p.one("to")
	switch {
	case named != "" && (from != "" || to != ""):
		p.fault("period", "it stands in place of from and to")
		return false
	case from == "" && to != "":
		p.fault("from", "to needs it beside")
		return false
	case from == "":
		return p.named(cmp.Or(named, defaultPeriod), now)
	}
	var fromFine, toFine bool
	p.request.From, fromFine = p.moment("from", from, now.Location())
	p.request.To, toFine = now, true
	if to != "" {
		p.request.To, toFine = p.moment("to", to, now.Location())
	}
	if fromFine && toFine && p.request.To.After(p.request.From.AddDate(maxYears, 0, 0)) {
		p.fault("from", "the period is longer than %d years", maxYears)
		return false
	}
	return fromFine && toFine
}

func (p *parameters) named(period string, now time.Time) bool {
	from, to, err := report.Period(period, now, now.Location())
	if err != nil {
		p.fault("period", "%s", plainly(err.Error()))
		return false
	}
	p.request.From, p.request.To = from, to
	return true
}

// moment reads a moment, or the beginning of a day.
func (p *parameters) moment(name, value string, location *time.Location) (t time.Time, fine bool) {
	t, err := time.Parse(time.RFC3339, value)
	if err == nil {
		return t, p.year(name, t)
	}
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		p.fault(name, "%q is neither a date nor a moment as in RFC 3339", value)
		return t, false
	}
	if !p.year(name, day) {
		return t, false
	}
	// Noon is in the day in every zone, and there is no day without it.
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, location)
	t, _, err = report.Period("today", noon, location)
	return t, err == nil
}

// year reports whether t lies in years that a report can be about, and be compared in.
func (p *parameters) year(name string, t time.Time) bool {
	fine := t.Year() >= firstYear && t.Year() <= lastYear
	if !fine {
		p.fault(name, "it is from %d to %d", firstYear, lastYear)
	}
	return fine
}
