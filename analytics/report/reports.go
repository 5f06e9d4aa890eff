package report

import (
	"errors"
	"fmt"
	"time"
)

// Reports makes reports out of what a [Warehouse] knows. It is safe for concurrent
// use. Its errors wrap [ErrQuestion] where the request is at fault and are the
// warehouse's otherwise; a report is whole or not there at all.
type Reports struct {
	warehouse Warehouse
	location  *time.Location
	now       func() time.Time
}

// Options tunes [New]. The zero value is a good choice.
type Options struct {
	// Location is whose days and hours are meant where a [Request] does not say.
	// Default: UTC.
	Location *time.Location

	// Now is the clock, by which named periods are taken and periods that are not
	// over yet are compared. It is called from many goroutines. Default: time.Now.
	Now func() time.Time
}

// New returns the reports over w. It panics if w is nil.
func New(w Warehouse, o Options) *Reports {
	if w == nil {
		panic("report: New needs a Warehouse")
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Reports{warehouse: w, location: o.Location, now: o.Now}
}

// Now returns the present moment by the clock of the reports, in their location.
func (r *Reports) Now() time.Time { return r.now().In(r.location) }

// Request returns a request about the period with this name, as [Period] knows it,
// in the location of the reports.
func (r *Reports) Request(period string) (Request, error) {
	from, to, err := Period(period, r.now(), r.location)
	return Request{Selection: Selection{From: from, To: to}}, err
}

// resolved is a request made whole.
type resolved struct {
	Request

	location *time.Location
	now      time.Time
	before   *Selection // to compare with, or nil
}

// resolve fills in what req leaves to the reports and refuses what is wrong with
// it, all together. more are faults found already.
func (r *Reports) resolve(req Request, more ...error) (resolved, error) {
	q := resolved{Request: req, location: req.Location, now: r.now()}
	if q.location == nil {
		q.location = r.location
	}
	q.Location = q.location
	faults := append(req.faults(), more...)
	if req.Compare != CompareNone {
		before, err := q.earlier()
		faults = append(faults, err)
		q.before = &before
	}
	if err := errors.Join(faults...); err != nil {
		return resolved{}, err
	}
	return q, nil
}

// end returns the moment up to which the period reaches so far.
func (q resolved) end() time.Time {
	if q.To.IsZero() || q.To.After(q.now) {
		return q.now
	}
	return q.To
}

func fault(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrQuestion}, args...)...)
}
