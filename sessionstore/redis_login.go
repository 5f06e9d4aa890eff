package sessionstore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// A login concerns two keys that may be on different nodes: the session, and
// the index of its user. It takes three steps, and whoever looks for the user's
// logins sees it from the first on:
//
//  1. The login is put into the index, and those that give way to it are marked.
//  2. The change is applied to the session. If it is refused, step 1 is undone.
//  3. The logins that were marked are ended, and taken out of the index.
//
// If the process dies in between, the sweeper finds the user among those that
// are due, and finishes: see repair.

// applyLogin makes a change that begins a login.
func (r *Redis) applyLogin(ctx context.Context, c *Change) (Result, error) {
	victims, err := r.reserve(ctx, c)
	if err != nil {
		return Result{}, err
	}
	out, err := r.change(ctx, c)
	if err != nil {
		r.release(ctx, c.Session, out.logins)
		if refused(err) {
			r.undo(context.WithoutCancel(ctx), c)
		}
		return Result{}, err
	}
	r.release(ctx, c.Session, slices.DeleteFunc(out.logins, func(l endedLogin) bool {
		return l == endedLogin{c.Login.ID, c.Login.User} // an ID used again, against the rules: it is in force
	}))
	if len(victims) > 0 {
		out.result.Evicted = r.evict(context.WithoutCancel(ctx), c.Login.User, indexField(c.Session, c.Login.ID))
	}
	return out.result, nil
}

// evict ends the logins that are marked to give way to one that has begun, and
// returns their sessions. Where it fails they are marked still, and the sweeper
// ends them.
func (r *Redis) evict(ctx context.Context, user, by string) []ID {
	entries, err := r.index(ctx, user)
	if err != nil {
		return nil
	}
	entries = slices.DeleteFunc(entries, func(e indexEntry) bool { return e.by != by })
	settled, _ := r.settleAll(ctx, user, entries) // see above
	var ended []ID
	for i := range settled {
		ended = append(ended, settled[i].session)
	}
	return ended
}

// undo takes a login that was refused out of the index, unless it is under way:
// an author who does not know what became of a change may make it again, and is
// refused because it was made. Where undo fails the sweeper does the same.
func (r *Redis) undo(ctx context.Context, c *Change) {
	rec, err := r.Load(ctx, c.Session)
	switch {
	case err != nil && !errors.Is(err, ErrEnded):
	case err == nil && rec.Login != nil && rec.Login.ID == c.Login.ID && rec.Login.User == c.Login.User:
	default:
		r.remove(ctx, c.Login.User, indexField(c.Session, c.Login.ID)) //nolint:errcheck,gosec // see above (G104)
	}
}

// reserveRounds is how often the index is asked at most. Each time others may
// have come in meanwhile.
const reserveRounds = 100

// reserve puts the login into its user's index, and returns those that are to
// give way to it.
func (r *Redis) reserve(ctx context.Context, c *Change) ([]indexEntry, error) {
	l := c.Login
	limit, policy := l.Limit.Max, "deny"
	switch {
	case limit <= 0:
		limit, policy = maxLogins, "oldest"
	case l.Limit.Policy == EvictOldest:
		policy = "oldest"
	case l.Limit.Policy == EvictIdle:
		policy = "idle"
	}
	skew := r.skewed()
	keys := []string{r.keys.user(l.User), r.keys.ofUser(l.User).due}
	args := []any{skew, l.User, c.Session.String(), l.ID, strconv.FormatInt(l.Began.UnixMicro(), 10), strconv.Itoa(limit), policy}
	known := []any{}
	for range reserveRounds {
		words, err := r.one(ctx, reserveScript.call(keys, append(args, known...)...))
		if err != nil {
			return nil, failed("reserve", err)
		}
		switch word(words, 1) {
		case "refused":
			return nil, ErrLoginRefused
		case "full":
			return nil, ErrTooManyLogins
		case "ok":
			return entriesOf(words[2:], indexEvict), nil
		case "check":
			if known, err = r.lookUp(ctx, l.User, words[2:], known); err != nil {
				return nil, err
			}
		default:
			return nil, errReply
		}
	}
	return nil, errBusy
}

func entriesOf(fields []any, state string) []indexEntry {
	entries := make([]indexEntry, 0, len(fields))
	for i := range fields {
		if e, ok := parseIndexField(word(fields, i)); ok {
			e.state = state
			entries = append(entries, e)
		}
	}
	return entries
}

// lookUp finds out which logins of the index are under way, for reserve.lua,
// whose question it is given.
func (r *Redis) lookUp(ctx context.Context, user string, question, known []any) ([]any, error) {
	fields, young := make([]any, 0, len(question)/2), make([]bool, 0, len(question)/2)
	for i := 0; i+1 < len(question); i += 2 {
		fields, young = append(fields, question[i]), append(young, word(question, i+1) == "1")
	}
	entries := entriesOf(fields, indexLive)
	recs, err := r.loadEntries(ctx, entries)
	if err != nil {
		return nil, err
	}
	now := r.now(ctx)
	for i, rec := range recs {
		e := &entries[i]
		if rec == nil || rec.Login == nil || rec.Login.ID != e.login {
			begun := false
			if !young[i] {
				if begun, err = r.settle(ctx, user, e); err != nil {
					return nil, err
				}
			}
			if young[i] || begun {
				known = append(known, e.field(), "none")
			}
			continue // else it will never begin, and is in the index no more
		}
		if rec.Alive(now) && rec.LiveLogin(now) != nil {
			known = append(known, e.field(), millis(rec.Seen))
			continue
		}
		known = append(known, e.field(), "over")
	}
	return known, nil
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// loadEntries loads the sessions of logins. Those that ended are nil.
func (r *Redis) loadEntries(ctx context.Context, entries []indexEntry) ([]*Record, error) {
	ids := make([]ID, len(entries))
	for i := range entries {
		ids[i] = entries[i].session
	}
	return r.loadAll(ctx, ids)
}
