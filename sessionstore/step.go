package sessionstore

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Step is one atomic change of one record, with the events that it causes. It
// is the meaning of [Change] in Go, for stores that keep records in the
// process; the scripts say the same for Redis, and storetest holds both to it.
// A [Tx] makes steps and hands them to a [Keeper].
type Step struct {
	// Record is the session as the step leaves it. It is whole, and new: it
	// shares nothing that changes with the record before.
	Record *Record

	Events  []analytics.Event // to be appended in this order; without ID
	Result  Result
	Ended   *EndedError // set when the session ended in this step; Record is then to be forgotten
	Logins  []Login     // that ended in this step
	Created bool        // the session was made in this step
	Began   bool        // Record.Login was begun in this step

	now     time.Time
	limits  Limits
	epoch   int64 // before the step
	cleared bool  // the state was, in this step
}

// newStep begins a step on a copy of rec.
func newStep(rec *Record, now time.Time, limits Limits) *Step {
	return &Step{Record: rec.clone(), now: now, limits: limits, epoch: rec.Credential.Epoch, Result: Result{At: now}}
}

// createStep begins a step on a new record.
func createStep(id ID, c *Creation, now time.Time, limits Limits) *Step {
	rec := &Record{
		ID: id, Created: now, Seen: now, Idle: c.Idle, Client: c.Client,
		Credential: Credential{Current: c.Credential, Since: now},
	}
	rec.Until = after(now, c.Max)
	return &Step{Record: rec, Created: true, now: now, limits: limits, Result: Result{At: now}}
}

// Due returns when a sweeper has to look at the session next: in the
// millisecond in which its next limit passes or, if it ended, when its end may
// be forgotten. It is zero if that is never.
func (s *Step) Due() time.Time {
	if s.Ended != nil {
		return s.now.Add(remember)
	}
	return s.Record.nextDeadline()
}

// Signal returns what those who watch the store are told of the step, if
// anything.
func (s *Step) Signal() (signal Signal, ok bool) {
	signal = Signal{Session: s.Record.ID, Ended: s.Ended != nil, Epoch: s.Record.Credential.Epoch}
	for _, l := range s.Logins {
		signal.Login = l.ID
	}
	return signal, signal.Ended || signal.Login != "" || signal.Epoch != s.epoch
}

// apply makes the change. If it returns an error nothing of the change has
// happened, but limits that passed have taken effect.
func (s *Step) apply(c *Change) error {
	rec := s.Record
	if c.Create == nil {
		if s.expire(s.now); s.Ended != nil {
			return s.Ended
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
		if len(rec.Cart) > 0 { // whoever follows carts through events has to know
			s.emit(analytics.Event{Type: analytics.CartChanged, Attributes: map[string]string{"quantity": "0"}})
		}
		rec.Values, rec.Cart, rec.size, s.cleared = nil, nil, 0, true
	}
	if c.Visit != nil && rec.Visit == nil {
		rec.Visit = &Visit{ID: c.Visit.ID, Started: s.now, Idle: c.Visit.Idle, Until: after(s.now, c.Visit.Max)}
		s.emit(analytics.Event{Type: analytics.VisitStarted, Attributes: c.Visit.Attributes})
	}
	if c.Visit != nil {
		s.Result.Visit = rec.Visit
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
func (s *Step) refusal(c *Change) error {
	if c.Login != nil && s.Record.isRefused(c.Login.ID) {
		return ErrLoginRefused
	}
	if c.Reauth != nil && (s.Record.Login == nil || s.Record.Login.ID != c.Reauth.Login) {
		return ErrSuperseded
	}
	if err := s.refuseValues(c); err != nil {
		return err
	}
	return s.refuseCart(c)
}

// emit appends an event about the record as it now is.
func (s *Step) emit(e analytics.Event) {
	e.Session = s.Record.ID.String()
	if e.Time.IsZero() {
		e.Time = s.now
	} else if e.Time.Before(s.now) {
		e.Detected = s.now
	}
	if s.Record.Visit != nil {
		e.Visit = s.Record.Visit.ID
	}
	if s.Record.Login != nil {
		e.Login, e.User = s.Record.Login.ID, s.Record.Login.User
	}
	s.Events = append(s.Events, e)
}

func (s *Step) notes(notes []Note, actor string) {
	for _, n := range notes {
		s.emit(analytics.Event{Type: n.Type, Actor: actor, Attributes: n.Attributes})
	}
}

// device returns the attributes that name the client.
func (s *Step) device() map[string]string {
	attrs := map[string]string{}
	if s.Record.Device.Agent != "" {
		attrs["agent"] = s.Record.Device.Agent
	}
	if s.Record.Device.Address != "" {
		attrs["address"] = s.Record.Device.Address
	}
	return attrs
}

// expire makes the ends by limits that have passed at the given moment, which
// is now or, for a sweep, a little earlier.
func (s *Step) expire(by time.Time) {
	at, why := s.Record.sessionDeadline()
	over := passed(at, by)
	if over {
		by = at // what ended by itself before that has its own reason
	}
	if s.Record.Visit != nil {
		if at, why := s.Record.visitDeadline(); passed(at, by) {
			s.expireLogin(at.Add(-1)) // the events come in the order of time
			s.endVisit(why, at)
		}
	}
	s.expireLogin(by)
	if over {
		s.end(why, "", at)
	}
}

func (s *Step) expireLogin(by time.Time) {
	if s.Record.Login != nil {
		if at, why := s.Record.loginDeadline(); passed(at, by) {
			s.endLogin(why, "", at)
		}
	}
}

func (s *Step) endVisit(why analytics.Reason, at time.Time) {
	s.emit(analytics.Event{Type: analytics.VisitEnded, Reason: why, Time: at, Attributes: map[string]string{
		"start": milliseconds(s.Record.Visit.Started),
		"last":  milliseconds(s.Record.Seen),
	}})
	s.Record.Visit = nil
}

func (s *Step) endLogin(why analytics.Reason, actor string, at time.Time) {
	s.emit(analytics.Event{Type: analytics.LoginEnded, Reason: why, Actor: actor, Time: at})
	s.Logins = append(s.Logins, *s.Record.Login)
	s.Record.Login = nil
}

func (s *Step) end(why analytics.Reason, actor string, at time.Time) {
	if s.Record.Visit != nil {
		s.endVisit(why, at)
	}
	if s.Record.Login != nil {
		s.endLogin(why, actor, at)
	}
	s.emit(analytics.Event{Type: analytics.SessionEnded, Reason: why, Actor: actor, Time: at})
	s.Ended = &EndedError{Reason: why, At: at}
}

func (s *Step) logout(c *Change) {
	rec, e := s.Record, c.EndLogin
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
func (s *Step) switchesUser(c *Change) bool {
	return c.Login != nil && s.Record.Owner != "" && s.Record.Owner != c.Login.User
}

func (s *Step) login(c *Change) {
	if s.Record.Login != nil {
		s.endLogin(analytics.ReasonLogout, c.Actor, s.now)
	}
	l := c.Login
	s.Record.Owner, s.Began = l.User, true
	s.Record.Login = &Login{
		ID: l.ID, User: l.User, Started: s.now, Authenticated: s.now,
		Idle: l.Idle, Until: after(s.now, l.Max), AMR: l.AMR, ACR: l.ACR,
	}
	attrs := s.device()
	proof(attrs, l.AMR, l.ACR)
	s.emit(analytics.Event{Type: analytics.LoginStarted, Attributes: attrs})
}

func (s *Step) reauthenticate(r *Reauth) {
	l := s.Record.Login
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

func (s *Step) credential(c *Change) {
	cred := &s.Record.Credential
	if r := c.Rotate; r != nil {
		switch {
		case cred.Current.equal(r.From):
			cred.rotate(r, s.now)
			s.Result.Rotated = true
			s.emit(analytics.Event{Type: analytics.CredentialRotated})
		case cred.Previous.equal(r.From):
			s.Result.Sealed = cred.Sealed
		}
	}
	if c.Renew != nil {
		cred.renew(c.Renew, s.now)
		s.emit(analytics.Event{Type: analytics.CredentialRotated})
	}
}

// touch records activity, unless the session had ended by then.
func (s *Step) touch(t Touch) {
	at := time.UnixMilli(t.At.UnixMilli()).UTC() // the precision of records
	if s.expire(at); s.Ended != nil {
		return
	}
	s.Record.Seen = later(s.Record.Seen, at)
	if c := &s.Record.Credential; t.Used != (Hash{}) && c.Current.equal(t.Used) && c.Previous != (Hash{}) && c.Used.IsZero() {
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
