package storetest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/sessionstore"
)

// This is what a store does, said once more and as plainly as possible, for
// model_run.go to compare with. It knows of the time only what the store told:
// the moment of each change.

type modelSession struct {
	id     sessionstore.ID
	seen   time.Time
	limits span
	why    analytics.Reason // of the end; "": none yet
	login  *span
	visit  *span
	owner  string
	epoch  int64
	secret sessionstore.Hash
	values map[string]string
	cart   map[string]int64

	history []string // of lifecycle events
}

// span is a stretch with limits.
type span struct {
	id, user      string
	idle          time.Duration
	started, till time.Time
}

type modelStore struct {
	sessions []*modelSession
	ended    map[string]time.Time // when EndUser was last called for a user
}

func until(now time.Time, lifetime time.Duration) time.Time {
	if lifetime == 0 {
		return now.AddDate(100, 0, 0)
	}
	return now.Add(lifetime)
}

// over returns when and why a stretch ends if nothing more happens.
func (m *modelSession) over(s *span) (time.Time, analytics.Reason) {
	if idle := m.seen.Add(s.idle); s.idle > 0 && idle.Before(s.till) {
		return idle, analytics.ReasonIdle
	}
	return s.till, analytics.ReasonLifetime
}

func (m *modelSession) log(typ analytics.Type, name string, why analytics.Reason) {
	m.history = append(m.history, string(typ)+" "+name+" "+string(why))
}

func (m *modelSession) endVisit(why analytics.Reason) {
	if m.visit != nil {
		m.log(analytics.VisitEnded, m.visit.id, why)
		m.visit = nil
	}
}

func (m *modelSession) endLogin(why analytics.Reason) {
	if m.login != nil {
		m.log(analytics.LoginEnded, m.login.id, why)
		m.login = nil
	}
}

func (m *modelSession) end(why analytics.Reason) {
	m.endVisit(why)
	m.endLogin(why)
	m.log(analytics.SessionEnded, m.id.String(), why)
	m.why = why
}

// pass makes the ends by limit, in their order.
func (m *modelSession) pass(now time.Time) {
	type ending struct {
		at   time.Time
		make func(analytics.Reason)
		why  analytics.Reason
	}
	var due []ending
	add := func(s *span, end func(analytics.Reason)) {
		if s == nil {
			return
		}
		if at, why := m.over(s); !now.Before(at) {
			due = append(due, ending{at, end, why})
		}
	}
	add(m.visit, m.endVisit)
	add(m.login, m.endLogin)
	add(&m.limits, m.end)
	slices.SortStableFunc(due, func(a, b ending) int { return a.at.Compare(b.at) })
	for _, d := range due {
		if m.why == "" {
			d.make(d.why)
		}
	}
}

// live returns the session as it is found at a moment: without what its limits
// ended, which no event has told yet.
func (m *modelSession) live(now time.Time) *modelSession {
	found := *m
	found.history = nil
	found.pass(now)
	return &found
}

// apply makes a change that the session takes, and returns the conflicts.
func (m *modelSession) apply(c sessionstore.Change, now time.Time) (conflicts []string) {
	if c.Create != nil {
		*m = modelSession{
			id: c.Session, secret: c.Create.Credential, limits: span{idle: c.Create.Idle, till: until(now, c.Create.Max)},
			values: map[string]string{}, cart: map[string]int64{},
		}
		m.log(analytics.SessionStarted, m.id.String(), "")
	}
	if c.End != nil {
		m.end(c.End.Reason)
		return nil
	}
	if !c.AnyEpoch || c.Login != nil || c.Visit != nil { // what begins has not been idle
		m.seen = now
	}
	if c.EndLogin != nil && m.login != nil {
		m.endLogin(c.EndLogin.Reason)
		if c.Renew == nil {
			m.epoch++
		}
	}
	if c.Clear || c.Login != nil && m.owner != "" && m.owner != c.Login.User {
		m.values, m.cart = map[string]string{}, map[string]int64{}
	}
	if v := c.Visit; v != nil && m.visit == nil {
		m.visit = &span{id: v.ID, idle: v.Idle, till: until(now, v.Max)}
		m.log(analytics.VisitStarted, v.ID, "")
	}
	if l := c.Login; l != nil {
		m.endLogin(analytics.ReasonLogout)
		m.owner, m.login = l.User, &span{id: l.ID, user: l.User, idle: l.Idle, started: now, till: until(now, l.Max)}
		m.log(analytics.LoginStarted, l.ID, "")
	}
	if c.Rotate != nil && c.Rotate.From == m.secret {
		m.secret = c.Rotate.To
	}
	if c.Renew != nil {
		m.secret, m.epoch = c.Renew.To, m.epoch+1
	}
	for _, v := range c.Values {
		if m.change(v) {
			conflicts = append(conflicts, v.Key)
		}
	}
	m.fill(c.Cart)
	if c.Checkout != nil {
		m.cart = map[string]int64{}
	}
	return conflicts
}

// change makes one change of a value and reports whether it overwrote another
// than its author had seen.
func (m *modelSession) change(v sessionstore.ValueChange) bool {
	old, exists := m.values[v.Key]
	seen := exists == v.HasBase && (!exists || old == v.Base)
	switch v.Op {
	case sessionstore.AddValue:
		n, _ := strconv.ParseInt(old, 10, 64) // a missing value counts as 0
		m.values[v.Key] = strconv.FormatInt(n+v.Delta, 10)
		return false
	case sessionstore.DeleteValue:
		delete(m.values, v.Key)
		return !seen && exists
	default:
		m.values[v.Key] = v.Value
		return !seen && (!exists || old != v.Value)
	}
}

// crowded returns the error with which a login is refused for the sake of the
// user's other logins, if any.
func (s *modelStore) crowded(m *modelSession, l *sessionstore.LoginStart, now time.Time) error {
	switch {
	case l == nil:
	case !l.Began.After(s.ended[l.User]):
		return sessionstore.ErrLoginRefused
	case l.Limit.Policy == sessionstore.DenyNew && len(s.others(m, l.User, now)) >= l.Limit.Max:
		return sessionstore.ErrTooManyLogins
	}
	return nil
}

// refuses returns the error that the change meets in the session, if any.
func (m *modelSession) refuses(c sessionstore.Change) error {
	if c.Create == nil && m.why != "" {
		return sessionstore.ErrEnded
	}
	if c.Create == nil && !c.AnyEpoch && c.Epoch != m.epoch {
		return sessionstore.ErrSuperseded
	}
	if c.End != nil {
		return nil
	}
	trial := *m
	if c.Clear {
		trial.values, trial.cart = nil, nil
	}
	for _, v := range c.Values {
		if old, exists := trial.values[v.Key]; v.Op == sessionstore.SwapValue && (exists != v.HasBase || old != v.Base) {
			return sessionstore.ErrConflict
		}
	}
	trial.fill(c.Cart)
	if c.Checkout != nil && len(trial.cart) == 0 {
		return sessionstore.ErrEmptyCart
	}
	return nil
}

// fill makes changes of the cart.
func (m *modelSession) fill(lines []sessionstore.CartChange) {
	cart := map[string]int64{}
	maps.Copy(cart, m.cart)
	for _, line := range lines {
		if cart[line.SKU] += line.Quantity; cart[line.SKU] <= 0 {
			delete(cart, line.SKU)
		}
	}
	m.cart = cart
}

// user returns the sessions in which a user is logged in.
func (s *modelStore) user(name string, now time.Time) []*modelSession {
	var found []*modelSession
	for _, m := range s.sessions {
		if l := m.live(now); l.why == "" && l.login != nil && l.login.user == name {
			found = append(found, m)
		}
	}
	return found
}

// others returns those but for m.
func (s *modelStore) others(m *modelSession, name string, now time.Time) []*modelSession {
	return slices.DeleteFunc(s.user(name, now), func(o *modelSession) bool { return o == m })
}

// victims returns the sessions whose login gives way, in the order in which the
// policy chooses them.
func (s *modelStore) victims(m *modelSession, l *sessionstore.LoginStart, now time.Time) []*modelSession {
	others := s.others(m, l.User, now)
	slices.SortStableFunc(others, func(a, b *modelSession) int {
		if l.Limit.Policy == sessionstore.EvictIdle {
			return cmp.Or(a.seen.Compare(b.seen), a.login.started.Compare(b.login.started))
		}
		return a.login.started.Compare(b.login.started)
	})
	return others[:max(0, len(others)+1-l.Limit.Max)]
}

// agrees reports whether a record that was loaded is what the model has.
func (m *modelSession) agrees(rec *sessionstore.Record, now time.Time) bool {
	l := m.live(now)
	same := func(s *span, id string) bool { return s == nil && id == "" || s != nil && s.id == id }
	login, visit := "", ""
	if rec.LiveLogin(now) != nil {
		login = rec.Login.ID
	}
	if rec.LiveVisit(now) != nil {
		visit = rec.Visit.ID
	}
	return same(l.login, login) && same(l.visit, visit) && rec.Owner == m.owner && rec.Seen.Equal(m.seen) &&
		rec.Credential.Epoch == m.epoch && rec.Credential.Current == m.secret &&
		maps.Equal(rec.Values, m.values) && maps.Equal(rec.Cart, m.cart)
}
