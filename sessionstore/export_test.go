package sessionstore

import (
	"context"
	"time"
)

// Advance puts the store's clock forward, for this handle.
func (r *Redis) Advance(d time.Duration) { r.skew.Add(d.Milliseconds()) }

// StopClock makes the store's clock stand still at t, for this handle.
func (r *Redis) StopClock(t time.Time) { r.skew.Store(-t.UnixMilli()) }

// Reserve makes the first step of a login, and dies.
func (r *Redis) Reserve(ctx context.Context, c Change) error {
	_, err := r.reserve(ctx, &c)
	return err
}

// Begin makes the second step of a login, and dies.
func (r *Redis) Begin(ctx context.Context, c Change) error {
	_, err := r.change(ctx, &c)
	return err
}

// Undo makes the step that follows the refusal of a login.
func (r *Redis) Undo(ctx context.Context, c Change) { r.undo(ctx, &c) }

// MarkUser makes the first step of EndUser, and dies.
func (r *Redis) MarkUser(ctx context.Context, user string, e EndUser) error {
	_, err := r.markUser(ctx, user, e)
	return err
}

// Indexed returns the states of a user's logins in the index, by login.
func (r *Redis) Indexed(ctx context.Context, user string) (map[string]string, error) {
	entries, err := r.index(ctx, user)
	states := map[string]string{}
	for _, e := range entries {
		states[e.login] = e.state
	}
	return states, err
}

// SessionKey returns the key of a session.
func (r *Redis) SessionKey(id ID) string { return r.keys.session(id) }

// WordKey returns the key under which a word is remembered.
func (r *Redis) WordKey(word string) string { return r.keys.once(word) }

// UserKey returns the key of a user's index.
func (r *Redis) UserKey(user string) string { return r.keys.user(user) }

// Internals returns what is known of a record but not exported.
func (r *Record) Internals() (spent []string, size int, refused []string) {
	for _, s := range r.Credential.spent {
		flag := "r"
		if s.superseded {
			flag = "s"
		}
		spent = append(spent, flag+s.hash)
	}
	return spent, r.size, r.refused
}
