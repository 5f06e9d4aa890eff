package sessionstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

func (m *Memory) user(name string) *memoryUser {
	u := m.users[name]
	if u == nil {
		u = &memoryUser{logins: map[ID]memoryLogin{}}
		m.users[name] = u
	}
	return u
}

// forget takes a login that ended out of the index.
func (m *Memory) forget(user string, id ID, login string) {
	if u := m.users[user]; u != nil && u.logins[id].id == login {
		delete(u.logins, id)
	}
}

// trimUsers takes users without logins out of the index, some at a time: in Go's
// order of map iteration each comes up sooner or later.
func (m *Memory) trimUsers(now time.Time) {
	looked := 0
	for name, u := range m.users {
		if looked++; looked > sweepBatch {
			return
		}
		if len(u.logins) == 0 && now.Sub(u.notBefore) > remember {
			delete(m.users, name)
		}
	}
}

// applyLogin makes a change that begins a login, and room for it.
func (m *Memory) applyLogin(c *Change) (Result, error) {
	l := c.Login
	u := m.user(l.User)
	if !l.Began.After(u.notBefore) {
		return Result{}, ErrLoginRefused
	}
	others := slices.DeleteFunc(m.loggedIn(l.User), func(r *Record) bool { return r.ID == c.Session })
	victims, err := l.Limit.victims(others)
	if err != nil {
		return Result{}, err
	}
	res, err := m.apply(c)
	if err != nil {
		return Result{}, err
	}
	for _, v := range victims {
		evict := Change{Session: v.ID, AnyEpoch: true, EndLogin: &End{Reason: analytics.ReasonEvicted, Login: v.Login.ID}}
		if _, err := m.apply(&evict); err == nil {
			res.Evicted = append(res.Evicted, v.ID)
		}
	}
	return res, nil
}

// victims chooses, of logins in the order in which they began, those that end so
// that one more fits.
func (l LoginLimit) victims(live []*Record) ([]*Record, error) {
	limit, policy := l.Max, l.Policy
	if limit <= 0 {
		limit, policy = maxLogins, EvictOldest
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

// loggedIn returns the sessions with a live login of the user, in the order in
// which they began.
func (m *Memory) loggedIn(user string) []*Record {
	u := m.users[user]
	if u == nil {
		return nil
	}
	now := m.moment()
	var recs []*Record
	for id, login := range u.logins {
		if rec := m.sessions[id].rec; rec != nil && rec.Alive(now) && rec.LiveLogin(now) != nil && rec.Login.ID == login.id {
			recs = append(recs, rec)
		}
	}
	slices.SortFunc(recs, func(a, b *Record) int { return cmp.Compare(u.logins[a.ID].order, u.logins[b.ID].order) })
	return recs
}

// expireLogins makes the ends that have passed in the sessions of the user but
// for one, so that no touch that comes late brings back a login after this.
func (m *Memory) expireLogins(user string, except ID) {
	now := m.moment()
	for _, id := range slices.Collect(maps.Keys(m.users[user].logins)) {
		if rec := m.sessions[id].rec; rec != nil && id != except {
			s := newStep(rec, now, m.limits)
			s.expire(now)
			m.commit(s, rec.Credential.Epoch)
		}
	}
}

// UserSessions implements [Store].
func (m *Memory) UserSessions(_ context.Context, user string) ([]*Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	recs := m.loggedIn(user)
	slices.Reverse(recs)
	return recs, nil
}

// EndUser implements [Store].
func (m *Memory) EndUser(_ context.Context, user string, e EndUser) ([]ID, error) {
	change := Change{AnyEpoch: true, End: &End{Reason: e.Reason}, Actor: e.Actor}
	if err := change.check(m.limits); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.user(user).notBefore = m.Now()
	m.expireLogins(user, e.Except)
	var ended []ID
	for _, rec := range m.loggedIn(user) {
		if rec.ID == e.Except {
			continue
		}
		change.Session = rec.ID
		if _, err := m.apply(&change); err == nil {
			ended = append(ended, rec.ID)
		}
	}
	return ended, nil
}
