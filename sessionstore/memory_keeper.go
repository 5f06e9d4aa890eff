package sessionstore

import (
	"cmp"
	"slices"
	"time"
)

// memoryKeeper is the [Keeper] of a [Memory] store, to be used while the lock
// is held.
type memoryKeeper struct{ *Memory }

// Session implements [Keeper].
func (m memoryKeeper) Session(id ID) (*Record, error) {
	s, ok := m.sessions[id]
	switch {
	case !ok:
		return nil, ErrEnded
	case s.ended != nil:
		return nil, s.ended
	}
	return s.rec, nil
}

// Keep implements [Keeper].
func (m memoryKeeper) Keep(s *Step) error {
	id := s.Record.ID
	next := memorySession{rec: s.Record, ended: s.Ended, due: m.sessions[id].due}
	at := s.Due()
	if s.Ended != nil {
		next.rec, next.due = nil, time.Time{}
	}
	// A deadline that moved away is left in the queue, and looked at again.
	if !at.IsZero() && (next.due.IsZero() || at.Before(next.due)) {
		next.due = m.due.push(id, at)
	}
	m.sessions[id] = next
	m.feed.append(s.Events...)
	for _, l := range s.Logins {
		if u := m.users[l.User]; u != nil && u.logins[id].id == l.ID {
			delete(u.logins, id)
		}
	}
	if s.Began {
		m.order++
		m.user(s.Record.Login.User).logins[id] = memoryLogin{s.Record.Login.ID, m.order}
	}
	if signal, ok := s.Signal(); ok {
		m.watch.Notify(signal)
	}
	return nil
}

// Logins implements [Keeper].
func (m memoryKeeper) Logins(user string) ([]KeptLogin, error) {
	u := m.users[user]
	if u == nil {
		return nil, nil
	}
	logins := make([]KeptLogin, 0, len(u.logins))
	for id, l := range u.logins {
		logins = append(logins, KeptLogin{Session: id, Login: l.id})
	}
	slices.SortFunc(logins, func(a, b KeptLogin) int { return cmp.Compare(u.logins[a.Session].order, u.logins[b.Session].order) })
	return logins, nil
}

// NotBefore implements [Keeper].
func (m memoryKeeper) NotBefore(user string) (time.Time, error) {
	if u := m.users[user]; u != nil {
		return u.notBefore, nil
	}
	return time.Time{}, nil
}

// SetNotBefore implements [Keeper].
func (m memoryKeeper) SetNotBefore(user string, at time.Time) error {
	m.user(user).notBefore = at
	return nil
}

func (m memoryKeeper) user(name string) *memoryUser {
	u := m.users[name]
	if u == nil {
		u = &memoryUser{logins: map[ID]memoryLogin{}}
		m.users[name] = u
	}
	return u
}
