package report

import "time"

// About says what a report is about.
type About struct {
	From     time.Time `json:"from,omitzero"` // zero: no bound
	To       time.Time `json:"to,omitzero"`   // zero: no bound
	Location string    `json:"location"`
	Where    string    `json:"where,omitempty"` // as [ParseFilter] reads it
	Bots     bool      `json:"bots,omitempty"`
	Compared *Span     `json:"compared,omitempty"` // the period compared with
}

// Span is a stretch of time, To not included.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (q resolved) about() About {
	a := About{
		From: local(q.From, q.location), To: local(q.To, q.location), Location: q.location.String(),
		Where: q.Where.String(), Bots: q.Bots,
	}
	if q.before != nil {
		a.Compared = &Span{From: local(q.before.From, q.location), To: local(q.before.To, q.location)}
	}
	return a
}

// local is t by the clock of the location, if it is a moment at all.
func local(t time.Time, location *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(location)
}
