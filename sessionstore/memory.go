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
	watch  Watchers
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

// NewMemory returns an empty store.
func NewMemory(o MemoryOptions) *Memory {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Memory{
		limits:   o.Limits.WithDefaults(),
		clock:    o.Now,
		feed:     newMemoryFeed(o.Feed.WithDefaults(), o.Now),
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

// tx is a transaction, to be used while the lock is held.
func (m *Memory) tx() Tx { return Tx{Keeper: memoryKeeper{m}, Clock: m.Now(), Limits: m.limits} }

// Load implements [Store].
func (m *Memory) Load(_ context.Context, id ID) (*Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return memoryKeeper{m}.Session(id)
}

// Apply implements [Store].
func (m *Memory) Apply(_ context.Context, c Change) (Result, error) {
	if err := c.Check(m.limits); err != nil {
		return Result{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tx().Apply(&c)
}

// Touch implements [Store].
func (m *Memory) Touch(_ context.Context, touches []Touch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tx().Touch(touches)
}

// Append implements [Store].
func (m *Memory) Append(_ context.Context, events ...analytics.Event) error {
	now := m.Now()
	events = slices.Clone(events)
	for i := range events {
		if events[i].Time.IsZero() {
			events[i].Time = now
		}
		events[i].Time = time.UnixMilli(events[i].Time.UnixMilli()).UTC()
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
		if err := m.tx().Expire(id, now.Add(-slack)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Watch implements [Store].
func (m *Memory) Watch(ctx context.Context, notify func(Signal)) error {
	return m.watch.Watch(ctx, notify)
}

var _ Store = (*Memory)(nil)
