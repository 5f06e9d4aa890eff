package sessionstore

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// step is one atomic change of one record, with the events that it causes. It
// is the meaning of [Change] in Go, for stores that keep records in the
// process; the scripts say the same for Redis, and storetest holds both to it.
type step struct {
	rec    *Record // owned by the step
	now    time.Time
	limits Limits

	events  []analytics.Event
	result  Result
	ended   *EndedError // set when the session ended in this step
	logins  []Login     // that ended in this step
	cleared bool        // the state was, in this step
}

// newStep begins a step on a copy of rec.
func newStep(rec *Record, now time.Time, limits Limits) *step {
	return &step{rec: rec.clone(), now: now, limits: limits, result: Result{At: now}}
}

// createStep begins a step on a new record.
func createStep(id ID, c *Creation, now time.Time, limits Limits) *step {
	rec := &Record{
		ID: id, Created: now, Seen: now, Idle: c.Idle, Client: c.Client,
		Credential: Credential{Current: c.Credential, Since: now},
	}
	rec.Until = after(now, c.Max)
	return &step{rec: rec, now: now, limits: limits, result: Result{At: now}}
}

// apply makes the change. If it returns an error nothing of the change has
// happened, but limits that passed have taken effect.
func (s *step) apply(c *Change) error {
	rec := s.rec
	if c.Create == nil {
		if s.expire(s.now); s.ended != nil {
			return s.ended
		}
		if !c.AnyEpoch && c.Epoch != rec.Credential.Epoch {
			return ErrSuperseded
		}
	}
	if c.End != nil {
		s.notes(c.Events, c.Actor)
		s.end(c.End.Reason, c.Actor, s.now)
		return nil
	}
	if err := s.refusal(c); err != nil {
		return err
	}

	if c.Device != nil {
		rec.Device = *c.Device
	}
	if c.Create != nil {
		s.emit(analytics.Event{Type: analytics.SessionStarted, Attributes: s.device()})
	}
	if c.isActivity() {
		rec.Seen = later(rec.Seen, s.now) // a touch may have come from a clock that is ahead
	}
	if c.EndLogin != nil {
		s.logout(c)
	}
	if c.Clear || s.switchesUser(c) {
		rec.Values, rec.Cart, rec.size, s.cleared = nil, nil, 0, true
	}
	if c.Visit != nil && rec.Visit == nil {
		rec.Visit = &Visit{ID: c.Visit.ID, Started: s.now, Idle: c.Visit.Idle, Until: after(s.now, c.Visit.Max)}
		s.emit(analytics.Event{Type: analytics.VisitStarted})
	}
	if c.Visit != nil {
		s.result.Visit = rec.Visit
	}
	if c.Login != nil {
		s.login(c)
	}
	if c.Reauth != nil {
		s.reauthenticate(c.Reauth)
	}
	s.credential(c)
	s.values(c.Values)
	s.cart(c.Cart, c.Checkout)
	s.notes(c.Events, c.Actor)
	return nil
}

// refusal returns the error with which the change does not happen, if any.
func (s *step) refusal(c *Change) error {
	if c.Login != nil && s.rec.isRefused(c.Login.ID) {
		return ErrLoginRefused
	}
	if c.Reauth != nil && (s.rec.Login == nil || s.rec.Login.ID != c.Reauth.Login) {
		return ErrSuperseded
	}
	if err := s.refuseValues(c); err != nil {
		return err
	}
	return s.refuseCart(c)
}

// emit appends an event about the record as it now is.
func (s *step) emit(e analytics.Event) {
	e.Session = s.rec.ID.String()
	if e.Time.IsZero() {
		e.Time = s.now
	} else if e.Time.Before(s.now) {
		e.Detected = s.now
	}
	if s.rec.Visit != nil {
		e.Visit = s.rec.Visit.ID
	}
	if s.rec.Login != nil {
		e.Login, e.User = s.rec.Login.ID, s.rec.Login.User
	}
	s.events = append(s.events, e)
}

func (s *step) notes(notes []Note, actor string) {
	for _, n := range notes {
		s.emit(analytics.Event{Type: n.Type, Actor: actor, Attributes: n.Attributes})
	}
}

// device returns the attributes that name the client.
func (s *step) device() map[string]string {
	attrs := map[string]string{}
	if s.rec.Device.Agent != "" {
		attrs["agent"] = s.rec.Device.Agent
	}
	if s.rec.Device.Address != "" {
		attrs["address"] = s.rec.Device.Address
	}
	return attrs
}

// expire makes the ends by limits that have passed at the given moment, which
// is now or, for a sweep, a little earlier.
func (s *step) expire(by time.Time) {
	at, why := s.rec.sessionDeadline()
	over := passed(at, by)
	if over {
		by = at // what ended by itself before that has its own reason
	}
	if s.rec.Visit != nil {
		if at, why := s.rec.visitDeadline(); passed(at, by) {
			s.expireLogin(at.Add(-1)) // the events come in the order of time
			s.endVisit(why, at)
		}
	}
	s.expireLogin(by)
	if over {
		s.end(why, "", at)
	}
}

func (s *step) expireLogin(by time.Time) {
	if s.rec.Login != nil {
		if at, why := s.rec.loginDeadline(); passed(at, by) {
			s.endLogin(why, "", at)
		}
	}
}

func (s *step) endVisit(why analytics.Reason, at time.Time) {
	s.emit(analytics.Event{Type: analytics.VisitEnded, Reason: why, Time: at, Attributes: map[string]string{
		"start": milliseconds(s.rec.Visit.Started),
		"last":  milliseconds(s.rec.Seen),
	}})
	s.rec.Visit = nil
}

func (s *step) endLogin(why analytics.Reason, actor string, at time.Time) {
	s.emit(analytics.Event{Type: analytics.LoginEnded, Reason: why, Actor: actor, Time: at})
	s.logins = append(s.logins, *s.rec.Login)
	s.rec.Login = nil
}

func (s *step) end(why analytics.Reason, actor string, at time.Time) {
	if s.rec.Visit != nil {
		s.endVisit(why, at)
	}
	if s.rec.Login != nil {
		s.endLogin(why, actor, at)
	}
	s.emit(analytics.Event{Type: analytics.SessionEnded, Reason: why, Actor: actor, Time: at})
	s.ended = &EndedError{Reason: why, At: at}
}

func (s *step) logout(c *Change) {
	rec, e := s.rec, c.EndLogin
	switch {
	case rec.Login != nil && (e.Login == "" || e.Login == rec.Login.ID):
		s.endLogin(e.Reason, c.Actor, s.now)
		if c.Renew == nil {
			rec.Credential.Epoch++
		}
	case e.Login != "":
		rec.refuse(e.Login)
	}
}

// switchesUser reports whether the change logs in somebody other than the one
// that the state belongs to.
func (s *step) switchesUser(c *Change) bool {
	return c.Login != nil && s.rec.Owner != "" && s.rec.Owner != c.Login.User
}

func (s *step) login(c *Change) {
	if s.rec.Login != nil {
		s.endLogin(analytics.ReasonLogout, c.Actor, s.now)
	}
	l := c.Login
	s.rec.Owner = l.User
	s.rec.Login = &Login{
		ID: l.ID, User: l.User, Started: s.now, Authenticated: s.now,
		Idle: l.Idle, Until: after(s.now, l.Max), AMR: l.AMR, ACR: l.ACR,
	}
	attrs := s.device()
	proof(attrs, l.AMR, l.ACR)
	s.emit(analytics.Event{Type: analytics.LoginStarted, Attributes: attrs})
}

func (s *step) reauthenticate(r *Reauth) {
	l := s.rec.Login
	l.Authenticated, l.Idle, l.Until, l.AMR, l.ACR = s.now, r.Idle, after(s.now, r.Max), r.AMR, r.ACR
	attrs := map[string]string{}
	proof(attrs, r.AMR, r.ACR)
	s.emit(analytics.Event{Type: analytics.LoginReauthenticated, Attributes: attrs})
}

func proof(attrs map[string]string, amr []string, acr string) {
	if len(amr) > 0 {
		attrs["amr"] = strings.Join(amr, " ")
	}
	if acr != "" {
		attrs["acr"] = acr
	}
}

func (s *step) credential(c *Change) {
	cred := &s.rec.Credential
	if r := c.Rotate; r != nil {
		switch {
		case cred.Current.equal(r.From):
			cred.rotate(r, s.now)
			s.result.Rotated = true
			s.emit(analytics.Event{Type: analytics.CredentialRotated})
		case cred.Previous.equal(r.From):
			s.result.Sealed = cred.Sealed
		}
	}
	if c.Renew != nil {
		cred.renew(c.Renew, s.now)
		s.emit(analytics.Event{Type: analytics.CredentialRotated})
	}
}

// touch records activity, unless the session had ended by then.
func (s *step) touch(t Touch) {
	at := time.UnixMilli(t.At.UnixMilli()).UTC() // the precision of records
	if s.expire(at); s.ended != nil {
		return
	}
	s.rec.Seen = later(s.rec.Seen, at)
	if c := &s.rec.Credential; t.Used != (Hash{}) && c.Current.equal(t.Used) && c.Previous != (Hash{}) && c.Used.IsZero() {
		c.Used = at
	}
}

// refuse remembers that a login was ended before it began. Of several the last
// four are kept: they matter only while the login is on its way.
func (r *Record) refuse(login string) {
	if r.isRefused(login) {
		return
	}
	refused := append([]string{login}, r.refused...)
	r.refused = refused[:min(len(refused), 4)]
}

func (r *Record) isRefused(login string) bool {
	return slices.Contains(r.refused, login)
}

func after(now time.Time, limit time.Duration) time.Time {
	if limit <= 0 {
		return time.Time{}
	}
	return now.Add(limit)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
