package sessionstore

import (
	"errors"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Keeper is what a store that keeps its records in the process has of them
// inside a transaction. It is for those who write such a store: [Tx] says what
// becomes of a record, a Keeper where it lies. An error of a Keeper that is none
// of the package's fails the transaction as a whole, which is then to be undone.
type Keeper interface {
	// Session returns the record of a session. Where there is none the error is
	// an [*EndedError] as long as the end is remembered, and [ErrEnded] itself
	// for an ID that may be given to a new session.
	Session(id ID) (*Record, error)

	// Keep takes over what a step did: the record and when it is due, the
	// events, and the logins that ended and began in the index of their users.
	Keep(s *Step) error

	// Logins returns the index of a user, in the order in which the logins began.
	Logins(user string) ([]KeptLogin, error)

	// NotBefore returns the moment by which logins of the user began that are
	// refused, or zero; SetNotBefore sets it.
	NotBefore(user string) (time.Time, error)
	SetNotBefore(user string, at time.Time) error
}

// KeptLogin is one login in the index of a user.
type KeptLogin struct {
	Session ID
	Login   string
}

// Tx says what becomes of records, for those who write a store that keeps them
// in the process: it is the meaning of the methods of [Store], over what a
// [Keeper] holds. One Tx is used by one goroutine, and nobody changes what the
// Keeper holds meanwhile.
type Tx struct {
	Keeper Keeper
	Clock  time.Time // the moment of all that happens
	Limits Limits    // see [Limits.WithDefaults]
}

// remember is how long the end of a session stays known, so that requests that
// are late can be told why.
const remember = time.Hour

// moment is the clock in the precision of records and events.
func (t Tx) moment() time.Time { return time.UnixMilli(t.Clock.UnixMilli()).UTC() }

// Apply is [Store.Apply], for a change that [Change.Check] has let pass.
func (t Tx) Apply(c *Change) (Result, error) {
	if c.Login == nil {
		return t.change(c)
	}
	l := c.Login
	notBefore, err := t.Keeper.NotBefore(l.User)
	if err != nil {
		return Result{}, err
	}
	if !l.Began.After(notBefore) {
		return Result{}, ErrLoginRefused
	}
	victims, err := t.victims(c)
	if err != nil {
		return Result{}, err
	}
	res, err := t.change(c)
	if err != nil {
		return Result{}, err
	}
	for _, v := range victims {
		evict := Change{Session: v.ID, AnyEpoch: true, EndLogin: &End{Reason: analytics.ReasonEvicted, Login: v.Login.ID}}
		if _, err := t.change(&evict); err == nil {
			res.Evicted = append(res.Evicted, v.ID)
		} else if !errors.Is(err, ErrEnded) {
			return Result{}, err
		}
	}
	return res, nil
}

// change makes a change of one session.
func (t Tx) change(c *Change) (Result, error) {
	now := t.moment()
	var s *Step
	switch rec, err := t.Keeper.Session(c.Session); {
	case c.Create != nil && err == nil:
		return Result{}, ErrExists
	case c.Create != nil && err == ErrEnded: //nolint:errorlint // an EndedError is something else here: the ID is spent
		s = createStep(c.Session, c.Create, now, t.Limits)
	case err != nil:
		return Result{}, err
	default:
		s = newStep(rec, now, t.Limits)
	}
	refusal := s.apply(c)
	if c.Create != nil && refusal != nil {
		return Result{}, refusal
	}
	if err := t.Keeper.Keep(s); err != nil {
		return Result{}, err
	}
	if refusal != nil {
		return Result{}, refusal
	}
	return s.Result, nil
}

// victims returns the sessions whose logins have to end so that the one that c
// begins fits.
func (t Tx) victims(c *Change) ([]*Record, error) {
	limit, policy := c.Login.Limit.Max, c.Login.Limit.Policy
	if limit <= 0 {
		limit, policy = maxLogins, EvictOldest
	}
	index, err := t.Keeper.Logins(c.Login.User)
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(index, func(l KeptLogin) bool { return l.Session == c.Session })
	if len(others) < limit {
		return nil, nil // whichever of them are still live
	}
	live, err := t.live(others)
	if err != nil {
		return nil, err
	}
	excess := len(live) + 1 - limit
	if excess <= 0 {
		return nil, nil
	}
	switch policy {
	case EvictOldest:
	case EvictIdle:
		slices.SortStableFunc(live, func(a, b *Record) int { return a.Seen.Compare(b.Seen) })
	case DenyNew:
		return nil, ErrTooManyLogins
	}
	return live[:excess], nil
}

// live returns the sessions with those of the logins that are under way.
func (t Tx) live(logins []KeptLogin) ([]*Record, error) {
	now := t.moment()
	var recs []*Record
	for _, l := range logins {
		rec, err := t.Keeper.Session(l.Session)
		if errors.Is(err, ErrEnded) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if rec.Alive(now) && rec.LiveLogin(now) != nil && rec.Login.ID == l.Login {
			recs = append(recs, rec)
		}
	}
	return recs, nil
}

// Touch is [Store.Touch].
func (t Tx) Touch(touches []Touch) error {
	for _, touch := range touches {
		err := t.step(touch.Session, func(s *Step) { s.touch(touch) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Expire makes the ends by limit of one session that had passed by the given
// moment, for [Store.Sweep].
func (t Tx) Expire(id ID, by time.Time) error {
	return t.step(id, func(s *Step) { s.expire(by) })
}

// step does something to a session, if there is one.
func (t Tx) step(id ID, do func(*Step)) error {
	rec, err := t.Keeper.Session(id)
	if errors.Is(err, ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	s := newStep(rec, t.moment(), t.Limits)
	do(s)
	return t.Keeper.Keep(s)
}

// UserSessions is [Store.UserSessions].
func (t Tx) UserSessions(user string) ([]*Record, error) {
	logins, err := t.Keeper.Logins(user)
	if err != nil {
		return nil, err
	}
	slices.Reverse(logins)
	return t.live(logins)
}

// EndUser is [Store.EndUser].
func (t Tx) EndUser(user string, e EndUser) ([]ID, error) {
	change := Change{AnyEpoch: true, End: &End{Reason: e.Reason}, Actor: e.Actor}
	if err := change.Check(t.Limits); err != nil {
		return nil, err
	}
	notBefore, err := t.Keeper.NotBefore(user)
	if err != nil {
		return nil, err
	}
	if err := t.Keeper.SetNotBefore(user, later(notBefore, t.Clock)); err != nil {
		return nil, err
	}
	logins, err := t.Keeper.Logins(user)
	if err != nil {
		return nil, err
	}
	logins = slices.DeleteFunc(logins, func(l KeptLogin) bool { return l.Session == e.Except })
	for _, l := range logins { // so that no touch that comes late brings back a login after this
		if err := t.Expire(l.Session, t.moment()); err != nil {
			return nil, err
		}
	}
	live, err := t.live(logins)
	if err != nil {
		return nil, err
	}
	var ended []ID
	for _, rec := range live {
		change.Session = rec.ID
		if _, err := t.change(&change); err != nil {
			return nil, err
		}
		ended = append(ended, rec.ID)
	}
	return ended, nil
}
