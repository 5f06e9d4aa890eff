package sessionstore

import (
	"context"
	"time"
)

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

// UserSessions implements [Store].
func (m *Memory) UserSessions(_ context.Context, user string) ([]*Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tx().UserSessions(user)
}

// EndUser implements [Store].
func (m *Memory) EndUser(_ context.Context, user string, e EndUser) ([]ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tx().EndUser(user, e)
}
