package sessionstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Memory is a [Store] in the process: fast, shared by nobody and empty after a
// restart. Make one with [NewMemory].
type Memory struct {
	limits Limits
	clock  func() time.Time
	feed   *memoryFeed
	watch  watchers
	once   onceWords

	mu       sync.RWMutex // held while reading or changing what follows
	sessions map[ID]memorySession
	users    map[string]*memoryUser
	due      dueQueue[ID]
	order    int64 // of the latest login
}

// MemoryOptions configures [NewMemory]. The zero value is good.
type MemoryOptions struct {
	Limits Limits
	Feed   FeedOptions

	// Now is the clock; default [time.Now]. It must never go back.
	Now func() time.Time
}

// memorySession is a live record or, once it ended, what remains known of it.
// Records are never changed in place: whoever loaded one may read on.
type memorySession struct {
	rec   *Record
	ended *EndedError
	due   time.Time // the entry in the due queue that counts; zero: none
}

// memoryUser is the index of one user's logins.
type memoryUser struct {
	notBefore time.Time // logins that began by then are refused
	logins    map[ID]memoryLogin
}

type memoryLogin struct {
	id    string
	order int64 // in which the user's logins began: the clock may not tell
}

// remember is how long the end of a session stays known, so that requests that
// are late can be told why.
const remember = time.Hour

// NewMemory returns an empty store.
func NewMemory(o MemoryOptions) *Memory {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Memory{
		limits:   o.Limits.withDefaults(),
		clock:    o.Now,
		feed:     newMemoryFeed(o.Feed.withDefaults(), o.Now),
		sessions: map[ID]memorySession{},
		users:    map[string]*memoryUser{},
		once:     onceWords{until: map[Hash]time.Time{}},
	}
}

// Now implements [Store].
func (m *Memory) Now() time.Time { return m.clock().UTC() }

// moment is the clock in the precision of records and events.
func (m *Memory) moment() time.Time { return time.UnixMilli(m.clock().UnixMilli()).UTC() }

// Ping implements [Store]. It always succeeds.
func (m *Memory) Ping(context.Context) error { return nil }

// Load implements [Store].
func (m *Memory) Load(_ context.Context, id ID) (*Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.load(id)
}

func (m *Memory) load(id ID) (*Record, error) {
	s, ok := m.sessions[id]
	switch {
	case !ok:
		return nil, ErrEnded
	case s.ended != nil:
		return nil, s.ended
	}
	return s.rec, nil
}

// Apply implements [Store].
func (m *Memory) Apply(_ context.Context, c Change) (Result, error) {
	if err := c.check(m.limits); err != nil {
		return Result{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Login == nil {
		return m.apply(&c)
	}
	return m.applyLogin(&c)
}

// apply makes a change while the lock is held.
func (m *Memory) apply(c *Change) (Result, error) {
	now := m.moment()
	var s *step
	switch rec, err := m.load(c.Session); {
	case c.Create != nil && err == nil:
		return Result{}, ErrExists
	case c.Create != nil && err == ErrEnded: //nolint:errorlint // an EndedError is something else here: the ID is spent
		s = createStep(c.Session, c.Create, now, m.limits)
	case err != nil:
		return Result{}, err
	default:
		s = newStep(rec, now, m.limits)
	}
	epoch := s.rec.Credential.Epoch
	err := s.apply(c)
	if c.Create != nil && err != nil {
		return Result{}, err
	}
	m.commit(s, epoch)
	if err != nil {
		return Result{}, err
	}
	return s.result, nil
}

// commit makes the outcome of a step visible.
func (m *Memory) commit(s *step, epoch int64) {
	id := s.rec.ID
	next := memorySession{rec: s.rec, due: m.sessions[id].due}
	at := s.rec.nextDeadline()
	if s.ended != nil {
		next, at = memorySession{ended: s.ended}, s.now.Add(remember)
	}
	// A deadline that moved away is left in the queue, and looked at again.
	if !at.IsZero() && (next.due.IsZero() || at.Before(next.due)) {
		next.due = m.due.push(id, at)
	}
	m.sessions[id] = next
	m.feed.append(s.events...)
	login := ""
	for _, l := range s.logins {
		login = l.ID
		m.forget(l.User, id, l.ID)
	}
	if l := s.rec.Login; l != nil && s.ended == nil {
		if u := m.user(l.User); u.logins[id].id != l.ID {
			m.order++
			u.logins[id] = memoryLogin{l.ID, m.order}
		}
	}
	if s.ended != nil || login != "" || s.rec.Credential.Epoch != epoch {
		m.watch.notify(Signal{Session: id, Ended: s.ended != nil, Login: login, Epoch: s.rec.Credential.Epoch})
	}
}

// Touch implements [Store].
func (m *Memory) Touch(_ context.Context, touches []Touch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range touches {
		if s := m.sessions[t.Session]; s.rec != nil {
			step := newStep(s.rec, m.moment(), m.limits)
			step.touch(t)
			m.commit(step, step.rec.Credential.Epoch)
		}
	}
	return nil
}

// Append implements [Store].
func (m *Memory) Append(_ context.Context, events ...analytics.Event) error {
	now := m.moment()
	events = slices.Clone(events)
	for i := range events {
		events[i].Time = now
	}
	m.feed.append(events...)
	return nil
}

// Sessions implements [Store].
func (m *Memory) Sessions(_ context.Context, limit int) ([]*Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	now := m.moment()
	var recs []*Record
	for _, s := range m.sessions {
		if len(recs) == limit {
			break
		}
		if s.rec != nil && s.rec.Alive(now) {
			recs = append(recs, s.rec)
		}
	}
	return recs, nil
}

// sweepBatch is how many deadlines one call of Sweep looks at.
const sweepBatch = 500

// Sweep implements [Store].
func (m *Memory) Sweep(_ context.Context, slack time.Duration) (bool, error) {
	m.once.forget(m.moment(), sweepBatch)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.moment()
	for range sweepBatch {
		id, at, ok := m.due.pop(now.Add(-slack))
		if !ok {
			m.feed.trim()
			m.trimUsers(now)
			return false, nil
		}
		s := m.sessions[id]
		switch {
		case !s.due.Equal(at):
			continue // an entry that an earlier deadline overtook
		case s.rec == nil:
			delete(m.sessions, id)
			continue
		}
		m.sessions[id] = memorySession{rec: s.rec}
		step := newStep(s.rec, now, m.limits)
		step.expire(now.Add(-slack))
		m.commit(step, step.rec.Credential.Epoch)
	}
	return true, nil
}

// Watch implements [Store].
func (m *Memory) Watch(ctx context.Context, notify func(Signal)) error {
	return m.watch.run(ctx, notify)
}

var _ Store = (*Memory)(nil)
