package middleware

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sojourn-go/sojourn/sessionstore"
)

// ErrStreamEnded is the cause ([context.Cause]) with which the context of a
// streaming request is cancelled when its session, or the login under which it
// began, is over.
var ErrStreamEnded = errors.New("middleware: the session of the stream has ended")

type signal = sessionstore.Signal

// streams knows the requests under way that have begun to stream: those that
// flushed or were hijacked.
type streams struct {
	store sessionstore.Store

	mu        sync.Mutex
	bySession map[sessionstore.ID]map[*state]stream
}

// stream is what a streaming request was entitled by.
type stream struct {
	epoch  int64
	login  string
	cancel context.CancelCauseFunc
}

func newStreams(store sessionstore.Store) *streams {
	return &streams{store: store, bySession: map[sessionstore.ID]map[*state]stream{}}
}

// stream registers the request as a stream. The writer calls it at the first
// Flush or Hijack. What the session's end was told before that is made up for
// by looking once more.
func (st *state) stream() {
	if id, ok := st.register(); ok {
		st.manager.streams.look(st.request.Context(), id)
	}
}

func (st *state) register() (id sessionstore.ID, ok bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.rec == nil || st.cancel == nil || st.streams != (sessionstore.ID{}) {
		return id, false
	}
	st.streams = st.rec.ID
	s := stream{epoch: st.rec.Credential.Epoch, cancel: st.cancel}
	if l := st.rec.LiveLogin(st.began); l != nil {
		s.login = l.ID
	}
	all := st.manager.streams
	all.mu.Lock()
	defer all.mu.Unlock()
	of := all.bySession[st.rec.ID]
	if of == nil {
		of = map[*state]stream{}
		all.bySession[st.rec.ID] = of
	}
	of[st] = s
	return st.rec.ID, true
}

// endStream takes the request out of the register.
func (st *state) endStream() {
	st.mu.Lock()
	id := st.streams
	st.mu.Unlock()
	if id == (sessionstore.ID{}) {
		return
	}
	all := st.manager.streams
	all.mu.Lock()
	defer all.mu.Unlock()
	of := all.bySession[id]
	if delete(of, st); len(of) == 0 {
		delete(all.bySession, id)
	}
}

// notify cancels the streams that a signal concerns.
func (s *streams) notify(ctx context.Context, sig signal) {
	if sig.Lost {
		s.recheck(ctx)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.bySession[sig.Session] {
		if sig.Ended || sig.Epoch != one.epoch || sig.Login != "" && sig.Login == one.login {
			one.cancel(ErrStreamEnded)
		}
	}
}

// recheck loads the sessions of all streams, after signals may have been missed.
func (s *streams) recheck(ctx context.Context) {
	s.mu.Lock()
	ids := make([]sessionstore.ID, 0, len(s.bySession))
	for id := range s.bySession {
		ids = append(ids, id)
	}
	s.mu.Unlock()
	for _, id := range ids {
		s.look(ctx, id)
	}
}

// look loads a session and cancels its streams if what they were entitled by is
// over.
func (s *streams) look(ctx context.Context, id sessionstore.ID) {
	rec, err := s.store.Load(ctx, id)
	switch now := s.store.Now(); {
	case errors.Is(err, sessionstore.ErrEnded):
		s.notify(ctx, signal{Session: id, Ended: true})
	case err == nil:
		s.notify(ctx, signal{Session: id, Ended: !rec.Alive(now), Epoch: rec.Credential.Epoch, Login: s.lostLogin(rec, now)})
	}
}

// lostLogin returns the login of a stream of the session that is over.
func (s *streams) lostLogin(rec *sessionstore.Record, now time.Time) string {
	live := ""
	if l := rec.LiveLogin(now); l != nil {
		live = l.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.bySession[rec.ID] {
		if one.login != "" && one.login != live {
			return one.login
		}
	}
	return ""
}
