package sessionstore

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

var errBusy = errors.New("sessionstore: too many logins of the user at once")

// UserSessions implements [Store].
func (r *Redis) UserSessions(ctx context.Context, user string) ([]*Record, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	entries, err := r.index(ctx, user)
	if err != nil {
		return nil, err
	}
	recs, err := r.loadEntries(ctx, entries)
	if err != nil {
		return nil, err
	}
	now := r.now(ctx)
	var live []*Record
	listed := map[ID]bool{}
	for _, rec := range recs {
		if rec == nil || listed[rec.ID] || !rec.Alive(now) {
			continue
		}
		// The session may have gone on to another login since the index was read.
		l := rec.LiveLogin(now)
		if l == nil || l.User != user || slices.ContainsFunc(entries, func(e indexEntry) bool {
			return e.session == rec.ID && e.login == l.ID && e.state != indexLive
		}) {
			continue
		}
		listed[rec.ID] = true
		live = append(live, rec)
	}
	latestFirst(live)
	return live, nil
}

// EndUser implements [Store]. If it fails, what it began is finished by the
// sweeper.
func (r *Redis) EndUser(ctx context.Context, user string, e EndUser) ([]ID, error) {
	change := Change{AnyEpoch: true, End: &End{Reason: e.Reason}, Actor: e.Actor}
	if err := change.Check(r.limits); err != nil {
		return nil, err
	}
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	entries, unacknowledged := r.markUser(ctx, user, e)
	if unacknowledged != nil && !errors.Is(unacknowledged, errUnacknowledged) {
		return nil, unacknowledged
	}
	settled, err := r.settleAll(ctx, user, entries)
	var ended []ID
	for i := range settled {
		ended = append(ended, settled[i].session)
	}
	return ended, errors.Join(unacknowledged, err)
}

// markUser marks the user's logins as ending and refuses those that began by
// now. From then on they end, whatever becomes of this process.
func (r *Redis) markUser(ctx context.Context, user string, e EndUser) ([]indexEntry, error) {
	except := ""
	if e.Except != (ID{}) {
		except = e.Except.String()
	}
	skew := r.skewed()
	keys := []string{r.keys.user(user), r.keys.ofUser(user).due}
	run := r.one
	if r.wait.n > 0 {
		run = r.onceAndWait
	}
	words, err := run(ctx, endUserScript.call(keys, skew, user, string(e.Reason), e.Actor, except))
	if err != nil {
		err = failed("end user", err)
	}
	if len(words) == 0 {
		return nil, err
	}
	entries := entriesOf(words[1:], indexEnd)
	for i := range entries {
		entries[i].reason, entries[i].actor = e.Reason, e.Actor
	}
	return entries, err
}

// repair finishes what a process that died has left in a user's index: ends
// that are marked, and logins that were reserved and have not begun.
func (r *Redis) repair(ctx context.Context, user string) error {
	entries, err := r.index(ctx, user)
	if err != nil {
		return err
	}
	recs, err := r.loadEntries(ctx, entries)
	if err != nil {
		return err
	}
	now := r.now(ctx)
	// First the logins that never began: others may have been marked for them.
	for i, rec := range recs {
		e := &entries[i]
		if e.state != indexLive || now.Sub(e.at) < settled || rec != nil && rec.Login != nil && rec.Login.ID == e.login {
			continue
		}
		if _, err := r.settle(ctx, user, e); err != nil {
			return err
		}
	}
	if entries, err = r.index(ctx, user); err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e indexEntry) bool {
		return e.state == indexLive || now.Sub(e.marked) < settled
	})
	if _, err := r.settleAll(ctx, user, entries); err != nil {
		return err
	}
	skew := r.skewed()
	keys := []string{r.keys.user(user), r.keys.ofUser(user).due}
	if _, err := r.one(ctx, repairedScript.call(keys, skew, user)); err != nil {
		return failed("repair", err)
	}
	return nil
}

// latestFirst sorts the sessions of a user for people to read.
func latestFirst(recs []*Record) {
	slices.SortFunc(recs, func(a, b *Record) int {
		return cmp.Or(b.Login.Started.Compare(a.Login.Started), slices.Compare(a.ID[:], b.ID[:]))
	})
}
